/* SPDX-License-Identifier: BSD-2-Clause */
/* test_hash_table.c - the chained table: entries of one bucket, of one hash, of all buckets. */
#include "common/hash_table.h"

#include "tests/unit/expect.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 8 };

struct word {
    struct hash_node node;
    const char *text;
    bool seen;
};

static struct hash_node *buckets[BUCKETS];
static struct hash_table table;

static int empty_table(void **state)
{
    (void)state;
    memset(buckets, 0, sizeof buckets);
    hash_table_init(&table, buckets, BUCKETS);
    return 0;
}

static bool is_word(const void *entry, const void *key)
{
    return strcmp(((const struct word *)entry)->text, key) == 0;
}

static bool never_called(const void *entry, const void *key)
{
    (void)entry;
    (void)key;
    fail();
    return false;
}

static void an_empty_table_has_nothing(void **state)
{
    (void)state;
    assert_null(hash_table_first(&table));
    assert_null(hash_table_find_number(&table, 0));
    assert_null(hash_table_find(&table, 3, never_called, "a"));
    assert_int_equal(table.count, 0);
}

static void numbers_of_one_bucket_are_distinct(void **state)
{
    struct word one = { .text = "one" }, two = { .text = "two" }, far = { .text = "far" };
    (void)state;
    hash_table_add(&table, &one.node, 5);
    hash_table_add(&table, &two.node, 5 + BUCKETS);
    hash_table_add(&table, &far.node, 5 + (1ULL << 40));
    assert_ptr_equal(hash_table_find_number(&table, 5), &one);
    assert_ptr_equal(hash_table_find_number(&table, 5 + BUCKETS), &two);
    assert_ptr_equal(hash_table_find_number(&table, 5 + (1ULL << 40)), &far);
    assert_null(hash_table_find_number(&table, 5 + 2 * BUCKETS));
    assert_null(hash_table_find_number(&table, 6));
}

static void keys_of_one_hash_are_distinct(void **state)
{
    struct word one = { .text = "one" }, two = { .text = "two" };
    (void)state;
    hash_table_add(&table, &one.node, 77);
    hash_table_add(&table, &two.node, 77);
    assert_ptr_equal(hash_table_find(&table, 77, is_word, "one"), &one);
    assert_ptr_equal(hash_table_find(&table, 77, is_word, "two"), &two);
    assert_null(hash_table_find(&table, 77, is_word, "three"));
    assert_null(hash_table_find(&table, 77 + BUCKETS, never_called, "one"));
}

static void an_entry_is_removed_from_any_place_of_its_bucket(void **state)
{
    (void)state;
    for (size_t removed = 0; removed < 3; removed++) {
        struct word words[3] = { 0 };
        (void)empty_table(NULL);
        for (size_t i = 0; i < 3; i++)
            hash_table_add(&table, &words[i].node, i * BUCKETS);
        hash_table_remove(&table, &words[removed].node);
        assert_int_equal(table.count, 2);
        for (size_t i = 0; i < 3; i++)
            assert_ptr_equal(hash_table_find_number(&table, i * BUCKETS),
                             i == removed ? NULL : &words[i]);
    }
}

static void a_walk_comes_to_each_entry_once(void **state)
{
    struct word words[20] = { 0 };
    size_t n = 0;
    (void)state;
    for (size_t i = 0; i < 20; i++)
        hash_table_add(&table, &words[i].node, i * 3); /* several to a bucket, first to last */
    for (struct word *word = hash_table_first(&table); word;
         word = hash_table_next(&table, &word->node)) {
        assert_false(word->seen);
        word->seen = true;
        n++;
    }
    assert_int_equal(n, 20);
}

static void a_walk_crosses_empty_buckets_and_may_remove(void **state)
{
    struct word words[3] = { 0 };
    size_t n = 0;
    (void)state;
    hash_table_add(&table, &words[0].node, 2);
    hash_table_add(&table, &words[1].node, 2 + BUCKETS);
    hash_table_add(&table, &words[2].node, BUCKETS - 1);
    for (struct word *word = hash_table_first(&table); word;
         word = hash_table_next(&table, &word->node)) {
        hash_table_remove(&table, &word->node);
        n++;
    }
    assert_int_equal(n, 3);
    assert_int_equal(table.count, 0);
    assert_null(hash_table_first(&table));
}

static bool drop_even(void *entry, void *context)
{
    struct word *word = entry;
    (*(size_t *)context)++;
    if (word->node.hash / BUCKETS % 2)
        return false;
    free(word);
    return true;
}

static void a_sweep_drops_of_its_bucket_only(void **state)
{
    size_t asked = 0;
    (void)state;
    for (size_t i = 0; i < 6 * BUCKETS; i++) {
        struct word *word = calloc(1, sizeof *word);
        assert_non_null(word);
        hash_table_add(&table, &word->node, i);
    }
    hash_table_sweep(&table, 3, drop_even, &asked);
    assert_int_equal(asked, 6);
    assert_int_equal(table.count, 6 * BUCKETS - 3);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(hash_table_find_number(&table, 3 + i * BUCKETS) != NULL, i % 2);
        assert_non_null(hash_table_find_number(&table, 4 + i * BUCKETS));
    }
    for (struct word *word; (word = hash_table_first(&table)) != NULL; free(word))
        hash_table_remove(&table, &word->node);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_empty_table_has_nothing, empty_table),
        cmocka_unit_test_setup(numbers_of_one_bucket_are_distinct, empty_table),
        cmocka_unit_test_setup(keys_of_one_hash_are_distinct, empty_table),
        cmocka_unit_test_setup(an_entry_is_removed_from_any_place_of_its_bucket, empty_table),
        cmocka_unit_test_setup(a_walk_comes_to_each_entry_once, empty_table),
        cmocka_unit_test_setup(a_walk_crosses_empty_buckets_and_may_remove, empty_table),
        cmocka_unit_test_setup(a_sweep_drops_of_its_bucket_only, empty_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
