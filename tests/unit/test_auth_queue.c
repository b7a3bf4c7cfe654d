/* SPDX-License-Identifier: BSD-2-Clause */
/* test_auth_queue.c - the queue for the hashers is fair by address (law L2). */
#include "daemon/auth/queue.h"
#include "common/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct key address(uint8_t last)
{
    struct key key = { .family = AF_INET, .bytes = { 192, 0, 2, last } };
    return key;
}

static void a_storm_from_one_address_delays_itself(void **state)
{
    static struct queue queue;
    static struct place storm[500];
    struct place single;
    const struct key stormy = address(1), calm = address(2);

    (void)state;
    queue_init(&queue);
    for (size_t i = 0; i < COUNT(storm); i++)
        assert_true(queue_push(&queue, &stormy, &storm[i]));
    assert_true(queue_push(&queue, &calm, &single));
    assert_int_equal(queue.count, COUNT(storm) + 1);
    assert_ptr_equal(queue_pop(&queue), &storm[0]);
    assert_ptr_equal(queue_pop(&queue), &single);
    for (size_t i = 1; i < COUNT(storm); i++)
        assert_ptr_equal(queue_pop(&queue), &storm[i]);
    assert_null(queue_pop(&queue));
    assert_int_equal(queue.count, 0);
}

static void addresses_take_turns(void **state)
{
    static struct queue queue;
    static struct place places[3][4];

    (void)state;
    queue_init(&queue);
    for (uint8_t a = 0; a < 3; a++) {
        const struct key key = address(a);
        for (size_t i = 0; i < 4; i++)
            assert_true(queue_push(&queue, &key, &places[a][i]));
    }
    for (size_t i = 0; i < 4; i++) {
        for (size_t a = 0; a < 3; a++)
            assert_ptr_equal(queue_pop(&queue), &places[a][i]);
    }
    assert_null(queue_pop(&queue));
}

static void an_address_that_comes_back_waits_its_turn(void **state)
{
    static struct queue queue;
    struct place first, second, other;
    const struct key a = address(1), b = address(2);

    (void)state;
    queue_init(&queue);
    assert_true(queue_push(&queue, &a, &first));
    assert_true(queue_push(&queue, &b, &other));
    assert_ptr_equal(queue_pop(&queue), &first);
    assert_true(queue_push(&queue, &a, &second));
    assert_ptr_equal(queue_pop(&queue), &other);
    assert_ptr_equal(queue_pop(&queue), &second);
}

static void what_hangs_up_leaves_from_any_place(void **state)
{
    static struct queue queue;
    static struct place places[5];
    static struct place other;
    const struct key a = address(1), b = address(2);

    (void)state;
    for (size_t gone = 0; gone < COUNT(places); gone++) {
        queue_init(&queue);
        for (size_t i = 0; i < COUNT(places); i++)
            assert_true(queue_push(&queue, &a, &places[i]));
        assert_true(queue_push(&queue, &b, &other));
        queue_remove(&queue, &places[gone]);
        queue_remove(&queue, &places[gone]); /* twice is once */
        queue_remove(&queue, &other);
        for (size_t i = 0; i < COUNT(places); i++) {
            if (i != gone)
                assert_ptr_equal(queue_pop(&queue), &places[i]);
        }
        assert_null(queue_pop(&queue));
    }
}

static void many_addresses_are_kept_apart(void **state)
{
    static struct queue queue;
    static struct place places[5000];

    (void)state;
    queue_init(&queue);
    for (size_t i = 0; i < COUNT(places); i++) {
        struct key key = { .family = AF_INET,
                           .bytes = { 10, 0, (uint8_t)(i / 256), (uint8_t)(i % 256) } };
        assert_true(queue_push(&queue, &key, &places[i]));
    }
    for (size_t i = 0; i < COUNT(places); i++)
        assert_ptr_equal(queue_pop(&queue), &places[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_storm_from_one_address_delays_itself),
        cmocka_unit_test(addresses_take_turns),
        cmocka_unit_test(an_address_that_comes_back_waits_its_turn),
        cmocka_unit_test(what_hangs_up_leaves_from_any_place),
        cmocka_unit_test(many_addresses_are_kept_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
