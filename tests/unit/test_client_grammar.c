/* SPDX-License-Identifier: BSD-2-Clause */
/* Command lines: words, lists, pipes, aliases, options; modes of chmod. */
#include "client/shell/flags.h"
#include "client/shell/grammar.h"
#include "client/shell/mode.h"
#include "client/shell/tokens.h"

#include "common/text.h"
#include "tests/unit/expect.h"

#include <stdint.h>
#include <stdlib.h>

static void check_tokens(const char *text, const char *const *expected, size_t count)
{
    struct tokens tokens = { 0 };
    assert_int_equal(tokens_split(&text, SIZE_MAX, &tokens), TOKENS_OK);
    assert_int_equal(tokens.count, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(tokens.token[i].text, expected[i]);
    tokens_free(&tokens);
}

static void quotes_and_backslashes_hold_words_together(void **state)
{
    (void)state;
    check_tokens("get a b", (const char *const[]){ "get", "a", "b" }, 3);
    check_tokens("get \"a b\" c\\ d 'e \\f'", (const char *const[]){ "get", "a b", "c d", "e \\f" },
                 4);
    check_tokens("put \"say \\\"x\\\"\" \"\"", (const char *const[]){ "put", "say \"x\"", "" }, 3);
    check_tokens("ls # a comment", (const char *const[]){ "ls" }, 1);
    check_tokens("get a(1).txt a\\&b)", (const char *const[]){ "get", "a(1).txt", "a&b" }, 3);
    check_tokens("  ", NULL, 0);
}

static void only_unquoted_stars_and_tildes_are_special(void **state)
{
    const char *text = "mget *.c \"*.h\" a\\* ~/a '~' a~";
    struct tokens tokens = { 0 };
    (void)state;
    assert_int_equal(tokens_split(&text, SIZE_MAX, &tokens), TOKENS_OK);
    assert_true(tokens.token[1].globs);
    assert_false(tokens.token[2].globs);
    assert_string_equal(tokens.token[2].pattern, "\\*.h");
    assert_false(tokens.token[3].globs);
    assert_true(tokens.token[4].tilde);
    assert_false(tokens.token[5].tilde);
    assert_false(tokens.token[6].tilde);
    tokens_free(&tokens);
}

static void what_is_quoted_splits_into_itself(void **state)
{
    static const char *const names[] = {
        "a b", "q\"uote", "semi;colon", "star*", "back\\slash",       "#hash", "it's", "a|b",
        "a>b", "a&&b",    "~",          "(x)",   "\303\244 \303\266",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        char quoted[64];
        const char *text = quoted;
        struct tokens tokens = { 0 };
        assert_true(tokens_quote(names[i], quoted, sizeof quoted));
        assert_int_equal(tokens_split(&text, SIZE_MAX, &tokens), TOKENS_OK);
        expect_case(i, tokens.count, 1);
        assert_string_equal(tokens.token[0].text, names[i]);
        assert_false(tokens.token[0].tilde);
        tokens_free(&tokens);
    }
}

static const char *alias(const void *context, const char *word)
{
    static const char *const aliases[][2] = {
        { "ll", "dir -l" }, { "dir", "dir -h" }, { "two", "pwd; pwd" }, { "sh", "!echo" }
    };
    (void)context;
    for (size_t i = 0; i < COUNT(aliases); i++)
        if (strcmp(aliases[i][0], word) == 0)
            return aliases[i][1];
    return NULL;
}

/* A list as text: words joined by ",", groups in "()", ">FILE", "|TEXT", and between them ";&|". */
static void describe(const struct command_list *list, char *to, size_t room)
{
    size_t n = 0;
    to[0] = '\0';
    for (size_t i = 0; i < list->count; i++) {
        const struct command *command = &list->command[i];
        char inner[400] = "";
        if (command->kind == COMMAND_GROUP)
            describe(&command->group, inner, sizeof inner);
        for (size_t j = 0; j < command->words.count; j++)
            text_format(inner + strlen(inner), sizeof inner - strlen(inner), "%s%s", j ? "," : "",
                        command->words.token[j].text);
        text_format(to + n, room - n, "%s%s%s%s%s%s%s%s",
                    i == 0                         ? ""
                    : command->when == WHEN_OK     ? "&"
                    : command->when == WHEN_FAILED ? "|"
                                                   : ";",
                    command->kind == COMMAND_GROUP ? "(" : "", inner,
                    command->kind == COMMAND_GROUP ? ")" : "",
                    command->output.count ? (command->append ? ">>" : ">") : "",
                    command->output.count ? command->output.token[0].text : "",
                    command->kind == COMMAND_LOCAL ? "!"
                    : command->shell_text          ? " |"
                                                   : "",
                    command->shell_text ? command->shell_text : "");
        n = strlen(to);
    }
}

static const struct {
    const char *text, *list; /* NULL: it is wrong */
} lines[] = {
    { "cd a; get 'x;y'", "cd,a;get,x;y" },
    { "  ; pwd ;; ", "pwd" },
    { "cd a && get b || echo no; pwd", "cd,a&get,b|echo,no;pwd" },
    { "cd a &&\n  pwd", "cd,a&pwd" },
    { "(cd a; ls) > x", "(cd,a;ls)>x" },
    { "(cd a\nls\n)", "(cd,a;ls)" },
    { "(cd a; (ls) | cat) && pwd", "(cd,a;(ls) | cat)&pwd" },
    { "ls>x", "ls>x" },
    { "ls >>'a b'", "ls>>a b" },
    { "ls | grep 'a;b' | wc -l; pwd", "ls | grep 'a;b' | wc -l;pwd" },
    { "ls |less || pwd", "ls |less |pwd" },
    { "ls | (cat; cat) && pwd", "ls | (cat; cat) &pwd" },
    { "!echo a; echo b | cat > c", "!echo a; echo b | cat > c" },
    { "ll a # b", "dir,-h,-l,a" },
    { "two && ll", "pwd;pwd&dir,-h,-l" },
    { "'ll'", "ll" },
    { "sh x; y", "!echo x; y" },
    { "get a\\;b", "get,a;b" },
    { "get a|b", "get,a |b" },
    { "ls |", NULL },
    { "ls >", NULL },
    { "ls > a b", NULL },
    { "ls > a | cat", NULL },
    { "get \"open", NULL },
    { "| cat", NULL },
    { "&& ls", NULL },
    { "ls && ", NULL },
    { "ls )", NULL },
    { "(ls", NULL },
    { "ls | echo 'open", NULL },
};

static void lines_are_lists(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct grammar grammar = { .at = lines[i].text, .line = 1, .alias = alias };
        struct command_list list;
        char text[500] = "";
        const enum grammar_result result = grammar_next(&grammar, &list);
        expect_case(i, result, lines[i].list ? GRAMMAR_OK : GRAMMAR_WRONG);
        if (lines[i].list) {
            describe(&list, text, sizeof text);
            assert_string_equal(text, lines[i].list);
        }
        command_list_free(&list);
        grammar_free(&grammar);
    }
}

