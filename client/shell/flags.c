/* SPDX-License-Identifier: BSD-2-Clause */
/* flags.c - options of commands. */
#include "client/shell/flags.h"

#include "common/text.h"

#include <stdlib.h>
#include <string.h>

static const char kinds[] = ":</>";

struct flag {
    char letter, kind; /* kind '\0': no value */
    bool stays;
    const char *name; /* long, or NULL */
    size_t name_bytes;
};

/* Reads one flag of a description and moves on; false at its end. */
static bool next_flag(const char **at, struct flag *flag)
{
    if (!**at)
        return false;
    *flag = (struct flag){ .letter = *(*at)++ };
    if (**at && strchr(kinds, **at))
        flag->kind = *(*at)++;
    flag->stays = **at == '.';
    *at += flag->stays;
    if (**at == '(') {
        flag->name = *at + 1;
        flag->name_bytes = strcspn(flag->name, ")");
        *at = flag->name + flag->name_bytes + 1;
    }
    return true;
}

static bool find_letter(const char *description, char letter, struct flag *flag)
{
    while (next_flag(&description, flag))
        if (flag->letter == letter)
            return true;
    return false;
}

static bool find_name(const char *description, const char *name, size_t n, struct flag *flag)
{
    while (next_flag(&description, flag))
        if (flag->name && flag->name_bytes == n && strncmp(flag->name, name, n) == 0)
            return true;
    return false;
}

char flags_value_kind(const char *description, const char *word)
{
    struct flag flag;
    if (!description || word[0] != '-' || !word[1])
        return '\0';
    if (word[1] == '-')
        return find_name(description, word + 2, strlen(word + 2), &flag) ? flag.kind : '\0';
    for (const char *at = word + 1; *at; at++) {
        if (!find_letter(description, *at, &flag))
            return '\0';
        if (flag.kind)
            return at[1] ? '\0' : flag.kind;
    }
    return '\0';
}

struct taking {
    const char *description;
    const struct tokens *words;
    size_t at;
    struct flags *flags;
    struct tokens *rest;
    char *why;
};

static bool complain(struct taking *taking, const char *option, const char *what)
{
    (void)text_format(taking->why, FLAG_WHY_SIZE, "%.100s: %s", option, what);
    return false;
}

static bool keep(struct taking *taking, const struct token *token, bool option)
{
    struct tokens *rest = taking->rest;
    if (!tokens_add(rest, token->text))
        return complain(taking, token->text, "out of memory");
    struct token *copy = &rest->token[rest->count - 1];
    copy->option = option;
    copy->tilde = token->tilde;
    copy->quoted = token->quoted;
    copy->globs = token->globs;
    if (token->globs) {
        char *pattern = strdup(token->pattern);
        if (!pattern)
            return complain(taking, token->text, "out of memory");
        free(copy->pattern);
        copy->pattern = pattern;
    }
    return true;
}

/* value: NULL if it is the next word. */
static bool take(struct taking *taking, const struct flag *flag, const char *value)
{
    const struct token *word = &taking->words->token[taking->at];
    const struct token *next = word + 1;
    if (flag->kind && !value && taking->at + 1 == taking->words->count)
        return complain(taking, word->text, "a value is missing");
    taking->flags->has[(unsigned char)flag->letter] = true;
    if (!flag->kind)
        return value == NULL || complain(taking, word->text, "no value expected");
    if (!value)
        taking->at++;
    taking->flags->value[(unsigned char)flag->letter] = value ? value : next->text;
    if (!flag->stays)
        return true;
    if (value)
        return complain(taking, word->text, "a blank must precede the value");
    return keep(taking, word, true) && keep(taking, next, false);
}

static bool take_long(struct taking *taking, const char *text)
{
    struct flag flag;
    const size_t n = strcspn(text, "=");
    if (!find_name(taking->description, text, n, &flag))
        return complain(taking, taking->words->token[taking->at].text, "unknown option");
    return take(taking, &flag, text[n] ? text + n + 1 : NULL);
}

static bool take_letters(struct taking *taking, const char *text)
{
    struct flag flag;
    for (; *text; text++) {
        if (*text == '0' || !find_letter(taking->description, *text, &flag))
            return complain(taking, taking->words->token[taking->at].text, "unknown option");
        if (flag.kind)
            return take(taking, &flag, text[1] ? text + 1 : NULL);
        if (!take(taking, &flag, NULL))
            return false;
    }
    return true;
}

bool flags_take(const char *description, const struct tokens *words, struct flags *flags,
                struct tokens *rest, char why[FLAG_WHY_SIZE])
{
    struct taking taking = {
        .description = description, .words = words, .flags = flags, .rest = rest, .why = why
    };
    bool options = true, fine = true;
    *flags = (struct flags){ 0 };
    *rest = (struct tokens){ 0 };
    for (; fine && taking.at < words->count; taking.at++) {
        const struct token *word = &words->token[taking.at];
        const char *text = word->text;
        if (taking.at == 0 || !options || text[0] != '-' || !text[1] || word->quoted)
            fine = keep(&taking, word, false);
        else if (strcmp(text, "--") == 0)
            options = false;
        else
            fine = text[1] == '-' ? take_long(&taking, text + 2) : take_letters(&taking, text + 1);
    }
    return fine;
}
