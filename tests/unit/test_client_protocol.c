/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages between the client's engine and its workers: each field that a hostile worker could use
 * is refused. */
#include "client/engine/protocol.h"

#include "tests/unit/expect.h"

#include <stdlib.h>
#include <string.h>

static struct message_buffer buffer;

static void make(uint32_t type, void *message, size_t n, unsigned texts)
{
    const struct message_head head = { .type = type, .serial = 1 };
    memcpy(message, &head, sizeof head);
    message_begin(&buffer, message, n);
    for (unsigned i = 0; i < texts; i++)
        assert_true(message_add(&buffer, i % 2 ? "text" : ""));
}

/* A well-formed message of each type from a worker. */
static void make_worker_message(uint32_t type)
{
    struct message_head head = { 0 };
    struct message_progress progress = { .total = -1 };
    struct message_trace trace = { .direction = '>' };
    struct message_wait wait = { .ms = 0 };
    struct message_page page = { .kind = ENGINE_PAGE_ENTRIES };
    struct message_reply reply = { .code = 200 };
    struct message_trust trust = { .strict = 1 };
    struct message_password password = { .attempt = 1 };
    struct message_exists exists = { .source_size = -1, .target_size = -1 };
    struct message_done done = { .outcome = OUTCOME_OK };
    const struct engine_item item = {
        .entry = { .name = "name", .name_bytes = 4, .size = -1, .mode = -1 }, .typed = SIZE_MAX
    };
    const struct {
        void *message;
        size_t n;
        unsigned texts;
    } all[] = {
        [WORKER_PROGRESS] = { &progress, sizeof progress, 0 },
        [WORKER_TRACE] = { &trace, sizeof trace, 1 },
        [WORKER_NOTE] = { &head, sizeof head, 1 },
        [WORKER_WAIT] = { &wait, sizeof wait, 2 },
        [WORKER_PAGE] = { &page, sizeof page, 0 },
        [WORKER_REPLY] = { &reply, sizeof reply, 1 },
        [WORKER_TRUST] = { &trust, sizeof trust, 4 },
        [WORKER_PASSWORD] = { &password, sizeof password, 0 },
        [WORKER_EXISTS] = { &exists, sizeof exists, 0 },
        [WORKER_DONE] = { &done, sizeof done, 2 },
    };
    assert_non_null(all[type].message);
    if (all[type].message)
        make(type, all[type].message, all[type].n, all[type].texts);
    if (type == WORKER_PAGE)
        assert_true(page_add(&buffer, &item));
}

static const char *check(unsigned phase)
{
    return worker_message_check(buffer.data, buffer.bytes, phase);
}

static void each_type_is_accepted_in_its_size_and_phase_only(void **state)
{
    (void)state;
    for (uint32_t type = WORKER_PROGRESS; type <= WORKER_DONE; type++) {
        make_worker_message(type);
        const size_t n = buffer.bytes;
        assert_null(check(PHASE_BUSY));
        assert_non_null(check(PHASE_IDLE));
        assert_non_null(check(PHASE_ASKING));
        assert_int_equal(check(PHASE_ENDING) == NULL, type == WORKER_TRACE);
        for (size_t cut = 0; cut < n; cut++)
            assert_non_null(worker_message_check(buffer.data, cut, PHASE_BUSY));
        buffer.data[n] = '\0';
        assert_non_null(worker_message_check(buffer.data, n + 1, PHASE_BUSY));
        buffer.data[n] = 'x';
        assert_non_null(worker_message_check(buffer.data, n + 1, PHASE_BUSY));
        assert_non_null(worker_message_check(buffer.data, MESSAGE_MAX + 1, PHASE_BUSY));
    }
}

static void an_unknown_type_is_refused(void **state)
{
    const uint32_t types[] = { 0, WORKER_DONE + 1, 1000, UINT32_MAX };
    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct message_head head = { .type = types[i] };
        assert_non_null(worker_message_check(&head, sizeof head, PHASE_BUSY));
        assert_non_null(engine_message_check(&head, sizeof head, PHASE_BUSY));
    }
}

/* ---- one wrong field each ---- */

