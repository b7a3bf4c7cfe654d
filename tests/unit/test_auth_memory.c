/* SPDX-License-Identifier: BSD-2-Clause */
/* test_auth_memory.c - bans, and what auth keeps over a restart: a write that
 * was torn at any byte leaves what was there before it; what makes no sense is
 * not taken (law L3). */
#include "daemon/auth/memory.h"

#include "common/addr.h"
#include "common/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const magic[] = { "testTEST", NULL };

static int empty_file(void)
{
    const int fd = memfd_create("state", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, 0600), 0);
    return fd;
}

static struct key address(uint32_t n)
{
    struct key key = { .family = AF_INET,
                       .bytes = { 10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n } };
    return key;
}

static void the_newest_content_is_read(void **state)
{
    const int fd = empty_file();
    struct stored stored, again;
    char content[64];

    (void)state;
    assert_int_equal(stored_open(&stored, dup(fd), magic, content, sizeof content), 0);
    for (int i = 1; i <= 5; i++) {
        char text[16];
        assert_true(text_format(text, sizeof text, "content %d", i));
        assert_int_equal(stored_write(&stored, text, strlen(text)), 0);
        assert_int_equal(stored_open(&again, dup(fd), magic, content, sizeof content),
                         strlen(text));
        assert_memory_equal(content, text, strlen(text));
        stored_close(&again);
    }
    static const char *const other[] = { "otherOTH", NULL }, *const newer[] = { "testNEWR",
                                                                                "testTEST", NULL };
    assert_int_equal(stored_open(&again, dup(fd), other, content, sizeof content), -EBADMSG);
    /* A later version reads it, and the earlier one no more what that has written. */
    assert_int_equal(stored_open(&again, dup(fd), newer, content, sizeof content),
                     strlen("content 5"));
    assert_int_equal(stored_write(&again, "newest", 6), 0);
    assert_int_equal(stored_write(&again, "newest", 6), 0);
    assert_int_equal(stored_open(&again, dup(fd), newer, content, sizeof content), 6);
    stored_close(&again);
    assert_int_equal(stored_open(&again, dup(fd), magic, content, sizeof content), -EBADMSG);
    stored_close(&stored);
    close(fd);
}

/* A kill in the middle of the third write, at each of its bytes. */
static void a_torn_write_leaves_what_was_there(void **state)
{
    static const char first[] = "the first", second[] = "the second", third[] = "the third";
    const int fd = empty_file();
    struct stored stored;
    char before[16384], after[16384], content[64];

    (void)state;
    assert_int_equal(stored_open(&stored, dup(fd), magic, content, sizeof content), 0);
    assert_int_equal(stored_write(&stored, first, sizeof first), 0);
    assert_int_equal(stored_write(&stored, second, sizeof second), 0);
    const ssize_t n = pread(fd, before, sizeof before, 0);
    assert_int_equal(stored_write(&stored, third, sizeof third), 0);
    assert_int_equal(pread(fd, after, sizeof after, 0), n);
    stored_close(&stored);
    for (ssize_t cut = 0; cut < n; cut++) {
        if (before[cut] == after[cut])
            continue;
        assert_int_equal(pwrite(fd, before, (size_t)n, 0), n);
        assert_int_equal(pwrite(fd, after, (size_t)cut, 0), cut);
        const ssize_t got = stored_open(&stored, dup(fd), magic, content, sizeof content);
        assert_int_equal(got, sizeof second);
        assert_string_equal(content, second);
        stored_close(&stored);
    }
    close(fd);
}

static void a_file_of_others_is_refused(void **state)
{
    const int fd = empty_file();
    struct stored stored;
    char content[64];
    (void)state;
    assert_int_equal(fchmod(fd, 0620), 0);
    assert_int_equal(stored_open(&stored, fd, magic, content, sizeof content), -EPERM);
}

