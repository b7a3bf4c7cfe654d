/* SPDX-License-Identifier: BSD-2-Clause */
/* test_ledger.c - the arithmetic of quotas, and the book that keeps it over a
 * restart (law U5). */
#include "daemon/auth/ledger_book.h"

#include "common/text.h"
#include "daemon/auth/per_user.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NEW_FILE = QUOTA_WANT_FILE | QUOTA_WANT_BYTES, RECOUNT_MS = 3600000 };

static const struct ledger_rules rules = { .limit = { 100000, 10 }, .recount_ms = RECOUNT_MS };
static const struct ledger_rules no_rules = { .limit = { 0, 0 } };

static struct ledger counted(uint64_t bytes, uint64_t files)
{
    return (struct ledger){ .used = { bytes, files }, .known = true };
}

static void expect(const struct ledger *ledger, uint64_t bytes, uint64_t files)
{
    assert_int_equal(ledger->used.bytes, bytes);
    assert_int_equal(ledger->used.files, files);
}

/* What a lease of all that is left was granted. */
static uint64_t take_all(struct ledger *ledger, struct lease *lease)
{
    uint64_t bytes = 0, sum = 0;
    int result = ledger_open(ledger, lease, &rules, QUOTA_WANT_BYTES, 0, &bytes);
    while (result == QUOTA_GRANTED) {
        sum += bytes;
        result = ledger_more(ledger, lease, &rules, QUOTA_WANT_BYTES, 0, &bytes);
    }
    assert_int_equal(result, QUOTA_REACHED_BYTES);
    return sum;
}

static void grants_add_up_to_the_limit_and_no_further(void **state)
{
    (void)state;
    struct ledger ledger = counted(40000, 3);
    struct lease first = { 0 }, second = { 0 };
    uint64_t bytes;
    assert_int_equal(ledger_open(&ledger, &first, &rules, NEW_FILE, 0, &bytes), QUOTA_GRANTED);
    assert_int_equal(bytes + take_all(&ledger, &second), 60000);
    assert_int_equal(ledger_left(&ledger, &rules), 0);
    ledger_close(&ledger, &second, 5000, 0);
    assert_int_equal(ledger_left(&ledger, &rules), 55000 - bytes);
    ledger_close(&ledger, &first, 1, 1);
    expect(&ledger, 45001, 4);
    assert_int_equal(ledger.leased.bytes, 0);
    assert_int_equal(ledger.leased.files, 0);
    assert_int_equal(ledger.leases, 0);
}

static void files_are_counted_one_by_one(void **state)
{
    (void)state;
    struct ledger ledger = counted(0, 9);
    struct lease first = { 0 }, second = { 0 };
    uint64_t bytes;
    assert_int_equal(ledger_open(&ledger, &first, &rules, NEW_FILE, 0, &bytes), QUOTA_GRANTED);
    assert_int_equal(ledger_open(&ledger, &second, &rules, NEW_FILE, 0, &bytes),
                     QUOTA_REACHED_FILES);
    assert_false(second.open);
    assert_int_equal(ledger_open(&ledger, &second, &rules, QUOTA_WANT_ANY, 0, &bytes),
                     QUOTA_GRANTED);
    ledger_close(&ledger, &first, 0, 0);
    ledger_close(&ledger, &second, 10, -1);
    expect(&ledger, 10, 8);
}

static void without_a_limit_nothing_is_refused_and_all_is_counted(void **state)
{
    (void)state;
    struct ledger ledger = counted(UINT64_C(1) << 60, 1000);
    struct lease lease = { 0 };
    uint64_t bytes;
    assert_int_equal(ledger_open(&ledger, &lease, &no_rules, NEW_FILE, 0, &bytes), QUOTA_GRANTED);
    assert_true(bytes == UINT64_MAX);
    ledger_close(&ledger, &lease, 7, 1);
    expect(&ledger, (UINT64_C(1) << 60) + 7, 1001);
}

