/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar.c - from text to lists of commands. */
#include "client/shell/grammar.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 50, ALIASES_MAX = 20 };

static bool parse_list(struct grammar *g, struct command_list *list);

static bool wrong(struct grammar *g, const char *why)
{
    g->why = why;
    return false;
}

static void skip_blanks(struct grammar *g)
{
    g->at += strspn(g->at, " \t\r");
    if (*g->at == '#')
        g->at += strcspn(g->at, "\n");
}

/* Moves on, and counts the lines passed. */
static void move_to(struct grammar *g, const char *to)
{
    while (g->at < to)
        g->line += *g->at++ == '\n';
}

static bool take_words(struct grammar *g, size_t most, struct tokens *words)
{
    const char *at = g->at;
    switch (tokens_split(&at, most, words)) {
    case TOKENS_OK:
        move_to(g, at);
        return true;
    case TOKENS_UNFINISHED:
        return wrong(g, "missing closing quote");
    default:
        return wrong(g, "out of memory");
    }
}

static char *copy_text(struct grammar *g, const char *from, const char *to)
{
    char *copy = strndup(from, (size_t)(to - from));
    if (!copy)
        (void)wrong(g, "out of memory");
    return copy;
}

/* ";", a line end, "&&" and "||" end a command. */
static bool ends_command(const char *at)
{
    return strchr(";\n", *at) || (*at == '&' && at[1] == '&') || (*at == '|' && at[1] == '|');
}

/* The end of what goes to /bin/sh, as quotes and parentheses of its own have it; NULL: open. */
static const char *end_of_shell_text(const char *at)
{
    unsigned open = 0;
    for (; *at; at++) {
        if (*at == '\'' || *at == '"') {
            const char quote = *at++;
            for (; *at && *at != quote; at++)
                at += quote == '"' && *at == '\\' && at[1];
            if (!*at)
                return NULL;
        } else if (*at == '\\' && at[1]) {
            at++;
        } else if (*at == '(') {
            open++;
        } else if ((*at == ')' && open-- == 0) || (open == 0 && ends_command(at))) {
            return at;
        }
    }
    return open == 0 ? at : NULL;
}

static bool parse_filter(struct grammar *g, struct command *command)
{
    const char *end = end_of_shell_text(++g->at);
    if (!end)
        return wrong(g, "a quote or parenthesis after | is open");
    if (g->at + strspn(g->at, " \t") == end)
        return wrong(g, "a command is missing after |");
    command->shell_text = copy_text(g, g->at, end);
    move_to(g, end);
    return command->shell_text != NULL;
}

static bool parse_output(struct grammar *g, struct command *command)
{
    command->append = *++g->at == '>';
    g->at += command->append;
    skip_blanks(g);
    if (!take_words(g, 1, &command->output))
        return false;
    skip_blanks(g);
    return command->output.count == 1 || wrong(g, "a file name is missing after >");
}

static bool was_used(char *const *used, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(used[i], name) == 0)
            return true;
    return false;
}

/* The first word, if it may be an alias: plain, without quotes. */
static char *plain_word(const char *at)
{
    const size_t n = strcspn(at, " \t\r\n;|>&()'\"\\#");
    return n > 0 && !strchr("('\"\\#", at[n] ? at[n] : ' ') ? strndup(at, n) : NULL;
}

static bool replace_word(struct grammar *g, size_t n, const char *value)
{
    const size_t value_n = strlen(value), rest_n = strlen(g->at + n);
    char *text;
    if (value_n > SIZE_MAX / 2 - rest_n || !(text = malloc(value_n + rest_n + 1)))
        return wrong(g, "out of memory");
    memcpy(text, value, value_n);
    memcpy(text + value_n, g->at + n, rest_n + 1);
    free(g->owned);
    g->owned = text;
    g->at = text;
    return true;
}

/* An alias may begin with another one, but never with itself again. */
static bool replace_aliases(struct grammar *g)
{
    char *used[ALIASES_MAX];
    size_t count = 0;
    bool fine = true;
    while (fine && g->alias && count < ALIASES_MAX) {
        char *word = plain_word(g->at);
        const char *value =
            word && !was_used(used, count, word) ? g->alias(g->context, word) : NULL;
        if (!value) {
            free(word);
            break;
        }
        used[count++] = word;
        fine = replace_word(g, strlen(word), value);
        skip_blanks(g);
    }
    for (size_t i = 0; i < count; i++)
        free(used[i]);
    return fine;
}

static bool parse_group(struct grammar *g, struct command *command)
{
    command->kind = COMMAND_GROUP;
    if (g->depth == DEPTH_MAX)
        return wrong(g, "parentheses nested too deeply");
    g->at++;
    g->depth++;
    if (!parse_list(g, &command->group))
        return false;
    g->depth--;
    if (*g->at != ')')
        return wrong(g, "missing )");
    g->at++;
    skip_blanks(g);
    return true;
}