static void the_list_of_bans_is_bounded(void **state)
{
    static struct bans bans;
    struct key dropped;
    const struct key first = address(7);

    (void)state;
    for (uint32_t n = 0; n < BANS_MAX; n++) {
        const struct key key = address(n);
        assert_false(bans_add(&bans, &key, n == 7 ? 10 : 1000 + n, false, &dropped));
    }
    const struct key one_more = address(BANS_MAX);
    assert_true(bans_add(&bans, &one_more, 5000, true, &dropped));
    assert_true(key_equal(&dropped, &first));
    assert_int_equal(bans.count, BANS_MAX);
    assert_null(bans_find(&bans, &first));
    assert_true(bans_find(&bans, &one_more)->by_hand);
    assert_true(bans_remove(&bans, &one_more));
    assert_false(bans_remove(&bans, &one_more));
    bans_expire(&bans, 1000 + BANS_MAX);
    assert_int_equal(bans.count, 0);
}

static const struct penalty_rules rules = { .ban_after = 5, .ban_window = 600, .ban_time = 60 };

/* Two failures of one address, a ban of another. */
static void keep_something(int fd, int64_t now)
{
    static struct bans bans;
    struct penalties *penalties = penalties_new(PENALTY_ADDRESSES);
    const struct key failed = address(1), banned = address(2);
    struct memory memory;
    struct key dropped;

    memset(&bans, 0, sizeof bans);
    memory_init(&memory);
    assert_int_equal(memory_take(&memory, dup(fd), &bans, penalties, now), 0);
    (void)penalty_failure(penalties, &rules, &failed, FAILURE_COUNTS, now);
    (void)penalty_failure(penalties, &rules, &failed, FAILURE_COUNTS, now);
    (void)bans_add(&bans, &banned, now + 60000, true, &dropped);
    memory.changed = true;
    assert_int_equal(memory_wait_ms(&memory, now), 0);
    memory_keep(&memory, &bans, penalties, now);
    assert_int_equal(memory_wait_ms(&memory, now), -1);
    memory_end(&memory, &bans, penalties, now);
    penalties_free(penalties);
    free(memory.buffer);
}

static void bans_and_failures_come_back(void **state)
{
    static struct bans bans;
    struct penalties *penalties = penalties_new(PENALTY_ADDRESSES);
    const struct key failed = address(1), banned = address(2);
    const int64_t now = now_ms();
    const int fd = empty_file();
    struct memory memory;

    (void)state;
    keep_something(fd, now);
    memory_init(&memory);
    assert_int_equal(memory_take(&memory, fd, &bans, penalties, now + 1000), 0);
    assert_int_equal(bans.count, 1);
    assert_true(bans.list[0].by_hand && !bans.list[0].reported);
    assert_true(key_equal(&bans.list[0].key, &banned));
    const int64_t left = bans.list[0].until_ms - now; /* the wall clock has its own pace */
    assert_true(left > 55000 && left < 65000);
    assert_int_equal(
        penalty_failure(penalties, &rules, &failed, FAILURE_COUNTS, now + 1000).delay_ms, 4000);
    assert_false(penalty_failure(penalties, &rules, &failed, FAILURE_COUNTS, now + 1000).ban);
    assert_true(penalty_failure(penalties, &rules, &failed, FAILURE_COUNTS, now + 1000).ban);
    memory_end(&memory, &bans, penalties, now);
    penalties_free(penalties);
    free(memory.buffer);
}

static struct key network(uint8_t last)
{
    struct sockaddr_storage six;
    struct key key;
    assert_true(addr_parse_host("2001:db8::1", &six));
    assert_true(key_network_of(&six, &key));
    key.bytes[5] = last;
    return key;
}