static void numbers_never_leave_their_range(void **state)
{
    (void)state;
    struct ledger ledger = counted(10, 1);
    struct lease lease = { .open = true };
    ledger.leases = 2;
    ledger_close(&ledger, &lease, INT64_MIN, INT64_MIN);
    expect(&ledger, 0, 0);
    lease.open = true;
    ledger_close(&ledger, &lease, INT64_MAX, INT64_MAX);
    expect(&ledger, INT64_MAX, INT64_MAX);
    assert_int_equal(ledger_left(&ledger, &rules), 0);
    lease.open = true;
    ledger.leases = 1;
    ledger_close(&ledger, &lease, INT64_MAX, 1);
    expect(&ledger, INT64_MAX, INT64_MAX);
}

static void an_unknown_home_is_counted_first_and_by_one(void **state)
{
    (void)state;
    struct ledger ledger = { .known = false };
    struct lease first = { 0 }, second = { 0 };
    const struct ledger_amount found = { 99999, 3 };
    uint64_t bytes;
    assert_int_equal(ledger_open(&ledger, &second, &rules, 0, 0, &bytes), QUOTA_GRANTED);
    assert_int_equal(ledger_open(&ledger, &first, &rules, NEW_FILE, 0, &bytes), LEDGER_NOT_YET);
    ledger_close(&ledger, &second, -5, -1);
    assert_int_equal(ledger_open(&ledger, &first, &rules, NEW_FILE, 0, &bytes), QUOTA_COUNT);
    assert_int_equal(ledger_open(&ledger, &second, &rules, 0, 0, &bytes), LEDGER_NOT_YET);
    ledger_counted(&ledger, NULL, false, 0);
    assert_int_equal(ledger_open(&ledger, &second, &rules, NEW_FILE, 0, &bytes), QUOTA_COUNT);
    ledger_counted(&ledger, &found, false, 0);
    assert_int_equal(ledger_open(&ledger, &first, &rules, NEW_FILE, 0, &bytes), QUOTA_GRANTED);
    assert_int_equal(bytes, 1);
    assert_int_equal(ledger_open(&ledger, &second, &rules, NEW_FILE, 0, &bytes),
                     QUOTA_REACHED_BYTES);
}

static void a_killed_lease_counts_as_used_until_a_count(void **state)
{
    (void)state;
    struct ledger ledger = counted(0, 0);
    struct lease killed = { 0 }, other = { 0 };
    const struct ledger_amount found = { 70, 2 };
    uint64_t bytes, granted;
    assert_int_equal(ledger_open(&ledger, &other, &rules, NEW_FILE, 0, &bytes), QUOTA_GRANTED);
    assert_int_equal(ledger_open(&ledger, &killed, &rules, NEW_FILE, 0, &granted), QUOTA_GRANTED);
    ledger_abandon(&ledger, &killed);
    expect(&ledger, granted, 1);
    ledger_close(&ledger, &other, -500, -1); /* of what it does not know it takes nothing off */
    expect(&ledger, granted, 1);
    assert_int_equal(ledger_open(&ledger, &other, &rules, NEW_FILE, 0, &bytes), QUOTA_COUNT);
    ledger_counted(&ledger, &found, false, 0);
    expect(&ledger, 70, 2);
    assert_int_equal(ledger_open(&ledger, &other, &rules, NEW_FILE, 0, &bytes), QUOTA_GRANTED);
}

static void an_old_count_is_made_anew(void **state)
{
    (void)state;
    struct ledger ledger = counted(100000, 1);
    struct lease lease = { 0 };
    uint64_t bytes;
    assert_int_equal(ledger_open(&ledger, &lease, &rules, NEW_FILE, LEDGER_FRESH_MS - 1, &bytes),
                     QUOTA_REACHED_BYTES);
    assert_int_equal(ledger_open(&ledger, &lease, &rules, NEW_FILE, LEDGER_FRESH_MS, &bytes),
                     QUOTA_COUNT);
    ledger_counted(&ledger, &ledger.used, false, LEDGER_FRESH_MS);
    assert_int_equal(ledger_open(&ledger, &lease, &rules, NEW_FILE, LEDGER_FRESH_MS, &bytes),
                     QUOTA_REACHED_BYTES);
    assert_int_equal(ledger_open(&ledger, &lease, &rules, QUOTA_WANT_NUMBERS, RECOUNT_MS, &bytes),
                     QUOTA_GRANTED);
    ledger_close(&ledger, &lease, 0, 0);
    assert_int_equal(ledger_open(&ledger, &lease, &rules, QUOTA_WANT_NUMBERS,
                                 LEDGER_FRESH_MS + RECOUNT_MS, &bytes),
                     QUOTA_COUNT);
}

