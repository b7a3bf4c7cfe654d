/* SPDX-License-Identifier: BSD-2-Clause */
/* A shared process that takes over: what a predecessor may not send ends it. */
#include "tests/unit/predecessor.h"

#include "common/text.h"
#include "daemon/auth/hand.h"
#include "daemon/auth/state.h"
#include "daemon/events/state.h"

#include <string.h>
#include <sys/epoll.h>

static struct auth auth;
static struct events events;

static void take_as_auth(int channel)
{
    cells_init(&auth.cells, epoll_create1(EPOLL_CLOEXEC));
    auth.epoll = auth.cells.epoll;
    auth.control.fd = -1;
    per_user_init(&auth.per_user);
    per_user_init(&auth.per_group);
    auth.penalties = penalties_new(PENALTY_ADDRESSES);
    memory_init(&auth.memory);
    ledger_book_init(&auth.ledgers);
    auth_take_over(&auth, channel);
}

static void take_as_events(int channel)
{
    events.epoll = epoll_create1(EPOLL_CLOEXEC);
    events.link = -1;
    readers_init(&events);
    assert_true(ring_init(&events.ring, 10));
    events_take_over(&events, channel);
}

static void nothing_is_fine_and_an_early_end_is_not(void **state)
{
    (void)state;
    assert_int_equal(code_of(take_as_auth, NULL, 0, true), 0);
    assert_int_equal(code_of(take_as_auth, NULL, 0, false), EX_SOFTWARE);
    assert_int_equal(code_of(take_as_events, NULL, 0, true), 0);
    assert_int_equal(code_of(take_as_events, NULL, 0, false), EX_SOFTWARE);
}

static void a_message_of_another_role_size_or_descriptor_ends_it(void **state)
{
    const struct hand_keeper of_keeper = { .head.type = HAND_KEEPER, .cell = 1 };
    const struct message_head control = { .type = HAND_CONTROL };
    const struct hand_cell cell = { .head.type = HAND_CELL, .cell = 1, .state = CELL_NEW };
    (void)state;
    assert_int_equal(CODE_OF(take_as_auth, { &of_keeper, sizeof of_keeper, true }), EX_SOFTWARE);
    assert_int_equal(CODE_OF(take_as_auth, { &control, sizeof control, false }), EX_SOFTWARE);
    assert_int_equal(CODE_OF(take_as_auth, { &cell, sizeof cell - 1, false }), EX_SOFTWARE);
    assert_int_equal(CODE_OF(take_as_auth, { &cell, sizeof cell, true }), EX_SOFTWARE);
    assert_int_equal(CODE_OF(take_as_auth, { &cell, sizeof cell, false }), 0);
}

static void cells_of_auth_are_checked(void **state)
{
    struct hand_cell cell = { .head.type = HAND_CELL, .cell = 1, .state = CELL_IN, .counted = 1 };
    const struct hand_end_of net = { .head.type = HAND_NET, .cell = 2 };
    struct hand_quota quota = { .head.type = HAND_QUOTA, .cell = 1 };
    (void)state;
    (void)text_copy(cell.user, sizeof cell.user, "alice");
    assert_int_equal(CODE_OF(take_as_auth, { &cell, sizeof cell, false }), 0);
    assert_int_equal(
        CODE_OF(take_as_auth, { &cell, sizeof cell, false }, { &cell, sizeof cell, false }),
        EX_SOFTWARE);
    assert_int_equal(CODE_OF(take_as_auth, { &net, sizeof net, true }), EX_SOFTWARE);
    assert_int_equal(
        CODE_OF(take_as_auth, { &cell, sizeof cell, false }, { &quota, sizeof quota, false }), 0);
    quota.has_ledger = 1; /* which was not sent */
    assert_int_equal(
        CODE_OF(take_as_auth, { &cell, sizeof cell, false }, { &quota, sizeof quota, false }),
        EX_SOFTWARE);
    cell.state = CELL_HASHING;
    assert_int_equal(CODE_OF(take_as_auth, { &cell, sizeof cell, false }), EX_SOFTWARE);
    cell.state = CELL_IN;
    cell.file = USER_FILES;
    assert_int_equal(CODE_OF(take_as_auth, { &cell, sizeof cell, false }), EX_SOFTWARE);
    cell.file = 0;
    memset(cell.user, 'a', sizeof cell.user);
    assert_int_equal(CODE_OF(take_as_auth, { &cell, sizeof cell, false }), EX_SOFTWARE);
}

