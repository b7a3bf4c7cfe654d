/* SPDX-License-Identifier: BSD-2-Clause */
/* URLs, .netrc, faults, names of parts, percentiles. */
#include "client/bench/stats.h"
#include "client/engine/fault.h"
#include "client/engine/netrc.h"
#include "client/engine/target.h"
#include "client/engine/ascii.h"
#include "client/engine/local.h"
#include "client/engine/plan.h"
#include "client/engine/remote.h"

#include "common/text.h"
#include "tests/unit/expect.h"

#include <errno.h>

static const struct {
    const char *url;
    bool good;
    const char *host;
    uint16_t port;
    bool implicit, require;
    const char *user, *password, *path;
} urls[] = {
    { "ftp://h", true, "h", 21, false, false, "", NULL, "" },
    { "ftp://h/", true, "h", 21, false, false, "", NULL, "" },
    { "ftps://h/x", true, "h", 990, true, true, "", NULL, "x" },
    { "FTPES://u@h:2121/d/f", true, "h", 2121, false, true, "u", NULL, "d/f" },
    { "ftp://u:p%40%3A@h//etc", true, "h", 21, false, false, "u", "p@:", "/etc" },
    { "ftp://u@d:pw@h/%2Fabs", true, "h", 21, false, false, "u@d", "pw", "/abs" },
    { "ftp://[::1]:2121/a%20b", true, "::1", 2121, false, false, "", NULL, "a b" },
    { "u@h:21", true, "h", 21, false, false, "u", NULL, "" },
    { "ftp://h/a%0D%0ADELE%20x", false, NULL, 0, false, false, NULL, NULL, NULL },
    { "ftp://h/a%00", false, NULL, 0, false, false, NULL, NULL, NULL },
    { "ftp://h/a%4", false, NULL, 0, false, false, NULL, NULL, NULL },
    { "ftp://h:0/", false, NULL, 0, false, false, NULL, NULL, NULL },
    { "ftp://h:65536/", false, NULL, 0, false, false, NULL, NULL, NULL },
    { "ftp:///x", false, NULL, 0, false, false, NULL, NULL, NULL },
    { "ftp://[::1/x", false, NULL, 0, false, false, NULL, NULL, NULL },
};

static void urls_are_taken_apart(void **state)
{
    static struct target target; /* large */
    const char *why;

    (void)state;
    for (size_t i = 0; i < COUNT(urls); i++) {
        expect_case(i, target_parse(urls[i].url, &target, &why), urls[i].good);
        if (!urls[i].good)
            continue;
        assert_string_equal(target.host, urls[i].host);
        expect_case(i, target.port, urls[i].port);
        expect_case(i, target.implicit_tls, urls[i].implicit);
        expect_case(i, target.require_tls, urls[i].require);
        assert_string_equal(target.user, urls[i].user);
        expect_case(i, target.has_password, urls[i].password != NULL);
        if (urls[i].password)
            assert_string_equal(target.password, urls[i].password);
        assert_string_equal(target.path, urls[i].path);
    }
}

/* The URL of a server has all but password and path. */
static void a_url_is_put_together(void **state)
{
    static struct target target, again; /* large */
    const char *why;
    char url[1024], small[10];

    (void)state;
    for (size_t i = 0; i < COUNT(urls); i++) {
        if (!urls[i].good)
            continue;
        assert_true(target_parse(urls[i].url, &target, &why));
        assert_true(target_url(&target, url, sizeof url));
        expect_case(i, target_parse(url, &again, &why), true);
        expect_text(i, again.host, target.host);
        expect_text(i, again.user, target.user);
        expect_case(i, again.port, target.port);
        expect_case(i, again.implicit_tls, target.implicit_tls);
        expect_case(i, again.require_tls, target.require_tls);
        expect_case(i, again.has_password, false);
        expect_text(i, again.path, "");
        assert_false(target_url(&target, small, sizeof small));
    }
}

static const char netrc[] = "machine one login alice password \"a b\"\n"
                            "machine two\n  login bob\n  account x\n  password secret\n"
                            "machine two login carol password other\n"
                            "macdef init\nmachine trap login no password no\n\n"
                            "default login anonymous password me@\n";

static const struct {
    const char *host, *user;
    enum netrc_result result;
    const char *found_user, *password;
} netrcs[] = {
    { "one", "", NETRC_FOUND, "alice", "a b" },
    { "two", "", NETRC_FOUND, "bob", "secret" },
    { "TWO", "carol", NETRC_FOUND, "carol", "other" },
    { "trap", "", NETRC_FOUND, "anonymous", "me@" },
    { "two", "dave", NETRC_NONE, "dave", "" },
};

