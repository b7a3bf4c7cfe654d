/* test_path.c - what path.h promises. */
#include "common/path.h"

#include "common/text.h"
#include "daemon/border/message.h"
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
        { "/a", 16, "/a" }, { "/a\"b", 16, "/a\"\"b" }, { "\"\"", 16, "\"\"\"\"" }, { "/ab", 4, "/ab" },
        { "/ab", 3, NULL }, { "/a\"", 5, "/a\"\"" },    { "/a\"", 4, NULL },        { "", 1, "" },
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

/* "*a*a*...b" over "aaaa": a matcher that retries every star never comes back. */
static void matching_is_bounded(void **state)
{
    enum { STARS = 1000, LENGTH = 4000 };
    char *pattern = malloc(2 * STARS + 2);
    char *text = malloc(LENGTH + 1);
    (void)state;
    assert_true(pattern && text);
    for (size_t i = 0; i < STARS; i++)
        memcpy(pattern + 2 * i, "*a", 2);
    memcpy(pattern + 2 * STARS, "b", 2);
    memset(text, 'a', LENGTH);
    text[LENGTH] = '\0';
    const int64_t start = now_ms();
    assert_false(glob_match(pattern, text));
    assert_true(now_ms() - start < 5000);
    free(pattern);
    free(text);
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
        if (!cases[i].is)
            expect_case(i, glob_match(cases[i].text, cases[i].text), 1); /* a name matches itself */
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
        cmocka_unit_test(patterns_are_told_from_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
