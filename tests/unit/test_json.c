/* SPDX-License-Identifier: BSD-2-Clause */
/* test_json.c - the JSON that the client and the tools write, and write_all. */
#include "common/json.h"
#include "common/text.h"
#include "common/write.h"
#include "tests/unit/expect.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void check_object(void (*fill)(struct json *json), const char *expected)
{
    char *text = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    assert_non_null(to);
    struct json json;
    json_begin(&json, to);
    fill(&json);
    json_end(&json);
    assert_int_equal(fclose(to), 0);
    assert_string_equal(text, expected);
    free(text);
}

static void fill_all(struct json *json)
{
    json_text(json, "text", "a");
    json_text(json, "none", NULL);
    json_text_n(json, "part", "abc", 2);
    json_integer(json, "least", INT64_MIN);
    json_decimal(json, "half", 0.5);
    json_decimal(json, "infinite", INFINITY);
    json_open_object(json, "inner");
    json_flag(json, "yes", true);
    json_close_object(json);
    json_flag(json, "no", false);
}

static void every_kind_of_member_is_valid_json(void **state)
{
    (void)state;
    check_object(
        fill_all,
        "{\"text\": \"a\", \"none\": null, \"part\": \"ab\", \"least\": -9223372036854775808, "
        "\"half\": 0.5, \"infinite\": null, \"inner\": {\"yes\": true}, \"no\": false}\n");
}

static void fill_hostile(struct json *json)
{
    json_text(json, "k", "\"\\\n\x1b\xc3\xa9\xff\xe2\x80\xae");
}

static void control_characters_and_stray_bytes_are_escaped(void **state)
{
    (void)state;
    check_object(fill_hostile, "{\"k\": \"\\u0022\\u005c\\u000a\\u001b\xc3\xa9\\udcff\\u202e\"}\n");
}

static void a_byte_that_is_not_utf8_takes_the_form_that_was_asked_for(void **state)
{
    char piece[JSON_PIECE_ROOM];
    size_t length;
    (void)state;
    assert_int_equal(json_char("\xff", 1, JSON_LATIN1, piece, &length), 1);
    assert_memory_equal(piece, "\\u00ff", length);
    assert_int_equal(json_char("\xff", 1, JSON_SURROGATE, piece, &length), 1);
    assert_memory_equal(piece, "\\udcff", length);
    assert_int_equal(json_char("\xc3\xa9x", 3, JSON_LATIN1, piece, &length), 2);
    assert_int_equal(length, 2);
}

static void write_all_writes_to_the_end_or_says_why_not(void **state)
{
    int ends[2];
    char text[8] = "";
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal(write_all(ends[0], "hello", 5), 0);
    assert_int_equal(read(ends[1], text, sizeof text), 5);
    assert_string_equal(text, "hello");
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(write_all(-1, "x", 1), -EBADF);
    assert_int_equal(write_all(-1, "", 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_member_is_valid_json),
        cmocka_unit_test(control_characters_and_stray_bytes_are_escaped),
        cmocka_unit_test(a_byte_that_is_not_utf8_takes_the_form_that_was_asked_for),
        cmocka_unit_test(write_all_writes_to_the_end_or_says_why_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
