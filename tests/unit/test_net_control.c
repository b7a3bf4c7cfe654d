/* SPDX-License-Identifier: BSD-2-Clause */
/* test_net_control.c - what line.h promises. */
#include "daemon/net/line.h"

#include "common/text.h"
#include "tests/unit/expect.h"

#include <string.h>

struct line_case {
    const char *name;
    const char *bytes;
    size_t n;
    const char *lines;   /* each followed by "|"; "L|" one too long, "N|" one with a NUL */
    const char *answers; /* Telnet's, three bytes each */
};

#define BYTES(text) text, sizeof(text) - 1

static const struct line_case cases[] = {
    { "a line", BYTES("NOOP\r\n"), "NOOP|", "" },
    { "two lines", BYTES("NOOP\r\nPWD\r\n"), "NOOP|PWD|", "" },
    { "LF alone ends a line", BYTES("NOOP\nPWD\n"), "NOOP|PWD|", "" },
    { "an empty line", BYTES("\r\n"), "|", "" },
    { "no end yet", BYTES("NOOP"), "", "" },
    { "CR NUL is CR", BYTES("a\r\0b\r\n"), "a\rb|", "" },
    { "CR alone is a byte", BYTES("a\rb\r\n"), "a\rb|", "" },
    { "CR CR LF ends a line", BYTES("a\r\r\nb\r\r\r\n"), "a|b|", "" },
    { "CR NUL before CRLF is a byte", BYTES("a\r\0\r\n"), "a\r|", "" },
    { "CRs within a line are bytes", BYTES("a\r\rb\r\r\0\r\n"), "a\r\rb\r\r|", "" },
    { "NUL is refused", BYTES("a\0b\r\nPWD\r\n"), "N|PWD|", "" },
    { "IAC IAC is one byte",
      BYTES("a\xff\xff"
            "b\r\n"),
      "a\xff"
      "b|",
      "" },
    { "255 before a byte below 240 is data",
      BYTES("a\xff"
            "b\r\n"),
      "a\xff"
      "b|",
      "" },
    { "255 at the end of a line is data", BYTES("a\xff\r\n"), "a\xff|", "" },
    { "IP and DM are taken out",
      BYTES("\xff\xf4\xff\xf2"
            "ABOR\r\n"),
      "ABOR|", "" },
    { "DO is answered WONT",
      BYTES("\xff\xfd\x01"
            "NOOP\r\n"),
      "NOOP|", "\xff\xfc\x01" },
    { "WILL is answered DONT",
      BYTES("NO\xff\xfb\x03"
            "OP\r\n"),
      "NOOP|", "\xff\xfe\x03" },
    { "DONT and WONT are not answered", BYTES("\xff\xfe\x01\xff\xfc\x02NOOP\r\n"), "NOOP|", "" },
    { "a subnegotiation is skipped", BYTES("\xff\xfa\x18\xff\xff\r\n\xff\xf0NOOP\r\n"), "NOOP|",
      "" },
    { "an option may be any byte", BYTES("\xff\xfd\xffNOOP\r\n"), "NOOP|", "\xff\xfc\xff" },
};

/* Feeds the bytes in pieces of `piece`; collects lines and answers. */
static void feed(struct line_reader *reader, const char *bytes, size_t n, size_t piece, char *lines,
                 size_t room, char *answers, size_t *answered)
{
    while (n > 0) {
        size_t there;
        char *to = line_room(reader, &there);
        size_t part = piece < n ? piece : n;
        part = part < there ? part : there;
        memcpy(to, bytes, part);
        line_filled(reader, part);
        bytes += part;
        n -= part;
        for (;;) {
            const enum line_state state = line_next(reader);
            memcpy(answers + *answered, reader->answers, reader->answered);
            *answered += reader->answered;
            reader->answered = 0;
            if (state == LINE_NONE && !line_has_more(reader))
                break;
            if (state == LINE_NONE)
                continue;
            const char *text = state == LINE_READY ? reader->text : state == LINE_NUL ? "N" : "L";
            const size_t at = strlen(lines);
            assert_true(text_format(lines + at, room - at, "%s|", text));
            line_take(reader);
        }
    }
}

static void lines_come_whole_however_they_are_split(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (size_t piece = 1; piece <= cases[i].n; piece++) {
            static struct line_reader reader;
            char lines[200] = "", answers[200];
            size_t answered = 0;
            memset(&reader, 0, sizeof reader);
            feed(&reader, cases[i].bytes, cases[i].n, piece, lines, sizeof lines, answers,
                 &answered);
            expect_text(i, lines, cases[i].lines);
            expect_case(i, (long long)answered, (long long)strlen(cases[i].answers));
            expect_case(i, memcmp(answers, cases[i].answers, answered), 0);
        }
    }
}

