/* SPDX-License-Identifier: BSD-2-Clause */
/* The client's reply parser: whole replies, and the same bytes cut at every place. */
#include "client/engine/reply.h"

#include "common/text.h"
#include "tests/unit/expect.h"

#include <errno.h>

static const struct {
    const char *bytes;
    enum reply_step step;
    int code;
    const char *text, *last;
} cases[] = {
    { "220 hello\r\n", REPLY_DONE, 220, "hello", "hello" },
    { "220 hello\n", REPLY_DONE, 220, "hello", "hello" },
    { "220\r\n", REPLY_DONE, 220, "", "" },
    { "220 \r\n", REPLY_DONE, 220, "", "" },
    { "211-Features:\r\n MLST size*;\r\n211 End\r\n", REPLY_DONE, 211,
      "Features:\n MLST size*;\nEnd", "End" },
    { "230-one\r\n230-two\r\n230 three\r\n", REPLY_DONE, 230, "one\ntwo\nthree", "three" },
    { "230-\r\n\r\n230 x\r\n", REPLY_DONE, 230, "\n\nx", "x" },
    { "230-text\r\n226 not the end\r\n230 end\r\n", REPLY_DONE, 230, "text\n226 not the end\nend",
      "end" },
    { "\xff\xfc\x01"
      "220 a\xff\xfe\x02"
      "b\xff\xf1"
      "c\r\n",
      REPLY_DONE, 220, "abc", "abc" },
    { "220 \xff\xff, \xff"
      "n\r\n",
      REPLY_DONE, 220,
      "\xff, \xff"
      "n",
      "\xff, \xff"
      "n" },
    { "hello\r\n", REPLY_BAD, 0, NULL, NULL },
    { "099 low\r\n", REPLY_BAD, 0, NULL, NULL },
    { "700 high\r\n", REPLY_BAD, 0, NULL, NULL },
    { "22 short\r\n", REPLY_BAD, 0, NULL, NULL },
    { "220hello\r\n", REPLY_BAD, 0, NULL, NULL },
    { "\r\n", REPLY_BAD, 0, NULL, NULL },
    { "HTTP/1.1 200 OK\r\n", REPLY_BAD, 0, NULL, NULL },
    { "220-never ends\r\n", REPLY_MORE, 220, "never ends", "never ends" },
};
/* large */
static struct reply reply;

static enum reply_step feed_in_pieces(const char *bytes, size_t piece)
{
    size_t n = strlen(bytes), used;
    enum reply_step step = REPLY_MORE;

    reply_init(&reply);
    for (size_t at = 0; at < n && step == REPLY_MORE; at += used) {
        size_t now = n - at < piece ? n - at : piece;

        step = reply_feed(&reply, bytes + at, now, &used);
        assert_true(used > 0 && used <= now);
    }
    return step;
}

static void replies_are_the_same_however_they_are_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t piece = 1; piece <= 64; piece++) {
            expect_case(i, feed_in_pieces(cases[i].bytes, piece), cases[i].step);
            if (cases[i].step == REPLY_BAD)
                continue;
            expect_case(i, reply.code, cases[i].code);
            assert_string_equal(reply.text, cases[i].text);
            assert_string_equal(reply_last_line(&reply), cases[i].last);
        }
}

static void a_second_reply_stays_for_the_next_call(void **state)
{
    static const char two[] = "150 go\r\n226 done\r\n";
    size_t used;

    (void)state;
    reply_init(&reply);
    assert_int_equal(reply_feed(&reply, two, sizeof two - 1, &used), REPLY_DONE);
    assert_int_equal(used, 8);
    assert_int_equal(reply.code, 150);
    assert_int_equal(reply_feed(&reply, two + used, sizeof two - 1 - used, &used), REPLY_DONE);
    assert_int_equal(reply.code, 226);
    assert_string_equal(reply.text, "done");
}

/* A line without an end, or a reply without one, must not take memory or time without bound. */
static void endless_replies_are_refused(void **state)
{
    char block[4096];
    size_t used, total = 0;
    enum reply_step step = REPLY_MORE;

    (void)state;
    memset(block, 'x', sizeof block);
    memcpy(block, "220-", 4);
    reply_init(&reply);
    while (step == REPLY_MORE && total < 4u * REPLY_MAX_BYTES) {
        step = reply_feed(&reply, block, sizeof block, &used);
        total += used;
    }
    assert_int_equal(step, REPLY_BAD);
    assert_true(total <= REPLY_MAX_BYTES + 1);
}

static void long_text_is_cut_and_the_reply_still_ends(void **state)
{
    static const char line[] = " forty bytes of a line that is repeated\r\n";
    size_t used;

    (void)state;
    reply_init(&reply);
    assert_int_equal(reply_feed(&reply, "211-x\r\n", 7, &used), REPLY_MORE);
    for (int i = 0; i < 5000; i++)
        assert_int_equal(reply_feed(&reply, line, sizeof line - 1, &used), REPLY_MORE);
    assert_int_equal(reply_feed(&reply, "211 end\r\n", 9, &used), REPLY_DONE);
    assert_true(reply.cut);
    assert_true(reply.text_bytes < REPLY_TEXT_SIZE);
    assert_int_equal(strlen(reply.text), reply.text_bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_are_the_same_however_they_are_cut),
        cmocka_unit_test(a_second_reply_stays_for_the_next_call),
        cmocka_unit_test(endless_replies_are_refused),
        cmocka_unit_test(long_text_is_cut_and_the_reply_still_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
