/* SPDX-License-Identifier: BSD-2-Clause */
/* test_event_ring.c - what ring.h promises, with lines of random lengths. */
#include "daemon/events/ring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 100, LINES = 5000, LONGEST = 8000 };

/* xorshift64: the same numbers in each run. */
static unsigned next_random(void)
{
    static uint64_t x = 7;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return (unsigned)(x >> 33);
}

static size_t fill(char *line, uint64_t number)
{
    const size_t length = 20 + next_random() % (number % 7 == 0 ? LONGEST - 20U : 400U);
    memset(line, 'a' + (int)(number % 26), length);
    (void)snprintf(line, 20, "%llu", (unsigned long long)number);
    return length;
}

static void expect_kept(const struct ring *ring)
{
    assert_int_equal(ring_total(ring, ring->first - 1), 2 * (ring->first - 1));
    for (uint64_t number = ring->first; number < ring->next; number++) {
        size_t length;
        const char *line = ring_line(ring, number, &length);
        assert_int_equal(strtoull(line, NULL, 10), number);
        assert_int_equal(ring_total(ring, number), 2 * number);
        assert_int_equal(line[length - 1], 'a' + (int)(number % 26));
        assert_true(line + length <= ring->bytes + ring->room);
    }
}

static void e1_the_ring_keeps_the_last_events_and_counts_all(void **state)
{
    static char line[LONGEST];
    struct ring ring;
    (void)state;
    assert_true(ring_init(&ring, MOST));
    for (uint64_t number = 1; number <= LINES; number++) {
        assert_int_equal(ring.next, number);
        ring_add(&ring, line, fill(line, number), 2);
        expect_kept(&ring);
        assert_true(ring.next - ring.first <= MOST);
        assert_true(ring.next - ring.first >= 1);
    }
    free(ring.bytes);
    free(ring.places);
}

static void short_lines_fill_all_places(void **state)
{
    struct ring ring;
    (void)state;
    assert_true(ring_init(&ring, MOST));
    for (uint64_t number = 1; number <= 3 * MOST; number++)
        ring_add(&ring, "a line of some length\n", 22, 1);
    assert_int_equal(ring.next - ring.first, MOST);
    free(ring.bytes);
    free(ring.places);
}

static void a_resized_ring_keeps_numbers_and_lines(void **state)
{
    static char line[LONGEST];
    struct ring ring;
    (void)state;
    assert_true(ring_init(&ring, MOST));
    for (uint64_t number = 1; number <= LINES; number++)
        ring_add(&ring, line, fill(line, number), 2);
    const uint64_t first = ring.first;
    assert_true(ring_resize(&ring, 2 * MOST));
    assert_int_equal(ring.first, first);
    assert_int_equal(ring.next, LINES + 1);
    expect_kept(&ring);
    assert_true(ring_resize(&ring, 3));
    assert_int_equal(ring.next, LINES + 1);
    assert_true(ring.next - ring.first <= 3);
    expect_kept(&ring);
    free(ring.bytes);
    free(ring.places);
}

static void a_line_larger_than_the_ring_is_counted(void **state)
{
    static char line[5000];
    struct ring ring;
    (void)state;
    assert_true(ring_init(&ring, 3));
    ring_add(&ring, "short", 5, 1);
    memset(line, 'x', sizeof line);
    ring_add(&ring, line, sizeof line, 4);
    assert_int_equal(ring.forgotten, 5);
    assert_int_equal(ring.next, 3);
    assert_int_equal(ring.first, 3);
    free(ring.bytes);
    free(ring.places);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(e1_the_ring_keeps_the_last_events_and_counts_all),
        cmocka_unit_test(short_lines_fill_all_places),
        cmocka_unit_test(a_resized_ring_keeps_numbers_and_lines),
        cmocka_unit_test(a_line_larger_than_the_ring_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
