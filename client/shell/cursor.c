/* SPDX-License-Identifier: BSD-2-Clause */
/* cursor.c - reads an unfinished line, as grammar.h has it, up to the cursor. */
#include "client/shell/cursor.h"

#include "client/shell/alias.h"
#include "common/text.h"

#include <string.h>

enum { NAME_SIZE = 64 };

struct reading {
    const struct shell *shell;
    const char *line;
    size_t n, at;
    struct cursor *cursor;
    size_t used; /* bytes of cursor->word */
    bool within; /* a word */

    /* of the command so far */
    const struct verb *verb;
    bool has_verb, local;   /* local: what is here goes to a program, or names a file after ">" */
    size_t operands;        /* words that are no options */
    char before[NAME_SIZE]; /* the last word */
    bool reversed;          /* mirror -R */
};

/* Its options are not described in verbs.def. */
static const char *options_of(const struct verb *verb)
{
    return strcmp(verb->name, "mirror") == 0 ? "i:x:P:" : verb->options;
}

static const struct verb *find_verb(const struct shell *shell, const char *word)
{
    char name[NAME_SIZE];
    const char *text = alias_find(&shell->aliases, word);
    const size_t n = text ? strcspn(text, " ;") : 0;
    if (!text || n >= sizeof name)
        return verb_find(word);
    (void)text_format(name, sizeof name, "%.*s", (int)n, text);
    return verb_find(name);
}

static void end_word(struct reading *r)
{
    const char *word = r->cursor->word;
    if (!r->within)
        return;
    r->within = false;
    r->cursor->word[r->used] = '\0';
    if (!r->has_verb) {
        r->has_verb = true;
        r->verb = find_verb(r->shell, word);
        r->local = word[0] == '!';
    } else if (word[0] == '-' && word[1]) {
        r->reversed = r->reversed || strchr(word, 'R');
    } else if (!r->verb || !flags_value_kind(options_of(r->verb), r->before)) {
        r->operands++;
    }
    if (!text_copy(r->before, sizeof r->before, word))
        r->before[0] = '\0';
}

static void begin_command(struct reading *r)
{
    r->verb = NULL;
    r->has_verb = r->local = r->reversed = false;
    r->operands = 0;
    r->before[0] = '\0';
}

/* An operator at r->at; moves to its last byte. */
static bool take_operator(struct reading *r)
{
    const char *at = r->line + r->at;
    const bool twice = r->at + 1 < r->n && at[1] == at[0];
    if (!strchr(";\n|>&", *at) && !(*at == '(' && !r->has_verb))
        return false;
    end_word(r);
    r->at += twice && strchr("&|>", *at);
    if (*at == '>' || (*at == '|' && !twice))
        r->has_verb = r->local = true;
    else
        begin_command(r);
    return true;
}

static void put(struct reading *r, char c)
{
    if (r->used + 1 < sizeof r->cursor->word)
        r->cursor->word[r->used++] = c;
}

static void begin_word(struct reading *r)
{
    if (r->within)
        return;
    r->within = true;
    r->used = 0;
    r->cursor->start = r->at;
    r->cursor->tilde = r->line[r->at] == '~';
}

static void take_quoted(struct reading *r)
{
    const char quote = r->line[r->at++];
    for (; r->at < r->n && r->line[r->at] != quote; r->at++) {
        if (quote == '"' && r->line[r->at] == '\\' && r->at + 1 < r->n)
            r->at++;
        put(r, r->line[r->at]);
    }
}

static void take_character(struct reading *r)
{
    const char c = r->line[r->at];
    begin_word(r);
    if (c == '"' || c == '\'') {
        take_quoted(r);
        return;
    }
    if (c == '\\' && r->at + 1 < r->n)
        r->at++;
    put(r, r->line[r->at]);
}

static enum complete by_value(char kind)
{
    return kind == '<'   ? COMPLETE_LOCAL
           : kind == '/' ? COMPLETE_LOCAL_DIRECTORY
           : kind == '>' ? COMPLETE_REMOTE
                         : COMPLETE_NONE;
}

static enum complete kind_here(const struct reading *r)
{
    char value;
    if (r->local || (!r->has_verb && r->cursor->word[0] == '!'))
        return COMPLETE_LOCAL;
    if (!r->has_verb)
        return COMPLETE_VERB;
    if (!r->verb)
        return COMPLETE_NONE;
    value = flags_value_kind(options_of(r->verb), r->before);
    if (value)
        return by_value(value);
    if (r->reversed && strcmp(r->verb->name, "mirror") == 0)
        return r->operands ? COMPLETE_REMOTE_DIRECTORY : COMPLETE_LOCAL_DIRECTORY;
    return r->verb->complete[r->operands > 0];
}

void cursor_find(const struct shell *shell, const char *line, size_t n, struct cursor *cursor)
{
    struct reading r = { .shell = shell, .line = line, .n = n, .cursor = cursor };
    cursor->tilde = false;
    for (; r.at < n; r.at++) {
        if (line[r.at] == ' ' || line[r.at] == '\t')
            end_word(&r);
        else if (!take_operator(&r))
            take_character(&r);
    }
    if (!r.within) {
        cursor->start = n;
        cursor->tilde = false;
        r.used = 0;
    }
    cursor->word[r.used] = '\0';
    cursor->kind = kind_here(&r);
}
