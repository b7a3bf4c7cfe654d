/* SPDX-License-Identifier: BSD-2-Clause */
/* test_path.c - what path.h promises. */
#include "common/path.h"

#include "common/text.h"
#include "daemon/protocol/message.h"
#include "tests/unit/expect.h"

#include <stdlib.h>

static void names_are_joined_by_their_text_alone(void **state)
{
    static const struct {
        const char *cwd, *name, *wanted;
    } cases[] = {
        { "/", "a", "/a" },
        { "/", "", "/" },
        { "/a/b", "", "/a/b" },
        { "/a/b", "c", "/a/b/c" },
        { "/a/b", "/c", "/c" },
        { "/a/b", "//c//d//", "/c/d" },
        { "/a/b", ".", "/a/b" },
        { "/a/b", "./c/.", "/a/b/c" },
        { "/a/b", "..", "/a" },
        { "/a", "..", "/" },
        { "/", "..", "/" },
        { "/", "../../../etc/passwd", "/etc/passwd" },
        { "/a/b", "../../../..", "/" },
        { "/a/b", "../c/../d", "/a/d" },
        { "/a/b", "/..", "/" },
        { "/a", "...", "/a/..." },
        { "/a", "..b", "/a/..b" },
        { "/a", "b..", "/a/b.." },
        { "/a", ".b", "/a/.b" },
        { "/a", "-x", "/a/-x" },
        { "/a", "~", "/a/~" },
        { "/a", " b ", "/a/ b " },
        { "/a", "b\rc\x01\x7f\\\"*?[", "/a/b\rc\x01\x7f\\\"*?[" },
        { "/a", "\xff\xfe\xc3(\x80", "/a/\xff\xfe\xc3(\x80" },
        { "/a/", "b", "/a/b" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char to[64];
        expect_case(i, path_join(cases[i].cwd, cases[i].name, to, sizeof to), 1);
        expect_text(i, to, cases[i].wanted);
        expect_case(i, path_is_normal(to), 1);
    }
}

static void every_byte_is_a_name(void **state)
{
    (void)state;
    for (int byte = 1; byte < 256; byte++) {
        const char name[] = { (char)byte, (char)byte, (char)byte, '\0' }; /* "..." is a name too */
        char to[8];
        if (byte == '/')
            continue;
        expect_case((size_t)byte, path_join("/d", name, to, sizeof to), 1);
        expect_text((size_t)byte, path_last(to), name);
    }
}

static void paths_fill_their_room_and_no_more(void **state)
{
    char *name = malloc(PATH_ROOM + 1);
    char *to = malloc(PATH_ROOM);
    (void)state;
    assert_true(name && to);
    memset(name, 'n', PATH_ROOM);
    name[PATH_ROOM - 2] = '\0'; /* with its slash: PATH_ROOM - 1 bytes */
    assert_true(path_join("/", name, to, PATH_ROOM));
    assert_int_equal(strlen(to), PATH_ROOM - 1);
    assert_true(path_is_normal(to));
    name[PATH_ROOM - 2] = 'n';
    name[PATH_ROOM - 1] = '\0';
    assert_false(path_join("/", name, to, PATH_ROOM));

    for (size_t i = 0; i + 1 < PATH_ROOM; i++) /* a/a/a ... */
        name[i] = i % 2 ? '/' : 'a';
    name[PATH_ROOM - 2] = '\0';
    assert_true(path_join("/", name, to, PATH_ROOM));
    assert_false(path_join("/aa", name, to, PATH_ROOM));
    free(name);
    free(to);
}

static void small_rooms_are_kept(void **state)
{
    static const struct {
        const char *name;
        size_t room;
        int fits;
    } cases[] = { { "/", 2, 1 },   { "/", 1, 0 },    { "/", 0, 0 },       { "/ab", 4, 1 },
                  { "/ab", 3, 0 }, { "/a/b", 4, 0 }, { "/a/../b", 3, 1 }, { "/..", 2, 1 } };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char to[8] = "xxxxxxx";
        expect_case(i, path_join("/", cases[i].name, to, cases[i].room), cases[i].fits);
        expect_case(i, to[cases[i].room], 'x');
    }
}