static void pieces_and_places_are_within_bounds(void **state)
{
    static struct hand_penalties piece = { .head.type = HAND_PENALTIES };
    struct hand_ledger ledger = { .head.type = HAND_LEDGER, .slot = LEDGERS_MAX };
    (void)state;
    piece.at = UINT64_MAX - 8;
    piece.count = 16;
    assert_int_equal(CODE_OF(take_as_auth, { &piece, sizeof piece, false }), EX_SOFTWARE);
    piece.at = 0;
    piece.count = HAND_BYTES + 1;
    assert_int_equal(CODE_OF(take_as_auth, { &piece, sizeof piece, false }), EX_SOFTWARE);
    piece.count = 3; /* no content is so short */
    piece.last = 1;
    assert_int_equal(CODE_OF(take_as_auth, { &piece, sizeof piece, false }), EX_SOFTWARE);
    piece.count = 8; /* no bans, no failures */
    assert_int_equal(CODE_OF(take_as_auth, { &piece, sizeof piece, false }), 0);
    assert_int_equal(CODE_OF(take_as_auth, { &ledger, sizeof ledger, false }), EX_SOFTWARE);
    ledger.slot = 0;
    assert_int_equal(CODE_OF(take_as_auth, { &ledger, sizeof ledger, false }), 0);
    assert_int_equal(
        CODE_OF(take_as_auth, { &ledger, sizeof ledger, false }, { &ledger, sizeof ledger, false }),
        EX_SOFTWARE);
}

static void what_events_sends_is_checked(void **state)
{
    struct hand_ring ring = { .head.type = HAND_RING, .first = 5 };
    static struct hand_piece event = {
        .head.type = HAND_EVENT, .number = 5, .total = 1, .last = 1
    };
    static struct hand_piece unsent = { .head.type = HAND_UNSENT, .number = READERS_MAX };
    struct hand_reader reader = { .head.type = HAND_READER, .next = 6, .place = READERS_MAX };
    (void)state;
    event.count = 10;
    assert_int_equal(
        CODE_OF(take_as_events, { &ring, sizeof ring, false }, { &event, sizeof event, false }), 0);
    event.number = 6;
    assert_int_equal(
        CODE_OF(take_as_events, { &ring, sizeof ring, false }, { &event, sizeof event, false }),
        EX_SOFTWARE);
    event.number = 5;
    event.count = HAND_BYTES + 1;
    assert_int_equal(
        CODE_OF(take_as_events, { &ring, sizeof ring, false }, { &event, sizeof event, false }),
        EX_SOFTWARE);
    assert_int_equal(CODE_OF(take_as_events, { &reader, sizeof reader, true }), EX_SOFTWARE);
    assert_int_equal(CODE_OF(take_as_events, { &unsent, sizeof unsent, false }), EX_SOFTWARE);
    memset(ring.run, 'a', sizeof ring.run);
    assert_int_equal(CODE_OF(take_as_events, { &ring, sizeof ring, false }), EX_SOFTWARE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_fine_and_an_early_end_is_not),
        cmocka_unit_test(a_message_of_another_role_size_or_descriptor_ends_it),
        cmocka_unit_test(cells_of_auth_are_checked),
        cmocka_unit_test(pieces_and_places_are_within_bounds),
        cmocka_unit_test(what_events_sends_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
