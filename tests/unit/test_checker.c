/* SPDX-License-Identifier: BSD-2-Clause */
/* test_checker.c - the question to the administrator's checker, and which answers
 * of it are taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/json_read.h"
#include "common/text.h"
#include "daemon/checker/checker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Of bytes that end where the answer does: a look beyond them is a fault of a sanitizer. */
static int answer(const char *line, struct errand_found *found)
{
    const size_t n = strlen(line);
    char *bytes = malloc(n ? n : 1);
    assert_non_null(bytes);
    memcpy(bytes, line, n);
    const int error = answer_read(bytes, n, found);
    free(bytes);
    return error;
}

static void the_question_holds_any_byte(void **state)
{
    struct errand_who ask = { .name = "eve", .password = "\xff\x01\"\\", .address = "::1" };
    char line[QUESTION_ROOM];
    (void)state;
    const size_t n = question_make(&ask, line, sizeof line);
    assert_int_equal(n, strlen(line));
    assert_string_equal(line, "{\"version\": 1, \"user\": \"ZXZl\", \"password\": \"/wEiXA==\", "
                              "\"address\": \"::1\"}\n");
}

static void the_longest_question_fits(void **state)
{
    struct errand_who ask;
    char line[QUESTION_ROOM];
    (void)state;
    memset(&ask, 0, sizeof ask);
    memset(ask.name, 'n', sizeof ask.name - 1);
    memset(ask.password, 'p', sizeof ask.password - 1);
    memset(ask.address, 'a', sizeof ask.address - 1);
    assert_true(question_make(&ask, line, sizeof line) > 0);
    assert_int_equal(question_make(&ask, line, 100), 0);
}

static void a_whole_answer_is_taken(void **state)
{
    struct errand_found found;
    (void)state;
    assert_int_equal(answer(" { \"home\" : \"/h\\u00e4\\uDCff\\/\\ud83d\\ude00\" , \"gid\":0,"
                            "\"groups\":[ 1,4294967295 ],\"uid\":5001,\"result\":\"accepted\"} \r",
                            &found),
                     0);
    assert_int_equal(found.verdict, FOUND_ACCEPTED);
    assert_int_equal(found.uid, 5001);
    assert_int_equal(found.group_count, 2);
    assert_int_equal(found.groups[1], UINT32_MAX);
    assert_string_equal(found.home, "/h\xc3\xa4\xff/\xf0\x9f\x98\x80");
    assert_int_equal(answer("{\"result\":\"refused\"}", &found), 0);
    assert_int_equal(found.verdict, FOUND_REFUSED);
    assert_int_equal(answer("{\"result\":\"unknown\"}", &found), 0);
    assert_int_equal(found.verdict, FOUND_UNKNOWN);
}

#define ACCEPTED "{\"result\":\"accepted\",\"uid\":1,\"gid\":1"

static void any_other_is_refused(void **state)
{
    static const char *const lines[] = {
        "",
        "{",
        "}",
        "{}",
        "[]",
        "null",
        "{\"result\":\"accepted\"}",
        "{\"result\":\"refused\"",
        "{\"result\":\"refused\",}",
        "{,\"result\":\"refused\"}",
        "{\"result\":\"refused\"}}",
        "{\"result\":\"refused\"} x",
        "{\"result\" \"refused\"}",
        "{result:\"refused\"}",
        "{\"result\":\"refused",
        "{\"result\":\"refused\",\"result\":\"refused\"}",
        "{\"result\":\"refused\",\"uid\":1}",
        "{\"result\":\"\"}",
        "{\"result\":1}",
        "{\"a key that is longer than any\":1}",
        ACCEPTED ",\"uid\":1}",
        ACCEPTED ",\"more\":1}",
        ACCEPTED ",\"groups\":[1,]}",
        ACCEPTED ",\"groups\":[,1]}",
        ACCEPTED ",\"groups\":[1 1]}",
        ACCEPTED ",\"groups\":[[1]]}",
        ACCEPTED ",\"groups\":1}",
        ACCEPTED ",\"home\":\"relative\"}",
        ACCEPTED ",\"home\":\"/\\u0000\"}",
        ACCEPTED ",\"home\":\"/\\ud83d\"}",
        ACCEPTED ",\"home\":\"/\\ud83d\\u0041\"}",
        ACCEPTED ",\"home\":\"/\\udc00\"}",
        ACCEPTED ",\"home\":\"/\\x\"}",
        ACCEPTED ",\"home\":\"/\\u12\"}",
        ACCEPTED ",\"home\":\"/\\",
        ACCEPTED ",\"home\":\"/\x80\"}",
        ACCEPTED ",\"home\":\"/\t\"}",
        ACCEPTED ",\"home\":null}",
        "{\"result\":\"accepted\",\"uid\":01,\"gid\":1}",
        "{\"result\":\"accepted\",\"uid\":1e3,\"gid\":1}",
        "{\"result\":\"accepted\",\"uid\":1.0,\"gid\":1}",
        "{\"result\":\"accepted\",\"uid\":-1,\"gid\":1}",
        "{\"result\":\"accepted\",\"uid\":4294967296,\"gid\":1}",
        "{\"result\":\"accepted\",\"uid\":18446744073709551617,\"gid\":1}",
        "{\"result\":\"accepted\",\"uid\":,\"gid\":1}",
        "{\"result\":\"accepted\",\"uid\":true,\"gid\":1}",
    };
    struct errand_found found;
    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        if (answer(lines[i], &found) != EPROTO)
            fail_msg("%s", lines[i]);
    }
}

static void a_text_fits_or_is_refused(void **state)
{
    struct json_in in;
    char to[4];
    (void)state;
    json_in_begin(&in, "{\"abc\":1}", 9);
    assert_true(json_in_member(&in, to, sizeof to));
    json_in_begin(&in, "{\"abcd\":1}", 10);
    assert_false(json_in_member(&in, to, sizeof to));
    assert_true(in.bad);
    assert_false(json_in_over(&in));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_question_holds_any_byte), cmocka_unit_test(the_longest_question_fits),
        cmocka_unit_test(a_whole_answer_is_taken),     cmocka_unit_test(any_other_is_refused),
        cmocka_unit_test(a_text_fits_or_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