static void normal_paths_are_told(void **state)
{
    static const struct {
        const char *path;
        int normal;
    } cases[] = {
        { "/", 1 },      { "/a", 1 },   { "/a/b", 1 },    { "/...", 1 },  { "/.a", 1 },
        { "/..a/b", 1 }, { "", 0 },     { "a", 0 },       { "a/b", 0 },   { "/a/", 0 },
        { "//", 0 },     { "//a", 0 },  { "/a//b", 0 },   { "/.", 0 },    { "/..", 0 },
        { "/./a", 0 },   { "/a/.", 0 }, { "/a/../b", 0 }, { "/a/..", 0 }, { ".", 0 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        expect_case(i, path_is_normal(cases[i].path), cases[i].normal);
}

static void the_last_component_is_found(void **state)
{
    (void)state;
    assert_string_equal(path_last("/"), "");
    assert_string_equal(path_last("/a"), "a");
    assert_string_equal(path_last("/a/b c"), "b c");
    assert_string_equal(path_last("a"), "a");
}

static void quotes_are_doubled(void **state)
{
    static const struct {
        const char *path;
        size_t room;
        const char *wanted; /* NULL: does not fit */
    } cases[] = {
        { "/a", 16, "/a" },
        { "/a\"b", 16, "/a\"\"b" },
        { "\"\"", 16, "\"\"\"\"" },
        { "/ab", 4, "/ab" },
        { "/ab", 3, NULL },
        { "/a\"", 5, "/a\"\"" },
        { "/a\"", 4, NULL },
        { "", 1, "" },
        { "", 0, NULL },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char to[16];
        expect_case(i, path_quote(cases[i].path, to, cases[i].room), cases[i].wanted != NULL);
        if (cases[i].wanted)
            expect_text(i, to, cases[i].wanted);
    }
}

static void patterns_match(void **state)
{
    static const struct {
        const char *pattern, *text;
        int matches;
    } cases[] = {
        { "", "", 1 },
        { "", "a", 0 },
        { "a", "", 0 },
        { "a", "a", 1 },
        { "a", "A", 0 },
        { "*", "", 1 },
        { "*", "abc", 1 },
        { "**", "abc", 1 },
        { "a*c", "abbbc", 1 },
        { "a*c", "abbb", 0 },
        { "*.txt", "a.txt", 1 },
        { "*.txt", "a.txt.gz", 0 },
        { "*a*b", "xxaxxb", 1 },
        { "*a*b", "xxbxxa", 0 },
        { "?", "a", 1 },
        { "?", "", 0 },
        { "?", "ab", 0 },
        { "??", "\xc3\xa9", 1 },
        { "[abc]", "b", 1 },
        { "[abc]", "d", 0 },
        { "[a-c]x", "bx", 1 },
        { "[a-c]", "-", 0 },
        { "[c-a]", "b", 0 },
        { "[a-]", "-", 1 },
        { "[-a]", "-", 1 },
        { "[!a]", "b", 1 },
        { "[!a]", "a", 0 },
        { "[!a]", "", 0 },
        { "[]]", "]", 1 },
        { "[!]]", "]", 0 },
        { "[!]]", "a", 1 },
        { "[]a]", "a", 1 },
        { "[a", "[a", 1 },
        { "[a", "a", 0 },
        { "[]", "[]", 1 },
        { "[!]", "[!]", 1 },
        { "[", "[", 1 },
        { "\\*", "*", 1 },
        { "\\*", "a", 0 },
        { "\\[a]", "[a]", 1 },
        { "\\\\", "\\", 1 },
        { "\\", "\\", 1 },
        { "[\\]]", "]", 1 },
        { "[\\]]", "\\", 0 },
        { "[a\\-c]", "b", 0 },
        { "[a\\-c]", "-", 1 },
        { "*[0-9]", "v10", 1 },
        { "*[0-9]", "v1x", 0 },
        { "[\x80-\xff]", "\xe9", 1 },
        { "[\x80-\xff]", "e", 0 },
        { "a*?", "a", 0 },
        { "a*?", "ab", 1 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        expect_case(i, glob_match(cases[i].pattern, cases[i].text), cases[i].matches);
}

/* A pattern that repeats an element, between a beginning and an end, against a text of one byte. */
static void expect_steps(size_t row, const char *begin, const char *element, const char *end,
                         char byte, uint64_t most)
{
    enum { ROOM = 4096, LENGTH = 255 };
    char *pattern = malloc(ROOM), text[LENGTH + 1];
    uint64_t steps = 0;
    assert_non_null(pattern);
    assert_true(text_copy(pattern, ROOM, begin));
    for (size_t n = strlen(pattern); n + strlen(element) + strlen(end) < ROOM; n = strlen(pattern))
        assert_true(text_copy(pattern + n, ROOM - n, element));
    const size_t n = strlen(pattern);
    assert_true(text_copy(pattern + n, ROOM - n, end));
    memset(text, byte, LENGTH);
    text[LENGTH] = '\0';
    (void)glob_match_counted(pattern, text, &steps);
    expect_case(row, steps <= most, 1);
    free(pattern);
}

/* The product of the lengths, four steps for a byte of a set; never a power of it. */
static void matching_is_bounded(void **state)
{
    enum { PLAIN = 2 * 255 * 4096, SETS = 4 * PLAIN, OPEN = 255 * 255 + 2 * 4096 };
    (void)state;
    expect_steps(0, "", "*a", "b", 'a', PLAIN);
    expect_steps(1, "*", "[", "", '[', OPEN);
    expect_steps(2, "*", "[\\]", "", '[', OPEN);
    expect_steps(3, "*", "[!", "", '[', OPEN);
    expect_steps(4, "*[", "a", "]", 'b', SETS);
    expect_steps(5, "*", "[ab]", "#", 'b', SETS);
    expect_steps(6, "*", "[]]", "[", ']', SETS);
    expect_steps(7, "*", "?", "#", 'b', PLAIN);
}

static void steps_are_added_up(void **state)
{
    uint64_t steps = 0;
    (void)state;
    assert_true(glob_match_counted("*.txt", "name.txt", &steps));
    const uint64_t once = steps;
    assert_true(once >= strlen("name.txt") && once <= 3 * strlen("name.txt"));
    assert_false(glob_match_counted("*.txt", "name.doc", &steps));
    assert_true(steps > once);
}

static void patterns_are_told_from_names(void **state)
{
    static const struct {
        const char *text;
        int is;
    } cases[] = { { "", 0 },    { "plain", 0 }, { "a*", 1 },  { "?", 1 },      { "[ab]", 1 },
                  { "[ab", 0 }, { "ab]", 0 },   { "\\a", 1 }, { "tail\\", 0 }, { "[]", 0 } };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        expect_case(i, glob_is_pattern(cases[i].text), cases[i].is);
        /* a name matches itself */
        if (!cases[i].is)
            expect_case(i, glob_match(cases[i].text, cases[i].text), 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_joined_by_their_text_alone),
        cmocka_unit_test(every_byte_is_a_name),
        cmocka_unit_test(paths_fill_their_room_and_no_more),
        cmocka_unit_test(small_rooms_are_kept),
        cmocka_unit_test(normal_paths_are_told),
        cmocka_unit_test(the_last_component_is_found),
        cmocka_unit_test(quotes_are_doubled),
        cmocka_unit_test(patterns_match),
        cmocka_unit_test(matching_is_bounded),
        cmocka_unit_test(steps_are_added_up),
        cmocka_unit_test(patterns_are_told_from_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