static void each_line_has_its_number(void **state)
{
    struct grammar grammar = { .at = "ls\n# no command\n\npwd; (ls\ncd 'a\nb'\n)\nls", .line = 1 };
    static const unsigned numbers[] = { 1, 0, 0, 4, 8 };
    struct command_list list;
    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        assert_int_equal(grammar_next(&grammar, &list), GRAMMAR_OK);
        expect_case(i, list.count ? list.command[0].line : 0, numbers[i]);
        if (i == 3)
            assert_int_equal(list.command[1].group.command[1].line, 5);
        command_list_free(&list);
    }
    assert_int_equal(grammar_next(&grammar, &list), GRAMMAR_END);
}

static void nothing_nests_without_end(void **state)
{
    char text[4096];
    struct grammar grammar = { .at = text, .line = 1 };
    struct command_list list;
    (void)state;
    memset(text, '(', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(grammar_next(&grammar, &list), GRAMMAR_WRONG);
    command_list_free(&list);
}

static const struct {
    const char *line;
    const char *rest; /* NULL: it is wrong */
    const char *letters, *value_of_O;
} options[] = {
    { "get a b", "get,a,b", "", NULL },
    { "get -c a", "get,a", "c", NULL },
    { "get -cO d a", "get,a", "cO", "d" },
    { "get -Od a -- -c", "get,a,-c", "O", "d" },
    { "get a -o b c", "get,a,-o,b,c", "o", NULL },
    { "get --dry-run a", "get,a", "0", NULL },
    { "get --into=x a", "get,a", "O", "x" },
    { "get --into x a", "get,a", "O", "x" },
    { "get '-c' \\-O", "get,-c,-O", "", NULL },
    { "get - a", "get,-,a", "", NULL },
    { "get -y a", NULL, NULL, NULL },
    { "get -0 a", NULL, NULL, NULL },
    { "get -O", NULL, NULL, NULL },
    { "get --dry-run=1", NULL, NULL, NULL },
    { "get --nothing", NULL, NULL, NULL },
};

static void options_are_taken_out_of_the_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(options); i++) {
        struct tokens words = { 0 }, rest;
        struct flags flags;
        const char *at = options[i].line;
        char why[FLAG_WHY_SIZE], text[200] = "";
        assert_int_equal(tokens_split(&at, SIZE_MAX, &words), TOKENS_OK);
        expect_case(i, flags_take("cO/(into)o<.0(dry-run)", &words, &flags, &rest, why),
                    options[i].rest != NULL);
        for (size_t j = 0; options[i].rest && j < rest.count; j++)
            text_format(text + strlen(text), sizeof text - strlen(text), "%s%s", j ? "," : "",
                        rest.token[j].text);
        if (options[i].rest) {
            assert_string_equal(text, options[i].rest);
            for (const char *letter = options[i].letters; *letter; letter++)
                expect_case(i, flags.has[(unsigned char)*letter], true);
            if (options[i].value_of_O)
                assert_string_equal(flags.value['O'], options[i].value_of_O);
        }
        tokens_free(&rest);
        tokens_free(&words);
    }
}