static const struct {
    uint32_t type;
    size_t at;
    int64_t value;
    size_t bytes;
} wrong_fields[] = {
#define FIELD(type, struct_name, member, value)                                                    \
    {                                                                                              \
        type, offsetof(struct struct_name, member), value,                                         \
            sizeof(((struct struct_name *)0)->member)                                              \
    }
    FIELD(WORKER_PROGRESS, message_head, texts, 1),
    FIELD(WORKER_PROGRESS, message_head, reserved, 1),
    FIELD(WORKER_PROGRESS, message_progress, total, -2),
    FIELD(WORKER_PROGRESS, message_progress, start, -1),
    FIELD(WORKER_PROGRESS, message_progress, done, INT64_MIN),
    FIELD(WORKER_PROGRESS, message_progress, moved, -1),
    FIELD(WORKER_TRACE, message_head, texts, 2),
    FIELD(WORKER_TRACE, message_head, texts, UINT32_MAX),
    FIELD(WORKER_TRACE, message_trace, direction, 0x1b),
    FIELD(WORKER_WAIT, message_wait, ms, -1),
    FIELD(WORKER_REPLY, message_reply, code, 99),
    FIELD(WORKER_REPLY, message_reply, code, UINT32_MAX),
    FIELD(WORKER_TRUST, message_trust, strict, 2),
    FIELD(WORKER_TRUST, message_head, texts, 3),
    FIELD(WORKER_PASSWORD, message_password, attempt, 0),
    FIELD(WORKER_EXISTS, message_exists, source_size, -2),
    FIELD(WORKER_EXISTS, message_exists, target_size, -2),
    FIELD(WORKER_DONE, message_done, outcome, 1),
    FIELD(WORKER_DONE, message_done, outcome, -1),
    FIELD(WORKER_DONE, message_done, code, -1),
    FIELD(WORKER_DONE, message_done, code, 1000),
    FIELD(WORKER_DONE, message_done, flags, DONE_FLAGS + 1),
    FIELD(WORKER_DONE, message_done, start, -1),
    FIELD(WORKER_DONE, message_done, moved, -1),
    FIELD(WORKER_DONE, message_done, elapsed_ms, -1),
    FIELD(WORKER_PAGE, message_page, kind, 0),
    FIELD(WORKER_PAGE, message_page, kind, ENGINE_PAGE_COPY), /* without a target */
    FIELD(WORKER_PAGE, message_page, kind, ENGINE_PAGE_DELETE + 1),
    FIELD(WORKER_PAGE, message_page, count, 0),
    FIELD(WORKER_PAGE, message_page, count, 2),
    FIELD(WORKER_PAGE, message_page, count, UINT32_MAX),
#define IN_ENTRY(member, value)                                                                    \
    {                                                                                              \
        WORKER_PAGE, sizeof(struct message_page) + offsetof(struct page_entry, member), value,     \
            sizeof(((struct page_entry *)0)->member)                                               \
    }
    IN_ENTRY(size, -2),
    IN_ENTRY(typed, -2),
    IN_ENTRY(typed, MESSAGE_TEXT_MAX),
    IN_ENTRY(grain, -1),
    IN_ENTRY(mode, -2),
    IN_ENTRY(mode, 010000),
    IN_ENTRY(name_bytes, 0),
    IN_ENTRY(name_bytes, 3),
    IN_ENTRY(name_bytes, 5),
    IN_ENTRY(name_bytes, 0xffff),
    IN_ENTRY(other_bytes, 1),
    IN_ENTRY(other_bytes, 0xffff),
    IN_ENTRY(owner_bytes, 1),
    IN_ENTRY(group_bytes, 0xff),
    IN_ENTRY(flags, ENTRY_FLAGS + 1),
    IN_ENTRY(type, ENTRY_OTHER + 1),
};

static void a_wrong_field_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong_fields / sizeof wrong_fields[0]; i++) {
        make_worker_message(wrong_fields[i].type);
        expect_case(i, check(PHASE_BUSY) == NULL, true);
        memcpy(buffer.data + wrong_fields[i].at, &wrong_fields[i].value, wrong_fields[i].bytes);
        expect_case(i, check(PHASE_BUSY) != NULL, true);
    }
}

static void a_text_has_its_end_and_a_bound(void **state)
{
    struct message_head head = { .type = WORKER_NOTE, .texts = 1 };
    (void)state;
    memcpy(buffer.data, &head, sizeof head);
    memset(buffer.data + sizeof head, 'x', MESSAGE_TEXT_MAX + 10);
    buffer.bytes = sizeof head + MESSAGE_TEXT_MAX;
    assert_non_null(check(PHASE_BUSY));
    buffer.data[buffer.bytes - 1] = '\0';
    assert_null(check(PHASE_BUSY));
    buffer.data[buffer.bytes - 1] = 'x';
    buffer.data[buffer.bytes++] = '\0';
    assert_non_null(check(PHASE_BUSY));
}