static void a_line_of_4096_bytes_passes_and_a_longer_one_is_skipped(void **state)
{
    static struct line_reader reader;
    static char bytes[3 * LINE_BYTES], lines[3 * LINE_BYTES];
    char answers[8];
    size_t answered = 0;
    (void)state;
    for (size_t n = LINE_BYTES - 1; n <= 2 * LINE_BYTES; n += n < LINE_BYTES + 2 ? 1 : 1000) {
        memset(bytes, 'x', n);
        memcpy(bytes + n, "\r\nPWD\r\n", 7);
        lines[0] = '\0';
        memset(&reader, 0, sizeof reader);
        feed(&reader, bytes, n + 7, 1000, lines, sizeof lines, answers, &answered);
        if (n <= LINE_BYTES)
            expect_case(n, (long long)strlen(lines), (long long)n + 5);
        else
            expect_text(n, lines, "L|PWD|");
    }
}

/* A flood of options fills no more than the room for answers, and loses none. */
static void telnet_answers_wait_for_room(void **state)
{
    static struct line_reader reader;
    static char bytes[3 * 1000], lines[10], answers[3 * 1000];
    size_t answered = 0;
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i += 3)
        memcpy(bytes + i, "\xff\xfd\x05", 3);
    memset(&reader, 0, sizeof reader);
    feed(&reader, bytes, sizeof bytes, 700, lines, sizeof lines, answers, &answered);
    expect_case(0, (long long)answered, (long long)sizeof bytes);
}

/* What waits unread is kept when room is made for more. */
static void unread_bytes_survive_the_move(void **state)
{
    static struct line_reader reader;
    static char many[RAW_SIZE];
    size_t room;
    (void)state;
    memset(&reader, 0, sizeof reader);
    memset(many, 'y', sizeof many);
    memcpy(many, "NOOP\r\n", 6);
    memcpy(line_room(&reader, &room), many, sizeof many);
    line_filled(&reader, sizeof many);
    expect_case(0, line_next(&reader), LINE_READY);
    line_take(&reader);
    char *to = line_room(&reader, &room);
    expect_case(1, (long long)room, 6);
    memcpy(to, "z\r\n", 3);
    line_filled(&reader, 3);
    expect_case(2, line_next(&reader), LINE_TOO_LONG);
    expect_case(3, line_has_more(&reader), 0);
}

static bool has(const char *room, size_t n, const char *secret)
{
    return memmem(room, n, secret, strlen(secret)) != NULL;
}

static void nothing_of_a_secret_is_left(void **state)
{
    static struct line_reader reader;
    char lines[200] = "";
    size_t room;
    (void)state;
    memset(&reader, 0, sizeof reader);
    memcpy(line_room(&reader, &room), "PASS hunter2\r\nPWD\r\n", 19);
    line_filled(&reader, 19);
    expect_case(0, line_next(&reader), LINE_READY);
    line_take(&reader);
    line_wipe(&reader);
    expect_case(1, has((const char *)&reader, sizeof reader, "hunter2"), 0);
    /* what was pipelined behind it is still there */
    expect_case(2, line_next(&reader), LINE_READY);
    assert_true(text_copy(lines, sizeof lines, reader.text));
    expect_text(3, lines, "PWD");
}

static bool is_this(const char *text, const void *context)
{
    return strcmp(text, context) == 0;
}

static void a_line_is_found_behind_others(void **state)
{
    static struct line_reader reader;
    static const char bytes[] = "PWD\r\nNOOP\r\n\xff\xfd\x01\xff\xf4"
                                "ABOR\r\nST";
    size_t room;
    (void)state;
    memset(&reader, 0, sizeof reader);
    memcpy(line_room(&reader, &room), bytes, sizeof bytes - 1);
    line_filled(&reader, sizeof bytes - 1);
    for (int turn = 0; turn < 2; turn++) { /* before the first line is whole, and with it waiting */
        assert_true(line_ahead(&reader, is_this, "PWD"));
        assert_true(line_ahead(&reader, is_this, "NOOP"));
        assert_true(line_ahead(&reader, is_this, "ABOR"));
        assert_false(line_ahead(&reader, is_this, "ST"));
        assert_int_equal(line_next(&reader), LINE_READY);
        assert_string_equal(reader.text, "PWD");
        assert_int_equal(reader.answered, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_whole_however_they_are_split),
        cmocka_unit_test(a_line_of_4096_bytes_passes_and_a_longer_one_is_skipped),
        cmocka_unit_test(telnet_answers_wait_for_room),
        cmocka_unit_test(unread_bytes_survive_the_move),
        cmocka_unit_test(nothing_of_a_secret_is_left),
        cmocka_unit_test(a_line_is_found_behind_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