static const struct {
    const char *mode;
    unsigned before, after;
    bool directory, valid;
} modes[] = {
    { "644", 0777, 0644, false, true },   { "0755", 0, 0755, false, true },
    { "u+x", 0644, 0744, false, true },   { "go-w", 0666, 0644, false, true },
    { "a=r", 0777, 0444, false, true },   { "u=rwx,g=rx,o=", 0, 0750, false, true },
    { "+X", 0644, 0644, false, true },    { "+X", 0644, 0755, true, true },
    { "+X", 0744, 0755, false, true },    { "g=u", 0740, 0770, false, true },
    { "u+w-x", 0555, 0655, false, true }, { "o=g-w", 0770, 0775, false, true },
    { "99", 0, 0, false, false },         { "u", 0, 0, false, false },
    { "u+q", 0, 0, false, false },        { "", 0, 0, false, false },
    { "u+x,", 0, 0, false, false },       { "12345", 0, 0, false, false },
};

static void modes_are_applied(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(modes); i++) {
        bool symbolic;
        expect_case(i, mode_is_valid(modes[i].mode, &symbolic), modes[i].valid);
        if (modes[i].valid)
            expect_case(i, mode_apply(modes[i].mode, modes[i].before, modes[i].directory),
                        modes[i].after);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quotes_and_backslashes_hold_words_together),
        cmocka_unit_test(only_unquoted_stars_and_tildes_are_special),
        cmocka_unit_test(what_is_quoted_splits_into_itself),
        cmocka_unit_test(lines_are_lists),
        cmocka_unit_test(each_line_has_its_number),
        cmocka_unit_test(nothing_nests_without_end),
        cmocka_unit_test(options_are_taken_out_of_the_words),
        cmocka_unit_test(modes_are_applied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