static void a_partial_count_takes_nothing_off(void **state)
{
    (void)state;
    struct ledger ledger = counted(500, 5);
    const struct ledger_amount found = { 300, 7 };
    ledger.counting = true;
    ledger_counted(&ledger, &found, true, 0);
    expect(&ledger, 500, 7);
}

/* The book, over the death of an auth. */

static int new_file(void)
{
    char path[] = "/tmp/wardftpd-ledgers-XXXXXX";
    const int fd = mkostemp(path, O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(unlink(path), 0);
    return fd;
}

/* Another open file of the same content. */
static int open_again(int fd)
{
    char path[64];
    (void)text_format(path, sizeof path, "/proc/self/fd/%d", fd);
    const int again = open(path, O_RDWR | O_CLOEXEC);
    assert_true(again >= 0);
    return again;
}

static struct ledger_book *open_book(int file, const char *boot)
{
    struct ledger_book *book = malloc(sizeof *book);
    const int fd = new_file();
    assert_non_null(book);
    assert_int_equal(write(fd, boot, strlen(boot)), strlen(boot));
    ledger_book_init(book);
    ledger_book_take_boot(book, fd);
    ledger_book_take_file(book, open_again(file));
    return book;
}

/* As its process' end does it. */
static void close_book(struct ledger_book *book)
{
    close(book->fd);
    for (size_t i = 0; i < LEDGERS_MAX; i++)
        free(book->at[i]);
    free(book->at);
    free(book);
}

static struct ledger *home(struct ledger_book *book, const char *path)
{
    const struct ledger_key key = ledger_key_of(path);
    struct ledger *ledger = ledger_book_get(book, &key);
    assert_non_null(ledger);
    return ledger;
}

static void write_down(struct ledger_book *book, const char *path, uint64_t used, uint64_t leased)
{
    struct ledger *ledger = home(book, path);
    ledger->used = (struct ledger_amount){ used, 1 };
    ledger->leased = (struct ledger_amount){ leased, leased > 0 };
    ledger->known = true;
    ledger_book_keep(book, ledger);
}

static void a_book_is_read_back_and_leases_count_as_used(void **state)
{
    (void)state;
    const int file = new_file();
    struct ledger_book *book = open_book(file, "this boot");
    write_down(book, "/home/alice", 1000, 0);
    write_down(book, "/home/bob", 2000, 300);
    (void)home(book, "/home/carol"); /* never counted */
    close_book(book);
    book = open_book(file, "this boot");
    expect(home(book, "/home/alice/"), 1000, 1);
    assert_false(home(book, "/home/alice")->stale);
    expect(home(book, "/home/bob"), 2300, 2);
    assert_true(home(book, "/home/bob")->stale && home(book, "/home/bob")->held);
    assert_false(home(book, "/home/carol")->known);
    close_book(book);
    close(file);
}

static void nothing_of_another_boot_is_believed(void **state)
{
    (void)state;
    const int file = new_file();
    struct ledger_book *book = open_book(file, "this boot");
    write_down(book, "/home/alice", 1000, 0);
    close_book(book);
    book = open_book(file, "the next boot");
    assert_false(home(book, "/home/alice")->known);
    close_book(book);
    close(file);
}

static void a_damaged_record_is_counted_anew_and_harms_no_other(void **state)
{
    (void)state;
    const int file = new_file();
    struct ledger_book *book = open_book(file, "this boot");
    write_down(book, "/home/alice", 1000, 0);
    write_down(book, "/home/bob", 2000, 0);
    close_book(book);
    assert_int_equal(pwrite(file, "?", 1, 16), 1);
    book = open_book(file, "this boot");
    assert_false(home(book, "/home/alice")->known);
    expect(home(book, "/home/bob"), 2000, 1);
    close_book(book);
    close(file);
}

static void a_living_auth_of_before_keeps_the_book_locked(void **state)
{
    (void)state;
    const int file = new_file();
    struct ledger_book *old = open_book(file, "this boot");
    assert_true(ledger_book_is_ours(old));
    ledger_book_end(old);
    struct ledger_book *book = open_book(file, "this boot");
    assert_false(ledger_book_is_ours(book));
    write_down(old, "/home/alice", 1000, 0);
    close_book(old);
    assert_true(ledger_book_is_ours(book));
    close_book(book);
    book = open_book(file, "this boot");
    assert_false(home(book, "/home/alice")->known); /* the old one wrote nothing after its end */
    close_book(book);
    close(file);
}

static void the_sessions_of_a_user_share_a_clock(void **state)
{
    (void)state;
    struct per_user users;
    per_user_init(&users);
    struct user_count *alice = per_user_begin(&users, "alice");
    assert_ptr_equal(per_user_begin(&users, "alice"), alice);
    const int64_t now = 5000000;
    struct user_share one = { .rate = 1000 }, two = one, up = one;
    assert_int_equal(per_user_pace(alice, 0, &one, 1000, now), 1000000);
    /* another session's */
    assert_int_equal(per_user_pace(alice, 0, &two, 1000, now), 2000000);
    /* the other way */
    assert_int_equal(per_user_pace(alice, 1, &up, 500, now), 500000);
    /* half a second was idle */
    assert_int_equal(per_user_pace(alice, 0, &one, 1000, now + 2500000), 500000);
    /* a minute saves up nothing */
    assert_int_equal(per_user_pace(alice, 0, &one, 1000, now + 60000000), 1000000);
    per_user_end(&users, alice);
    per_user_end(&users, alice);
}

/* A session that was taken says what it likes, as often as it likes. */
static void a_session_sets_the_others_back_by_two_pieces_at_most(void **state)
{
    static const uint64_t rates[] = { 1, 1000, 50000, 1000000000, UINT64_MAX };
    (void)state;
    for (size_t i = 0; i < COUNT(rates); i++) {
        struct per_user users;
        per_user_init(&users);
        struct user_count *alice = per_user_begin(&users, "alice");
        struct user_share liar = { .rate = rates[i] }, other = liar;
        const double pieces_us = 2e6 * (double)rate_piece(rates[i]) / (double)rates[i];
        int64_t now = 5000000;
        uint64_t wait = 0;
        for (int n = 0; n < 100000; n++, now++)
            wait = per_user_pace(alice, 0, &liar, UINT64_MAX, now);
        assert_true((double)wait <= 2 * pieces_us + 1000000);
        const uint64_t others = per_user_pace(alice, 0, &other, 1, now);
        if ((double)others > pieces_us + 1e6 / (double)rates[i] + 1)
            fail_msg("rate %llu: another session waits %llu us", (unsigned long long)rates[i],
                     (unsigned long long)others);
        per_user_end(&users, alice);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grants_add_up_to_the_limit_and_no_further),
        cmocka_unit_test(files_are_counted_one_by_one),
        cmocka_unit_test(without_a_limit_nothing_is_refused_and_all_is_counted),
        cmocka_unit_test(numbers_never_leave_their_range),
        cmocka_unit_test(an_unknown_home_is_counted_first_and_by_one),
        cmocka_unit_test(a_killed_lease_counts_as_used_until_a_count),
        cmocka_unit_test(an_old_count_is_made_anew),
        cmocka_unit_test(a_partial_count_takes_nothing_off),
        cmocka_unit_test(a_book_is_read_back_and_leases_count_as_used),
        cmocka_unit_test(nothing_of_another_boot_is_believed),
        cmocka_unit_test(a_damaged_record_is_counted_anew_and_harms_no_other),
        cmocka_unit_test(a_living_auth_of_before_keeps_the_book_locked),
        cmocka_unit_test(the_sessions_of_a_user_share_a_clock),
        cmocka_unit_test(a_session_sets_the_others_back_by_two_pieces_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
