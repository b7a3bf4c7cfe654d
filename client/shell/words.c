/* words.c - splitting and quoting. */
#include "client/shell/words.h"

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

static bool end_word(struct words *words, struct building *b)
{
    struct word *word;

    if (!b->any)
        return true;
    if (words->count == words->room) {
        size_t room = words->room ? words->room * 2 : 8;
        struct word *bigger = reallocarray(words->word, room, sizeof *bigger);

        if (!bigger)
            return false;
        words->word = bigger;
        words->room = room;
    }
    word = &words->word[words->count];
    word->text = strndup(b->text, b->text_n);
    word->pattern = strndup(b->pattern, b->pattern_n);
    word->globs = b->globs;
    words->count++;
    b->text_n = b->pattern_n = 0;
    b->globs = b->any = false;
    return word->text && word->pattern;
}

/* What stands between quotes, from the one after at; the closing one, or NULL. */
static const char *take_quoted(const char *at, struct building *b)
{
    char quote = *at++;

    b->any = true;
    for (; *at && *at != quote; at++) {
        if (quote == '"' && *at == '\\' && (at[1] == '"' || at[1] == '\\'))
            at++;
        put_quoted(b, *at);
    }
    return *at ? at : NULL;
}

static enum words_result split_into(const char **text, struct words *words, struct building *b)
{
    const char *at = *text;

    for (; *at && *at != ';' && *at != '\n'; at++) {
        if (*at == ' ' || *at == '\t' || *at == '\r') {
            if (!end_word(words, b))
                return WORDS_NO_MEMORY;
        } else if (*at == '#' && !b->any) {
            at += strcspn(at, "\n") - 1;
        } else if (*at == '"' || *at == '\'') {
            at = take_quoted(at, b);
            if (!at)
                return WORDS_UNFINISHED;
        } else if (*at == '\\' && at[1]) {
            put_quoted(b, *++at);
        } else {
            put_plain(b, *at);
        }
    }
    *text = *at ? at + 1 : at;
    return end_word(words, b) ? WORDS_OK : WORDS_NO_MEMORY;
}

enum words_result words_split(const char **text, struct words *words)
{
    size_t most = strlen(*text) + 1;
    struct building b = { .text = malloc(most), .pattern = malloc(most * 2) };
    enum words_result result = WORDS_NO_MEMORY;

    *words = (struct words){ 0 };
    if (!**text)
        result = WORDS_END;
    else if (b.text && b.pattern)
        result = split_into(text, words, &b);
    free(b.text);
    free(b.pattern);
    return result;
}

void words_free(struct words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        free(words->word[i].text);
        free(words->word[i].pattern);
    }
    free(words->word);
    *words = (struct words){ 0 };
}

bool words_quote(const char *text, char *to, size_t room)
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
