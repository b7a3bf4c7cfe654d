/* SPDX-License-Identifier: BSD-2-Clause */
/* A scribe that takes over: what a predecessor may not send ends it. */
#include "tests/unit/predecessor.h"

#include "daemon/scribe/hand.h"
#include "daemon/scribe/scribe.h"
#include "daemon/scribe/state.h"

#include <string.h>
#include <sys/epoll.h>

static struct scribe scribe;

static void take_as_scribe(int channel)
{
    scribe.epoll = epoll_create1(EPOLL_CLOEXEC);
    scribe.feed.fd = -1;
    hash_table_init(&scribe.cells, scribe.cell_buckets, CELL_BUCKETS);
    scribe_take_over(&scribe, channel);
}

static void nothing_is_fine_and_an_early_end_is_not(void **state)
{
    (void)state;
    assert_int_equal(code_of(take_as_scribe, NULL, 0, true), 0);
    assert_int_equal(code_of(take_as_scribe, NULL, 0, false), EX_SOFTWARE);
}

static void what_a_scribe_sends_is_checked(void **state)
{
    struct hand_facts facts = { .head.type = HAND_FACTS, .cell = 1 };
    struct hand_activity activity = { .head.type = HAND_ACTIVITY, .cell = 1 };
    struct hand_refusal refusal = { .head.type = HAND_REFUSAL };
    const struct fm_cell channel = { .head.type = HAND_CHANNEL, .end = 77 };
    (void)state;
    assert_int_equal(CODE_OF(take_as_scribe, { &activity, sizeof activity, false }), EX_SOFTWARE);
    assert_int_equal(CODE_OF(take_as_scribe, { &facts, sizeof facts, false },
                             { &activity, sizeof activity, false }),
                     0);
    memset(activity.path, 'a', sizeof activity.path);
    assert_int_equal(CODE_OF(take_as_scribe, { &facts, sizeof facts, false },
                             { &activity, sizeof activity, false }),
                     EX_SOFTWARE);
    memset(facts.user, 'a', sizeof facts.user);
    assert_int_equal(CODE_OF(take_as_scribe, { &facts, sizeof facts, false }), EX_SOFTWARE);
    memset(refusal.reason, 'a', sizeof refusal.reason);
    assert_int_equal(CODE_OF(take_as_scribe, { &refusal, sizeof refusal, false }), EX_SOFTWARE);
    assert_int_equal(CODE_OF(take_as_scribe, { &channel, sizeof channel, true }), EX_SOFTWARE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_fine_and_an_early_end_is_not),
        cmocka_unit_test(what_a_scribe_sends_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
