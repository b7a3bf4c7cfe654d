/* SPDX-License-Identifier: BSD-2-Clause */
/* The journal of a queue: what is written is read, and a torn or strange line costs itself only. */
#include "client/engine/queue_file.h"

#include "tests/unit/expect.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/test_queue_XXXXXX";
static char path[64];

static int make_directory(void **state)
{
    (void)state;
    if (!mkdtemp(directory))
        return -1;
    (void)snprintf(path, sizeof path, "%s/queue", directory);
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(directory);
}

static void add(const char *remote, bool upload)
{
    struct jobs jobs = { 0 };
    struct job job = job_of(remote, "/local dir/a%b\n", upload);
    job.typed = 11;
    job.total = 5;
    job.resume = true;
    assert_int_equal(jobs_add(&jobs, &job), 0);
    assert_int_equal(queue_add_jobs(path, "ftp://user@host:21", &jobs), 0);
    jobs_free(&jobs);
}

static void append(const char *text)
{
    FILE *to = fopen(path, "a");
    assert_non_null(to);
    fputs(text, to);
    fclose(to);
}

static void what_is_written_is_read(void **state)
{
    struct queue_list list;
    struct stat status;
    (void)state;
    (void)unlink(path);
    add("/one \xff", false);
    add("/two", true);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(queue_read(path, &list), 0);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.entry[0].job.remote, "/one \xff");
    assert_string_equal(list.entry[0].job.local, "/local dir/a%b\n");
    assert_string_equal(list.entry[0].site, "ftp://user@host:21");
    assert_true(list.entry[0].job.resume && !list.entry[0].job.append);
    assert_true(list.entry[0].job.typed == 11 && list.entry[0].job.total == 5);
    assert_true(list.entry[0].job.modified == INT64_MIN);
    assert_true(list.entry[1].job.upload && list.entry[1].id == 2);
    queue_list_free(&list);
}

static void marks_change_what_is_there(void **state)
{
    struct queue_list list;
    (void)state;
    (void)unlink(path);
    for (int i = 0; i < 4; i++)
        add("/file", false);
    assert_int_equal(queue_add_mark(path, QUEUE_GONE, 1, NULL), 0);
    assert_int_equal(queue_add_mark(path, QUEUE_FAILED, 2, "no such file"), 0);
    assert_int_equal(queue_add_mark(path, QUEUE_BEGUN, 3, NULL), 0);
    assert_int_equal(queue_add_mark(path, QUEUE_FIRST, 3, NULL), 0);
    assert_int_equal(queue_add_mark(path, QUEUE_FIRST, 4, NULL), 0);
    assert_int_equal(queue_add_mark(path, QUEUE_GONE, 99, NULL), 0);
    assert_int_equal(queue_read(path, &list), 0);
    assert_int_equal(list.count, 3);
    assert_int_equal(list.entry[0].id, 4);
    assert_true(list.entry[1].id == 3 && list.entry[1].begun);
    assert_true(list.entry[2].id == 2 && list.entry[2].failed);
    assert_string_equal(list.entry[2].why, "no such file");
    queue_list_free(&list);
    assert_int_equal(queue_add_mark(path, QUEUE_WAITS, 2, NULL), 0);
    assert_int_equal(queue_read(path, &list), 0);
    assert_false(list.entry[2].failed);
    queue_list_free(&list);
}

static void a_torn_or_strange_line_costs_itself_only(void **state)
{
    static const char *const lines[] = {
        "\n",
        "+\n",
        "+ x\n",
        "+ 7 get . -1 -1 -1 ftp://h /r\n",
        "+ 7 fetch . -1 -1 -1 ftp://h /r /l\n",
        "+ 7 get z -1 -1 -1 ftp://h /r /l\n",
        "+ 7 get . -2 -1 -1 ftp://h /r /l\n",
        "+ 7 get . -1 99999999999999999999 -1 ftp://h /r /l\n",
        "+ 7 get . -1 -1 -1 ftp://h /r%00x /l\n",
        "+ 7 get . -1 -1 -1 ftp://h /r%zz /l\n",
        "+ 7 get . -1 -1 -1 ftp://h /r /l more\n",
        "+ 1 get . -1 -1 -1 ftp://h /again /l\n",
        "? 1\n",
        "- 0\n",
        "- 18446744073709551616\n",
        "+ 7 get . -1 -1 -1 ftp://h /torn",
    };
    struct queue_list list;
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        (void)unlink(path);
        add("/one", false);
        append(lines[i]);
        add("/two", false);
        expect_case(i, queue_read(path, &list), 0);
        expect_case(i, list.count, 2);
        expect_text(i, list.entry[1].job.remote, "/two");
        queue_list_free(&list);
    }
}

static void compacting_keeps_what_is_there(void **state)
{
    struct queue_list list;
    (void)state;
    (void)unlink(path);
    for (int i = 0; i < 6; i++)
        add("/file", false);
    for (uint64_t i = 0; i < 2000; i++)
        assert_int_equal(queue_add_mark(path, QUEUE_GONE, 1 + i % 2, NULL), 0);
    assert_int_equal(queue_add_mark(path, QUEUE_FAILED, 3, "why not"), 0);
    assert_int_equal(queue_add_mark(path, QUEUE_FIRST, 5, NULL), 0);
    assert_int_equal(queue_add_mark(path, QUEUE_FIRST, 6, NULL), 0);
    assert_int_equal(queue_compact(path), 0);
    assert_int_equal(queue_read(path, &list), 0);
    assert_in_range(list.lines, 4, 20);
    assert_int_equal(list.count, 4);
    const uint64_t order[] = { 6, 5, 3, 4 };
    for (size_t i = 0; i < 4; i++)
        expect_case(i, list.entry[i].id, order[i]);
    assert_string_equal(list.entry[2].why, "why not");
    queue_list_free(&list);
}

static void no_link_is_followed(void **state)
{
    char elsewhere[80];
    struct queue_list list;
    (void)state;
    (void)unlink(path);
    (void)snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", directory);
    assert_int_equal(symlink(elsewhere, path), 0);
    assert_true(queue_add_mark(path, QUEUE_GONE, 1, NULL) < 0);
    assert_true(queue_read(path, &list) < 0);
    queue_list_free(&list);
    assert_int_equal(access(elsewhere, F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(marks_change_what_is_there),
        cmocka_unit_test(a_torn_or_strange_line_costs_itself_only),
        cmocka_unit_test(compacting_keeps_what_is_there),
        cmocka_unit_test(no_link_is_followed),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