static void netrc_is_searched_by_host_and_user(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(netrcs); i++) {
        static struct target target; /* large */

        memset(&target, 0, sizeof target);
        assert_true(text_copy(target.host, sizeof target.host, netrcs[i].host));
        assert_true(text_copy(target.user, sizeof target.user, netrcs[i].user));
        expect_case(i, netrc_find_in(netrc, &target), netrcs[i].result);
        assert_string_equal(target.user, netrcs[i].found_user);
        assert_string_equal(target.password, netrcs[i].password);
    }
}

static void faults_have_numbers_in_their_places(void **state)
{
    struct faults faults = { 0 };

    (void)state;
    assert_true(fault_parse(&faults, "cut=100"));
    assert_int_equal(faults.cut, 100);
    assert_true(fault_parse(&faults, "half-close"));
    assert_int_equal(faults.half_close, 1);
    assert_false(fault_parse(&faults, "cut"));
    assert_false(fault_parse(&faults, "cut=x"));
    assert_false(fault_parse(&faults, "nonsense"));
}

static void parts_are_hidden_and_known_by_their_name(void **state)
{
    (void)state;
    char name[256], part[NAME_MAX + 1];

    part_name("file", part);
    assert_string_equal(part, ".file.wardftp-part");
    assert_true(is_part_name(part));
    memset(name, 'x', 255);
    name[255] = '\0';
    part_name(name, part);
    assert_true(strlen(part) <= NAME_MAX && is_part_name(part));
    assert_false(is_part_name("file.wardftp-part"));
    assert_false(is_part_name(".wardftp-part"));
    assert_false(is_part_name(".file"));
}

static void line_ends_are_converted_across_pieces(void **state)
{
    (void)state;
    struct ascii in = { .cr = false }, out = { .cr = false };
    char text[32];
    size_t n = 0;

    for (const char *at = "a\r\nb\rc\r\r\n\r"; *at; at++)
        n += ascii_receive(&in, at, 1, text + n);
    n += ascii_receive_end(&in, text + n);
    assert_int_equal(n, 8);
    assert_memory_equal(text, "a\nb\rc\r\n\r", n);
    n = 0;
    for (const char *at = "a\nb\r\nc"; *at; at++)
        n += ascii_send(&out, at, 1, text + n);
    assert_int_equal(n, 7);
    assert_memory_equal(text, "a\r\nb\r\nc", n);
}

static void a_listing_is_doubtful_by_its_reply(void **state)
{
    (void)state;
    assert_true(listing_reply_is_doubtful("Output truncated to 10000 matches", 10000));
    assert_true(listing_reply_is_doubtful("Transfer done (but failed to open directory).", 0));
    assert_true(listing_reply_is_doubtful("-Options: -l\n12 matches total", 11));
    assert_false(listing_reply_is_doubtful("-Options: -l\n12 matches total", 12));
    assert_false(listing_reply_is_doubtful("Directory send OK.", 3));
    assert_false(listing_reply_is_doubtful("Transfer complete", 0));
}

static void patterns_match_names_or_paths(void **state)
{
    (void)state;
    const struct plan_options options = { .exclude = { "*.o", "sub/*.txt" }, .excludes = 2 };
    const struct entry object = { .name = "x.o" }, text = { .name = "a.txt" },
                       part = { .name = ".a.wardftp-part" };

    assert_false(plan_wants(&options, &object, "deep/er/x.o"));
    assert_false(plan_wants(&options, &text, "sub/a.txt"));
    assert_true(plan_wants(&options, &text, "a.txt"));
    assert_false(plan_wants(&options, &part, ".a.wardftp-part"));
}

static void percentiles_are_right_within_three_percent(void **state)
{
    static struct histogram histogram; /* large */

    (void)state;
    assert_int_equal(histogram_percentile(&histogram, 0.5), 0);
    for (uint64_t i = 1; i <= 100000; i++)
        histogram_add(&histogram, i * 1000);
    assert_in_range(histogram_percentile(&histogram, 0.5), 50000000, 51600000);
    assert_in_range(histogram_percentile(&histogram, 0.99), 99000000, 100000000);
    assert_int_equal(histogram_percentile(&histogram, 1), 100000000);
    assert_int_equal(histogram.max_ns, 100000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_are_taken_apart),
        cmocka_unit_test(a_url_is_put_together),
        cmocka_unit_test(netrc_is_searched_by_host_and_user),
        cmocka_unit_test(faults_have_numbers_in_their_places),
        cmocka_unit_test(parts_are_hidden_and_known_by_their_name),
        cmocka_unit_test(line_ends_are_converted_across_pieces),
        cmocka_unit_test(a_listing_is_doubtful_by_its_reply),
        cmocka_unit_test(patterns_match_names_or_paths),
        cmocka_unit_test(percentiles_are_right_within_three_percent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