static bool parse_local(struct grammar *g, struct command *command)
{
    const char *end = g->at + strcspn(g->at, "\n");
    command->kind = COMMAND_LOCAL;
    command->shell_text = copy_text(g, g->at + 1, end);
    g->at = end;
    return command->shell_text != NULL;
}

static bool parse_command(struct grammar *g, struct command *command)
{
    command->line = g->line;
    if (*g->at == '!')
        return parse_local(g, command);
    if (!replace_aliases(g))
        return false;
    if (*g->at == '!')
        return parse_local(g, command);
    if (*g->at == '(' ? !parse_group(g, command) : !take_words(g, SIZE_MAX, &command->words))
        return false;
    if (command->kind == COMMAND_WORDS && command->words.count == 0)
        return wrong(g, "a command is missing");
    if (*g->at == '>' && !parse_output(g, command))
        return false;
    if (*g->at == '|' && g->at[1] != '|' && command->output.count > 0)
        return wrong(g, "either > FILE or | PROGRAM");
    return *g->at != '|' || g->at[1] == '|' || parse_filter(g, command);
}

static struct command *next_command(struct command_list *list)
{
    if (list->count == list->room) {
        const size_t room = list->room ? list->room * 2 : 4;
        struct command *bigger = reallocarray(list->command, room, sizeof *bigger);
        if (!bigger)
            return NULL;
        list->command = bigger;
        list->room = room;
    }
    list->command[list->count] = (struct command){ .when = WHEN_ALWAYS };
    return &list->command[list->count++];
}

/* "&&" or "||", after which the line may go on. */
static bool takes_condition(struct grammar *g, struct command *next)
{
    if (strncmp(g->at, "&&", 2) != 0 && strncmp(g->at, "||", 2) != 0)
        return false;
    next->when = *g->at == '&' ? WHEN_OK : WHEN_FAILED;
    g->at += 2;
    skip_blanks(g);
    while (*g->at == '\n') {
        move_to(g, g->at + 1);
        skip_blanks(g);
    }
    return true;
}

static bool parse_chain(struct grammar *g, struct command_list *list)
{
    struct command like = { .when = WHEN_ALWAYS };
    do {
        struct command *command = next_command(list);
        if (!command)
            return wrong(g, "out of memory");
        command->when = like.when;
        if (!parse_command(g, command))
            return false;
        skip_blanks(g);
    } while (takes_condition(g, &like));
    return true;
}

/* Within a group a line end separates, too. */
static void skip_separators(struct grammar *g)
{
    skip_blanks(g);
    while (*g->at == ';' || (*g->at == '\n' && g->depth > 0)) {
        move_to(g, g->at + 1);
        skip_blanks(g);
    }
}

/* "&": the chain from first on becomes a group that runs in the background. */
static bool take_background(struct grammar *g, struct command_list *list, size_t first)
{
    struct command group = { .kind = COMMAND_GROUP, .background = true };
    g->at++;
    for (size_t i = first; i < list->count; i++) {
        struct command *moved = next_command(&group.group);
        if (!moved) {
            free(group.group.command); /* what they own is the list's */
            return wrong(g, "out of memory");
        }
        *moved = list->command[i];
    }
    group.line = list->command[first].line;
    list->command[first] = group;
    list->count = first + 1;
    return true;
}

/* Up to the end of the line, or of the group. */
static bool parse_list(struct grammar *g, struct command_list *list)
{
    for (skip_separators(g); *g->at && *g->at != '\n'; skip_separators(g)) {
        if (*g->at == ')')
            return g->depth > 0 || wrong(g, "unexpected )");
        const size_t first = list->count;
        if (!parse_chain(g, list))
            return false;
        if (*g->at == '&') {
            if (!take_background(g, list, first))
                return false;
            continue;
        }
        if (!strchr(";\n)", *g->at))
            return wrong(g, "a command does not go on after > FILE");
    }
    return true;
}

enum grammar_result grammar_next(struct grammar *grammar, struct command_list *list)
{
    *list = (struct command_list){ 0 };
    grammar->depth = 0;
    if (!*grammar->at)
        return GRAMMAR_END;
    if (!parse_list(grammar, list))
        return GRAMMAR_WRONG;
    if (*grammar->at == '\n')
        move_to(grammar, grammar->at + 1);
    return GRAMMAR_OK;
}

void grammar_free(struct grammar *grammar)
{
    free(grammar->owned);
    grammar->owned = NULL;
}

void command_list_free(struct command_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct command *command = &list->command[i];
        tokens_free(&command->words);
        tokens_free(&command->output);
        command_list_free(&command->group);
        free(command->shell_text);
    }
    free(list->command);
    *list = (struct command_list){ 0 };
}