/* ---- orders ---- */

static void orders_are_checked_as_well(void **state)
{
    struct message_order order = { .op = ENGINE_PLAN, .includes = 1, .typed = -1, .total = -1 };
    (void)state;
    make(ENGINE_ORDER, &order, sizeof order, 3);
    assert_null(engine_message_check(buffer.data, buffer.bytes, PHASE_IDLE));
    assert_non_null(engine_message_check(buffer.data, buffer.bytes, PHASE_BUSY));
    order.includes = 2; /* of one pattern */
    make(ENGINE_ORDER, &order, sizeof order, 3);
    assert_non_null(engine_message_check(buffer.data, buffer.bytes, PHASE_IDLE));
    order.includes = 0;
    order.op = ENGINE_OPS;
    make(ENGINE_ORDER, &order, sizeof order, 2);
    assert_non_null(engine_message_check(buffer.data, buffer.bytes, PHASE_IDLE));
    order.op = ENGINE_GET;
    make(ENGINE_ORDER, &order, sizeof order, 1);
    assert_non_null(engine_message_check(buffer.data, buffer.bytes, PHASE_IDLE));
    order.flags = ORDER_FLAGS + 1;
    make(ENGINE_ORDER, &order, sizeof order, 2);
    assert_non_null(engine_message_check(buffer.data, buffer.bytes, PHASE_IDLE));
}

/* ---- pages ---- */

static void a_page_gives_back_what_was_added_until_it_is_full(void **state)
{
    struct message_page page = { .kind = ENGINE_PAGE_COPY };
    struct engine_item item = { .entry = { .name = "remote\n\xff",
                                           .name_bytes = 8,
                                           .type = ENTRY_LINK,
                                           .size = INT64_MAX,
                                           .modified = INT64_MIN,
                                           .time_exact = true,
                                           .link = true,
                                           .mode = 0777,
                                           .owner = "alice",
                                           .owner_bytes = 5 },
                                .other = "local",
                                .typed = 3,
                                .resume = true };
    struct engine_item back;
    size_t at = 0;
    uint32_t added = 0;
    (void)state;
    make(WORKER_PAGE, &page, sizeof page, 0);
    while (page_add(&buffer, &item))
        added++;
    assert_true(added > 100);
    assert_null(check(PHASE_BUSY));
    for (uint32_t i = 0; i < added; i++) {
        assert_true(page_next(buffer.data, buffer.bytes, &at, &back));
        assert_string_equal(back.entry.name, item.entry.name);
        assert_string_equal(back.other, "local");
        assert_string_equal(back.entry.owner, "alice");
        assert_null(back.entry.group);
        assert_true(back.entry.size == INT64_MAX && back.entry.modified == INT64_MIN);
        assert_true(back.entry.link && back.entry.time_exact && back.resume && back.typed == 3);
        assert_int_equal(back.entry.type, ENTRY_LINK);
    }
    assert_false(page_next(buffer.data, buffer.bytes, &at, &back));
}

static void a_name_that_fits_no_page_is_refused(void **state)
{
    struct message_page page = { .kind = ENGINE_PAGE_ENTRIES };
    static char name[MESSAGE_TEXT_MAX + 1];
    struct engine_item item = { .entry = { .name = name } };
    (void)state;
    memset(name, 'n', sizeof name - 1);
    item.entry.name_bytes = MESSAGE_TEXT_MAX;
    make(WORKER_PAGE, &page, sizeof page, 0);
    assert_false(page_add(&buffer, &item));
    item.entry.name_bytes = MESSAGE_TEXT_MAX - 1;
    assert_true(page_add(&buffer, &item));
    assert_null(check(PHASE_BUSY));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_is_accepted_in_its_size_and_phase_only),
        cmocka_unit_test(an_unknown_type_is_refused),
        cmocka_unit_test(a_wrong_field_is_refused),
        cmocka_unit_test(a_text_has_its_end_and_a_bound),
        cmocka_unit_test(orders_are_checked_as_well),
        cmocka_unit_test(a_page_gives_back_what_was_added_until_it_is_full),
        cmocka_unit_test(a_name_that_fits_no_page_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
