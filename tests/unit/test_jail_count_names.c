/* SPDX-License-Identifier: BSD-2-Clause */
/* test_jail_count_names.c - a file system may have names beyond NAME_MAX, as
 * FUSE does: here the directory is read from a table. */
#include "common/text.h"
#include "daemon/jail/count.h"
#include "daemon/jail/dirents.h"
#include "daemon/jail/state.h"

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char hidden[HIDDEN_SIZE], longer[4 * NAME_MAX + 1];
static const char *const names[] = { hidden, longer };

/* Instead of dirents.c. */
int dirents_seek(int directory, struct dirents *dirents, int64_t next)
{
    (void)directory;
    dirents->at = (size_t)next;
    return 0;
}

int dirents_rewind(int directory, struct dirents *dirents)
{
    return dirents_seek(directory, dirents, 0);
}

const char *dirents_next(int directory, struct dirents *dirents, int *error)
{
    (void)directory, (void)error;
    return dirents->at < COUNT(names) ? names[dirents->at++] : NULL;
}

/* The whole part of a killed upload: its target is looked for among the names. */
static void a_name_of_any_length_does_no_harm(void **state)
{
    static struct jail_who who = { .policy.failed_upload_lifetime = 3600 };
    static struct jail jail = { .who = &who };
    char directory[] = "/tmp/wardftpd-test-XXXXXX";
    struct counted found;
    (void)state;
    assert_non_null(mkdtemp(directory));
    const int root = open(directory, O_RDONLY | O_DIRECTORY);
    memset(longer, 'n', sizeof longer - 1);
    hidden_part_name(longer, "user", HIDDEN_WHOLE, hidden);
    const int file = openat(root, hidden, O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(file, "part", 4), 4);
    close(file);
    who.uid = getuid();
    jail.root = root;
    assert_true(count_files(&jail, &found) <= 0);
    assert_int_equal(found.files, 1);
    assert_int_equal(found.bytes, 4);
    assert_int_equal(unlinkat(root, hidden, 0), 0);
    assert_int_equal(rmdir(directory), 0);
    close(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_name_of_any_length_does_no_harm) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
