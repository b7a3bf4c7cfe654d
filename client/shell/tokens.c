/* SPDX-License-Identifier: BSD-2-Clause */
/* tokens.c - splitting and quoting. */
#include "client/shell/tokens.h"

#include <stdlib.h>
#include <string.h>

struct building {
    char *text, *pattern; /* as long as the whole input may need */
    size_t text_n, pattern_n;
    unsigned open; /* unquoted "(" of this word that are not closed */
    bool globs, tilde, quoted, any;
};

static void put_quoted(struct building *b, char c)
{
    b->text[b->text_n++] = c;
    if (strchr("*?[]\\", c))
        b->pattern[b->pattern_n++] = '\\';
    b->pattern[b->pattern_n++] = c;
    b->quoted = b->quoted || b->text_n == 1;
    b->any = true;
}

static void put_plain(struct building *b, char c)
{
    b->globs = b->globs || c == '*' || c == '?' || c == '[';
    b->tilde = b->tilde || (c == '~' && !b->any);
    b->open += c == '(';
    b->open -= c == ')' && b->open > 0;
    b->text[b->text_n++] = c;
    b->pattern[b->pattern_n++] = c;
    b->any = true;
}

static struct token *next_token(struct tokens *tokens)
{
    if (tokens->count == tokens->room) {
        const size_t room = tokens->room ? tokens->room * 2 : 8;
        struct token *bigger = reallocarray(tokens->token, room, sizeof *bigger);
        if (!bigger)
            return NULL;
        tokens->token = bigger;
        tokens->room = room;
    }
    tokens->token[tokens->count] = (struct token){ 0 };
    return &tokens->token[tokens->count++];
}

static bool end_word(struct tokens *tokens, struct building *b)
{
    struct token *token;
    if (!b->any)
        return true;
    token = next_token(tokens);
    if (!token)
        return false;
    token->text = strndup(b->text, b->text_n);
    token->pattern = strndup(b->pattern, b->pattern_n);
    token->globs = b->globs;
    token->tilde = b->tilde;
    token->quoted = b->quoted;
    b->text_n = b->pattern_n = 0;
    b->globs = b->tilde = b->quoted = b->any = false;
    b->open = 0;
    return token->text && token->pattern;
}

/* Takes the text between quotes, at being the opening one.  Returns the closing one, or NULL. */
static const char *take_quoted(const char *at, struct building *b)
{
    const char quote = *at++;
    b->any = true;
    for (; *at && *at != quote; at++) {
        if (quote == '"' && *at == '\\' && (at[1] == '"' || at[1] == '\\'))
            at++;
        put_quoted(b, *at);
    }
    return *at ? at : NULL;
}

static bool is_operator(const char *at, const struct building *b)
{
    if (*at == '\0' || strchr(";\n|>", *at))
        return true;
    return *at == '&' || (*at == ')' && b->open == 0) || (*at == '#' && !b->any);
}

static enum tokens_result split_into(const char **text, size_t most, struct tokens *tokens,
                                     struct building *b)
{
    const char *at = *text;
    for (; !is_operator(at, b); at++) {
        if (*at == ' ' || *at == '\t' || *at == '\r') {
            if (!end_word(tokens, b))
                return TOKENS_NO_MEMORY;
            if (tokens->count >= most)
                break;
        } else if (*at == '"' || *at == '\'') {
            at = take_quoted(at, b);
            if (!at)
                return TOKENS_UNFINISHED;
        } else if (*at == '\\' && at[1]) {
            put_quoted(b, *++at);
        } else {
            put_plain(b, *at);
        }
    }
    *text = at;
    return end_word(tokens, b) ? TOKENS_OK : TOKENS_NO_MEMORY;
}

enum tokens_result tokens_split(const char **text, size_t most, struct tokens *tokens)
{
    const size_t room = strlen(*text) + 1;
    struct building b = { .text = malloc(room), .pattern = malloc(room * 2) };
    enum tokens_result result = TOKENS_NO_MEMORY;
    if (b.text && b.pattern)
        result = split_into(text, most, tokens, &b);
    free(b.text);
    free(b.pattern);
    return result;
}

static char *escaped_pattern(const char *text)
{
    char *pattern = malloc(strlen(text) * 2 + 1), *to = pattern;
    for (; pattern && *text; text++) {
        if (strchr("*?[]\\", *text))
            *to++ = '\\';
        *to++ = *text;
    }
    if (pattern)
        *to = '\0';
    return pattern;
}

bool token_set(struct token *token, const char *text)
{
    char *copy = strdup(text), *pattern = escaped_pattern(text);
    if (!copy || !pattern) {
        free(copy);
        free(pattern);
        return false;
    }
    free(token->text);
    free(token->pattern);
    *token = (struct token){ .text = copy, .pattern = pattern };
    return true;
}

bool tokens_add(struct tokens *tokens, const char *text)
{
    struct token *token = next_token(tokens);
    return token && token_set(token, text);
}

void tokens_free(struct tokens *tokens)
{
    for (size_t i = 0; i < tokens->count; i++) {
        free(tokens->token[i].text);
        free(tokens->token[i].pattern);
    }
    free(tokens->token);
    *tokens = (struct tokens){ 0 };
}

/* Some characters matter only at the start of a word. */
static bool needs_quote(const char *text, size_t i)
{
    return strchr(" \t\"'\\;#*?[|>&()", text[i]) || (i == 0 && strchr("~!-", text[i]));
}

bool tokens_quote(const char *text, char *to, size_t room)
{
    size_t n = 0;
    for (size_t i = 0; text[i]; i++) {
        const bool escape = needs_quote(text, i);
        if (n + (escape ? 2 : 1) >= room)
            return false;
        if (escape)
            to[n++] = '\\';
        to[n++] = text[i];
    }
    to[n] = '\0';
    return true;
}
