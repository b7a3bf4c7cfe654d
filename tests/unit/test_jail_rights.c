/* SPDX-License-Identifier: BSD-2-Clause */
/* The guests' upload directory against a NET that was taken: whatever it asks,
 * nothing there is read, changed or shown, and nothing is made elsewhere. */
#include "jail_cell.h"

static const struct jail_policy guests = { .rights = RIGHTS_READ,
                                           .upload_rights = RIGHT_UPLOAD | RIGHT_LIST,
                                           .umask = 077,
                                           .uploads = UPLOADS_ATOMIC,
                                           .file_mode = 0666,
                                           .directory_mode = 0777,
                                           .upload_directory = "/pub/in" };

static void furnish(void)
{
    make_file("/file", "public");
    make_directory("/pub", 0755, CELL_UID);
    make_directory("/pub/in", 0755, CELL_UID);
    make_directory("/pub/in/deep", 0755, CELL_UID);
    make_file("/pub/in/file", "secret");
    make_file("/pub/in/deep/file", "secret");
    make_link("pub/in/file", "/link");
    make_link("pub/in/deep", "/way");
    make_link("../../file", "/pub/in/out");
}

static void expect_read(struct cell *cell, const char *path, uint32_t error)
{
    int fd = -1;
    const uint32_t said = ask_read(cell, path, 0, &fd);
    if (said != error)
        fail_msg("%s: %u, not %u", path, said, error);
    assert_int_equal(fd >= 0, error == 0);
    if (fd >= 0)
        close(fd);
}

static void what_guests_brought_is_not_read(void **state)
{
    (void)state;
    need_root();
    furnish();
    struct cell cell = cell_start(&guests);
    struct jail_file file;
    expect_read(&cell, "/file", 0);
    expect_read(&cell, "/pub/in/out", 0); /* what the link leads to is public */
    expect_read(&cell, "/pub/in/file", JAIL_UPLOADED);
    expect_read(&cell, "/pub/in/deep/file", JAIL_UPLOADED);
    expect_read(&cell, "/link", JAIL_UPLOADED);
    expect_read(&cell, "/way/file", JAIL_UPLOADED);
    expect_read(&cell, "/pub/in/none", JAIL_UPLOADED); /* nor is it disclosed that there is none */
    expect_read(&cell, "/pub/in", JAIL_NOT_REGULAR);
    assert_int_equal(ask_stat(&cell, "/link", STAT_FOLLOW, &file), JAIL_UPLOADED);
    assert_int_equal(ask_stat(&cell, "/pub/in/file", 0, &file), JAIL_UPLOADED);
    assert_int_equal(ask_stat(&cell, "/pub/in/none", 0, &file), JAIL_UPLOADED);
    assert_int_equal(ask_stat(&cell, "/pub/in", 0, &file), 0);
    assert_int_equal(ask_stat(&cell, "/", 0, &file), 0);
    assert_int_equal(cell_end(&cell), 0);
}

static void new_files_go_into_the_upload_directory_only(void **state)
{
    (void)state;
    need_root();
    furnish();
    struct cell cell = cell_start(&guests);
    assert_int_equal(put_file(&cell, "/pub/in/new", "x"), 0);
    assert_int_equal(put_file(&cell, "/way/new", "x"), 0);
    assert_int_equal(put_file(&cell, "/pub/in/new", "y"), JAIL_UPLOADED);
    assert_int_equal(put_file(&cell, "/link", "y"), JAIL_UPLOADED);
    assert_int_equal(put_file(&cell, "/new", "x"), JAIL_NOT_HERE);
    assert_int_equal(put_file(&cell, "/pub/new", "x"), JAIL_NOT_HERE);
    assert_int_equal(put_file(&cell, "/pub/in/out", "x"), JAIL_DENIED);
    assert_int_equal(ask_store_check(&cell, "/pub/in/file", STORE_APPEND, 0), JAIL_UPLOADED);
    assert_int_equal(ask_store_check(&cell, "/pub/in/file", STORE_AT, 3), JAIL_UPLOADED);
    assert_int_equal(ask_store_check(&cell, "/stem", STORE_UNIQUE, 0), JAIL_NOT_HERE);
    assert_int_equal(ask_store_check(&cell, "/pub/in/stem", STORE_UNIQUE, 0), 0);
    expect_file("/pub/in/deep/new", "x");
    expect_file("/pub/in/file", "secret");
    expect_file("/file", "public");
    assert_int_equal(cell_end(&cell), 0);
}

static void nothing_is_changed_anywhere(void **state)
{
    (void)state;
    need_root();
    furnish();
    struct cell cell = cell_start(&guests);
    static const char *const paths[] = { "/file", "/pub/in/file", "/pub/in", "/way/file",
                                         "/pub/in/none" };
    static const uint32_t types[] = { JAIL_MKDIR,        JAIL_RMDIR,    JAIL_DELETE,
                                      JAIL_RENAME_CHECK, JAIL_SET_MODE, JAIL_SET_TIME };
    for (size_t i = 0; i < COUNT(paths); i++) {
        for (size_t k = 0; k < COUNT(types); k++)
            assert_int_equal(ask(&cell, types[k], paths[i]), JAIL_DENIED);
        assert_int_equal(ask_rename(&cell, paths[i], "/file"), JAIL_DENIED);
    }
    expect_file("/pub/in/file", "secret");
    assert_int_equal(cell_end(&cell), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        JAIL_TEST(what_guests_brought_is_not_read),
        JAIL_TEST(new_files_go_into_the_upload_directory_only),
        JAIL_TEST(nothing_is_changed_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