/* What the first version has written had a family of 32 bits, and no networks. */
static void the_first_versions_file_is_read(void **state)
{
    static struct {
        uint32_t bans, failures;
        struct {
            uint32_t family, scope;
            uint8_t bytes[16];
            uint32_t by_hand;
            int64_t until_ms;
        } ban;
    } old = { .bans = 1,
              .ban = { .family = AF_INET, .bytes = { 10, 0, 0, 2 }, .until_ms = INT64_MAX } };
    static const char *const first[] = { "wardBAN1", NULL };
    static struct bans bans;
    struct penalties *penalties = penalties_new(64);
    const struct key banned = address(2), site = network(1);
    const int fd = empty_file();
    struct memory memory;
    struct stored stored;
    struct key dropped;

    (void)state;
    memory_init(&memory);
    assert_int_equal(stored_open(&stored, dup(fd), first, memory.buffer, memory_room()), 0);
    assert_int_equal(stored_write(&stored, &old, sizeof old), 0);
    stored_close(&stored);
    assert_int_equal(memory_take(&memory, dup(fd), &bans, penalties, now_ms()), 0);
    assert_int_equal(bans.count, 1);
    assert_non_null(bans_find(&bans, &banned));
    (void)bans_add(&bans, &site, now_ms() + 60000, false, &dropped);
    memory.changed = true;
    memory_end(&memory, &bans, penalties, now_ms());
    memset(&bans, 0, sizeof bans);
    assert_int_equal(memory_take(&memory, fd, &bans, penalties, now_ms()), 0);
    assert_non_null(bans_find(&bans, &banned));
    assert_non_null(bans_find(&bans, &site));
    memory_end(&memory, &bans, penalties, now_ms());
    penalties_free(penalties);
    free(memory.buffer);
}

/* Each byte of it, one after the other, is another one: never a crash, and never another ban than
 * it held. */
static void what_makes_no_sense_is_not_taken(void **state)
{
    const int64_t now = now_ms();
    const int fd = empty_file();
    char good[8192];

    (void)state;
    keep_something(fd, now);
    for (off_t place = 0; place < 2; place++) {
        const off_t at = place * (lseek(fd, 0, SEEK_END) / 4096 * 4096);
        const ssize_t n = pread(fd, good, 256, at);
        for (ssize_t i = 0; i < n; i++) {
            static struct bans bans;
            struct penalties *penalties = penalties_new(64);
            struct memory memory;
            const char wrong = (char)(good[i] ^ 0x55);
            memset(&bans, 0, sizeof bans);
            memory_init(&memory);
            assert_int_equal(pwrite(fd, &wrong, 1, at + i), 1);
            const int error = memory_take(&memory, dup(fd), &bans, penalties, now);
            assert_true(error == 0 || error == -EBADMSG);
            assert_true(bans.count <= 1);
            assert_int_equal(pwrite(fd, &good[i], 1, at + i), 1);
            stored_close(&memory.file);
            penalties_free(penalties);
            free(memory.buffer);
        }
    }
    close(fd);
}

static void lists_of_blocks(void **state)
{
    static const struct {
        const char *list, *address;
        bool fine, in;
    } cases[] = {
        { "", "192.0.2.1", true, false },
        { "192.0.2.0/24", "192.0.2.1", true, true },
        { "10.0.0.0/8, 192.0.2.1", "192.0.2.1", true, true },
        { "10.0.0.0/8 ,2001:db8::/32,", "2001:db8:1::1", true, true },
        { "10.0.0.0/8", "11.0.0.1", true, false },
        { "10.0.0.0/33", "10.0.0.1", false, false },
        { "10.0.0.0/8, somewhere", "192.0.2.1", false, false },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sockaddr_storage one;
        assert_true(addr_parse_host(cases[i].address, &one));
        if (addr_blocks_check(cases[i].list) != cases[i].fine ||
            addr_in_blocks(&one, cases[i].list) != cases[i].in)
            fail_msg("case %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_content_is_read),
        cmocka_unit_test(a_torn_write_leaves_what_was_there),
        cmocka_unit_test(a_file_of_others_is_refused),
        cmocka_unit_test(the_list_of_bans_is_bounded),
        cmocka_unit_test(bans_and_failures_come_back),
        cmocka_unit_test(the_first_versions_file_is_read),
        cmocka_unit_test(what_makes_no_sense_is_not_taken),
        cmocka_unit_test(lists_of_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
