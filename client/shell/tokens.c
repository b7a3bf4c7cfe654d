/* SPDX-License-Identifier: BSD-2-Clause */
/* tokens.c - splitting and quoting. */
#include "client/shell/tokens.h"

#include <stdlib.h>
#include <string.h>

struct building {
    char *text, *pattern; /* as long as the whole input may need */
    size_t text_n, pattern_n;
    bool globs, any;
};

static void put_quoted(struct building *b, char c)
{
    b->text[b->text_n++] = c;
    if (strchr("*?[]\\", c))
        b->pattern[b->pattern_n++] = '\\';
    b->pattern[b->pattern_n++] = c;
    b->any = true;
}

static void put_plain(struct building *b, char c)
{
    b->globs = b->globs || c == '*' || c == '?' || c == '[';
    b->text[b->text_n++] = c;
    b->pattern[b->pattern_n++] = c;
    b->any = true;
}

static bool end_word(struct tokens *tokens, struct building *b)
{
    struct token *token;
    if (!b->any)
        return true;
    if (tokens->count == tokens->room) {
        const size_t room = tokens->room ? tokens->room * 2 : 8;
        struct token *bigger = reallocarray(tokens->token, room, sizeof *bigger);
        if (!bigger)
            return false;
        tokens->token = bigger;
        tokens->room = room;
    }
    token = &tokens->token[tokens->count];
    token->text = strndup(b->text, b->text_n);
    token->pattern = strndup(b->pattern, b->pattern_n);
    token->globs = b->globs;
    tokens->count++;
    b->text_n = b->pattern_n = 0;
    b->globs = b->any = false;
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

static enum tokens_result split_into(const char **text, struct tokens *tokens, struct building *b)
{
    const char *at = *text;
    for (; *at && *at != ';' && *at != '\n'; at++) {
        if (*at == ' ' || *at == '\t' || *at == '\r') {
            if (!end_word(tokens, b))
                return TOKENS_NO_MEMORY;
        } else if (*at == '#' && !b->any) {
            at += strcspn(at, "\n") - 1;
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
    *text = *at ? at + 1 : at;
    return end_word(tokens, b) ? TOKENS_OK : TOKENS_NO_MEMORY;
}

enum tokens_result tokens_split(const char **text, struct tokens *tokens)
{
    const size_t most = strlen(*text) + 1;
    struct building b = { .text = malloc(most), .pattern = malloc(most * 2) };
    enum tokens_result result = TOKENS_NO_MEMORY;
    *tokens = (struct tokens){ 0 };
    if (!**text)
        result = TOKENS_END;
    else if (b.text && b.pattern)
        result = split_into(text, tokens, &b);
    free(b.text);
    free(b.pattern);
    return result;
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

bool tokens_quote(const char *text, char *to, size_t room)
{
    size_t n = 0;
    for (; *text; text++) {
        bool escape = strchr(" \t\"'\\;#*?[", *text) != NULL;
        if (n + (escape ? 2 : 1) >= room)
            return false;
        if (escape)
            to[n++] = '\\';
        to[n++] = *text;
    }
    to[n] = '\0';
    return true;
}
