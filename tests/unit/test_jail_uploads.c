/* SPDX-License-Identifier: BSD-2-Clause */
/* test_jail_uploads.c - laws U1 to U8 and C1 to C3 as far as JAIL keeps them:
 * two JAILs over one directory, asked over the border, the disk looked at from
 * outside. */
#include "tests/unit/jail_cell.h"

#include "daemon/config/config.h"

#include <sys/mount.h>

static void u1_a_check_creates_and_changes_nothing(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed);
    make_file("/old", "old");
    make_directory("/closed", 0555, 0);
    make_directory("/sub", 0755, CELL_UID);
    make_file_as("/readonly", "x", 0444, CELL_UID);
    make_file_as("/theirs", "x", 0644, 0);
    assert_int_equal(ask_store_check(&cell, "/new", STORE_WHOLE, 0), 0);
    assert_int_equal(ask_store_check(&cell, "/new", STORE_APPEND, 0), 0);
    assert_int_equal(ask_store_check(&cell, "/old", STORE_WHOLE, 0), 0);
    assert_int_equal(ask_store_check(&cell, "/old", STORE_AT, 3), 0);
    assert_int_equal(ask_store_check(&cell, "/old", STORE_UNIQUE, 0), 0);
    assert_int_equal(ask_store_check(&cell, "/sub", STORE_WHOLE, 0), JAIL_NOT_REGULAR);
    assert_int_equal(ask_store_check(&cell, "/", STORE_WHOLE, 0), JAIL_NOT_REGULAR);
    assert_int_equal(ask_store_check(&cell, "/none/new", STORE_WHOLE, 0), ENOENT);
    assert_int_equal(ask_store_check(&cell, "/old/new", STORE_WHOLE, 0), ENOTDIR);
    assert_int_equal(ask_store_check(&cell, "/closed/new", STORE_WHOLE, 0), EACCES);
    assert_int_equal(ask_store_check(&cell, "/closed/new", STORE_UNIQUE, 0), EACCES);
    assert_int_equal(ask_store_check(&cell, "/readonly", STORE_WHOLE, 0), EACCES);
    assert_int_equal(ask_store_check(&cell, "/theirs", STORE_APPEND, 0), EACCES);
    assert_false(exists("/new"));
    assert_false(exists(hidden_path("new")));
    expect_file("/old", "old");
    assert_int_equal(cell_end(&cell), 0);
}

static void u2_readers_never_see_half_a_file(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed), other = cell_start(&all_allowed);
    int reader;
    make_file("/file", "the old version");
    assert_int_equal(ask_read(&other, "/file", 0, &reader), 0);
    const int fd = begin_file(&cell, "/file", STORE_WHOLE, 0, "new");
    expect_file("/file", "the old version");
    assert_true(exists(part_path("file", HIDDEN_OVER)));
    close(fd);
    assert_int_equal(ask_settle(&cell, SETTLE_COMPLETE, 3), 0);
    expect_file("/file", "new");
    expect_nothing_hidden();
    char text[32] = "";
    assert_int_equal(read(reader, text, sizeof text - 1), 15);
    assert_string_equal(text, "the old version"); /* who reads the old one goes on reading it */
    close(reader);
    assert_int_equal(cell_end(&cell), 0);
    assert_int_equal(cell_end(&other), 0);
}

static void u2_the_mode_of_the_replaced_file_stays(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed);
    char full[PATH_MAX];
    struct stat about;
    make_file_as("/secret", "x", 0640, CELL_UID);
    const int fd = begin_file(&cell, "/secret", STORE_WHOLE, 0, "y");
    in_root(part_path("secret", HIDDEN_OVER), full);
    assert_int_equal(stat(full, &about), 0);
    /* no other user can read it before it is complete */
    assert_int_equal(about.st_mode & 07777, 0600);
    close(fd);
    assert_int_equal(ask_settle(&cell, SETTLE_COMPLETE, 1), 0);
    in_root("/secret", full);
    assert_int_equal(stat(full, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0640);
    assert_int_equal(put_file(&cell, "/fresh", "z"), 0);
    in_root("/fresh", full);
    assert_int_equal(stat(full, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0644); /* umask 022 */
    assert_int_equal(cell_end(&cell), 0);
}

static void u2_a_link_is_followed_and_stays(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed);
    make_directory("/dir", 0755, CELL_UID);
    make_directory("/dir/sub", 0755, CELL_UID);
    make_file("/dir/real", "old");
    make_link("dir/real", "/one");
    make_link("/one", "/two");
    make_link("../real", "/dir/sub/up");
    make_link("../../../../dir/real", "/outward");
    make_link("dir/later", "/dangling");
    make_link("loop", "/loop");
    make_link("dir/sub/..", "/todir");
    assert_int_equal(put_file(&cell, "/two", "by two"), 0);
    expect_file("/dir/real", "by two");
    assert_int_equal(put_file(&cell, "/dir/sub/up", "by up"), 0);
    expect_file("/dir/real", "by up");
    assert_int_equal(put_file(&cell, "/outward", "in root"), 0);
    expect_file("/dir/real", "in root");
    assert_int_equal(put_file(&cell, "/dangling", "later"), 0);
    expect_file("/dir/later", "later");
    assert_int_equal(put_file(&cell, "/loop", "x"), ELOOP);
    assert_int_equal(put_file(&cell, "/todir", "x"), JAIL_NOT_REGULAR);
    char full[PATH_MAX];
    struct stat about;
    in_root("/two", full);
    assert_int_equal(lstat(full, &about), 0);
    assert_true(S_ISLNK(about.st_mode));
    assert_int_equal(cell_end(&cell), 0);
}

static void u3_a_new_file_that_failed_is_kept_under_its_name(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed);
    int fd = begin_file(&cell, "/file", STORE_WHOLE, 0, "half");
    assert_int_equal(ask_settle(&cell, SETTLE_FAILED, 4), 0);
    close(fd); /* NET's own copy may live a little longer */
    expect_file("/file", "half");
    assert_false(exists(hidden_path("file")));
    fd = begin_file(&cell, "/file", STORE_AT, 4, " and the rest");
    close(fd);
    assert_int_equal(ask_settle(&cell, SETTLE_COMPLETE, 13), 0);
    expect_file("/file", "half and the rest");

    fd = begin_file(&cell, "/nothing", STORE_WHOLE, 0, "");
    close(fd);
    assert_int_equal(ask_settle(&cell, SETTLE_FAILED, 0), 0);
    assert_false(exists("/nothing")); /* no byte arrived: there is nothing to resume */
    assert_false(exists(hidden_path("nothing")));
    assert_int_equal(cell_end(&cell), 0);
}

static void fail_over_old(struct cell *cell, const char *path)
{
    const int fd = begin_file(cell, path, STORE_WHOLE, 0, "newer");
    close(fd);
    assert_int_equal(ask_settle(cell, SETTLE_FAILED, 5), 0);
}

/* What is left of a cut upload over a file, and that no other user can read it. */
static void expect_part(const char *name, enum hidden_state state, off_t size)
{
    char full[PATH_MAX];
    struct stat about;
    in_root(part_path(name, state), full);
    assert_int_equal(stat(full, &about), 0);
    assert_int_equal(about.st_size, size);
    assert_int_equal(about.st_mode & 07777, 0600);
}

static void u3_an_old_file_stays_and_its_part_is_continued(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed);
    make_file("/file", "old");
    fail_over_old(&cell, "/file"); /* "newer" */
    expect_file("/file", "old");
    expect_part("file", HIDDEN_OVER, 5);
    assert_int_equal(ask_store_check(&cell, "/file", STORE_APPEND, 0), JAIL_MIXED);
    int fd;
    assert_int_equal(ask_store(&cell, "/file", STORE_APPEND, 0, &fd).error, JAIL_MIXED);
    struct jail_answer answer = ask_store(&cell, "/file", STORE_AT, 6, &fd);
    assert_int_equal(answer.error, JAIL_BEYOND_END);
    assert_int_equal(answer.used.bytes, 5);
    answer = ask_store(&cell, "/file", STORE_AT, 3, &fd);
    assert_int_equal(answer.error, 0);
    assert_int_equal(answer.offset, 3);
    assert_int_equal(answer.used.bytes, 5);
    expect_part("file", HIDDEN_OVER, 3); /* cut to the offset of its client */
    write_all(fd, " york");
    close(fd);
    assert_int_equal(ask_settle(&cell, SETTLE_FAILED, 5), 0); /* and once more */
    fd = begin_file(&cell, "/file", STORE_AT, 8, "!");
    expect_file("/file", "old");
    close(fd);
    assert_int_equal(ask_settle(&cell, SETTLE_COMPLETE, 1), 0);
    expect_file("/file", "new york!");
    expect_nothing_hidden();
    assert_int_equal(ask_store_check(&cell, "/file", STORE_APPEND, 0), 0);
    assert_int_equal(cell_end(&cell), 0);
}

static void u3_what_clears_a_part(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed);
    make_file("/file", "old");
    fail_over_old(&cell, "/file");
    assert_int_equal(put_file(&cell, "/file", "whole"), 0); /* a whole STOR */
    expect_file("/file", "whole");
    expect_nothing_hidden();

    fail_over_old(&cell, "/file");
    assert_int_equal(ask(&cell, JAIL_DELETE, "/file"), 0); /* so does DELE */
    expect_nothing_hidden();

    make_file("/file", "old");
    fail_over_old(&cell, "/file");
    assert_int_equal(ask_rename(&cell, "/file", "/moved"), 0); /* and RNFR */
    expect_nothing_hidden();
    assert_int_equal(cell_end(&cell), 0);
}

static void list_root(struct cell *cell)
{
    struct jail_path *question = empty_question();
    question->format = LIST_LONG;
    assert_int_equal(ask_full(cell, question, JAIL_LIST_OPEN, "/", NULL).error, 0);
    assert_int_equal(ask_head(cell, JAIL_LIST_CLOSE), 0);
}

static void u3_a_listing_removes_parts_that_are_too_old(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed), other = cell_start(&all_allowed);
    make_file("/file", "old");
    fail_over_old(&cell, "/file");
    make_old(part_path("file", HIDDEN_OVER), 3600 - 60);
    list_root(&cell);
    expect_part("file", HIDDEN_OVER, 5);
    make_old(part_path("file", HIDDEN_OVER), 3600 + 60);
    make_old(hidden_path("file"), 3600 + 60);
    list_root(&cell);
    expect_nothing_hidden();
    const int fd = begin_file(&other, "/file", STORE_WHOLE, 0, "slow");
    make_old(part_path("file", HIDDEN_OVER), 3600 + 60);
    list_root(&cell); /* but none that is being uploaded */
    expect_part("file", HIDDEN_OVER, 4);
    close(fd);
    assert_int_equal(ask_settle(&other, SETTLE_COMPLETE, 4), 0);
    expect_file("/file", "slow");
    assert_int_equal(cell_end(&cell), 0);
    assert_int_equal(cell_end(&other), 0);
}

/* Two log-ins of one uid: what one left is nothing that the other may add to. */
static void u3_a_part_is_continued_by_its_own_login_only(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed);
    struct cell second = cell_start_login(&all_allowed, CELL_UID, "second");
    struct cell guest = cell_start_login(&all_allowed, CELL_UID, "");
    make_file("/file", "old");
    fail_over_old(&cell, "/file");
    assert_int_equal(ask_store_check(&second, "/file", STORE_AT, 3), JAIL_MIXED);
    assert_int_equal(ask_store_check(&second, "/file", STORE_APPEND, 0), JAIL_MIXED);
    assert_int_equal(ask_store_check(&guest, "/file", STORE_AT, 3), JAIL_MIXED);
    fail_over_old(&guest, "/file");
    assert_int_equal(ask_store_check(&guest, "/file", STORE_AT, 3), JAIL_MIXED);
    assert_int_equal(put_file(&second, "/file", "second"), 0);
    expect_file("/file", "second");
    expect_nothing_hidden(); /* a whole STOR clears all of them */
    assert_int_equal(cell_end(&cell), 0);
    assert_int_equal(cell_end(&second), 0);
    assert_int_equal(cell_end(&guest), 0);
}

static void u3_a_part_is_not_continued_over_a_newer_file(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed);
    make_file("/file", "old");
    fail_over_old(&cell, "/file");
    make_old(part_path("file", HIDDEN_OVER), 5);
    make_file("/file", "by another program");
    assert_int_equal(ask_store_check(&cell, "/file", STORE_AT, 3), JAIL_MIXED);
    assert_int_equal(put_file(&cell, "/file", "whole"), 0);
    expect_nothing_hidden();

    fail_over_old(&cell, "/file");
    char full[PATH_MAX];
    in_root("/file", full);
    assert_int_equal(unlink(full), 0); /* by another program: the part is not published for that */
    list_root(&cell);
    struct jail_file file;
    assert_int_equal(ask_stat(&cell, "/file", STAT_FOLLOW, &file), ENOENT);
    close(begin_file(&cell, "/file", STORE_AT, 5, "!")); /* but its own client may go on */
    assert_int_equal(ask_settle(&cell, SETTLE_COMPLETE, 1), 0);
    expect_file("/file", "newer!");
    expect_nothing_hidden();
    assert_int_equal(cell_end(&cell), 0);
}

static void u3_hide_shows_a_new_file_to_nobody_but_its_login(void **state)
{
    (void)state;
    need_root();
    static const uint32_t uploads[] = { UPLOADS_ATOMIC, UPLOADS_DIRECT };
    for (size_t i = 0; i < COUNT(uploads); i++) {
        struct jail_policy policy = all_allowed;
        policy.failed_uploads = FAILED_HIDE;
        policy.uploads = uploads[i];
        struct cell cell = cell_start(&policy),
                    second = cell_start_login(&policy, CELL_UID, "second");
        struct jail_file file;
        close(begin_file(&cell, "/file", STORE_WHOLE, 0, "half"));
        assert_int_equal(ask_settle(&cell, SETTLE_FAILED, 4), 0);
        expect_file("/file", NULL);
        expect_part("file", HIDDEN_NEW, 4);
        assert_int_equal(ask_stat(&cell, "/file", STAT_FOLLOW, &file), ENOENT);
        assert_int_equal(ask_stat(&cell, "/file", STAT_FOLLOW | STAT_PART, &file), 0);
        assert_int_equal(file.size, 4);
        assert_int_equal(ask_stat(&second, "/file", STAT_FOLLOW | STAT_PART, &file), ENOENT);
        assert_int_equal(ask_store_check(&second, "/file", STORE_AT, 4), JAIL_MIXED);
        close(begin_file(&cell, "/file", STORE_AT, 4, "+"));
        assert_int_equal(ask_settle(&cell, SETTLE_FAILED, 1), 0);
        expect_part("file", HIDDEN_NEW, 5);
        close(begin_file(&cell, "/file", STORE_APPEND, 0, "rest"));
        assert_int_equal(ask_settle(&cell, SETTLE_COMPLETE, 4), 0);
        expect_file("/file", "half+rest");
        expect_nothing_hidden();
        assert_int_equal(ask(&cell, JAIL_DELETE, "/file"), 0);
        assert_int_equal(cell_end(&cell), 0);
        assert_int_equal(cell_end(&second), 0);
    }
}

static void u3_delete_leaves_nothing_new_and_all_that_was(void **state)
{
    (void)state;
    need_root();
    static const uint32_t uploads[] = { UPLOADS_ATOMIC, UPLOADS_DIRECT };
    for (size_t i = 0; i < COUNT(uploads); i++) {
        struct jail_policy policy = all_allowed;
        policy.failed_uploads = FAILED_DELETE;
        policy.uploads = uploads[i];
        struct cell cell = cell_start(&policy);
        make_file("/old", "old");
        close(begin_file(&cell, "/new", STORE_WHOLE, 0, "half"));
        assert_int_equal(ask_settle(&cell, SETTLE_FAILED, 4), 0);
        expect_file("/new", NULL);
        close(begin_file(&cell, "/old", STORE_APPEND, 0, "+"));
        assert_int_equal(ask_settle(&cell, SETTLE_FAILED, 1), 0);
        expect_file("/old", "old+");
        close(begin_file(&cell, "/old", STORE_WHOLE, 0, "he"));
        assert_int_equal(ask_settle(&cell, SETTLE_FAILED, 2), 0);
        expect_file("/old", uploads[i] == UPLOADS_ATOMIC ? "old+" : "he");
        expect_nothing_hidden();
        assert_int_equal(cell_end(&cell), 0);
    }
}

static void u3_rmd_takes_parts_but_no_running_upload(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed), other = cell_start(&all_allowed);
    make_directory("/dir", 0755, CELL_UID);
    make_file("/dir/file", "old");
    fail_over_old(&cell, "/dir/file");
    assert_int_equal(ask(&cell, JAIL_RMDIR, "/dir"), ENOTEMPTY);
    char full[PATH_MAX];
    in_root("/dir/file", full);
    assert_int_equal(unlink(full), 0); /* by another program */
    int fd = begin_file(&other, "/dir/other", STORE_WHOLE, 0, "x");
    assert_int_equal(ask(&cell, JAIL_RMDIR, "/dir"), JAIL_BUSY);
    close(fd);
    assert_int_equal(ask_settle(&other, SETTLE_COMPLETE, 1), 0);
    assert_int_equal(ask(&cell, JAIL_RMDIR, "/dir"), ENOTEMPTY);
    assert_int_equal(ask(&cell, JAIL_DELETE, "/dir/other"), 0);
    assert_int_equal(ask(&cell, JAIL_RMDIR, "/dir"), 0);
    assert_false(exists("/dir"));

    make_directory("/dir", 0755, CELL_UID);
    assert_true(text_format(full, sizeof full, "/dir%s", hidden_path("theirs")));
    make_file_as(full, "x", 0600, OTHER_UID);
    /* another user's, that may be growing */
    assert_int_equal(ask(&cell, JAIL_RMDIR, "/dir"), JAIL_BUSY);
    make_old(full, STALLED_SECONDS + 1);
    assert_int_equal(ask(&cell, JAIL_RMDIR, "/dir"), 0);
    assert_int_equal(cell_end(&cell), 0);
    assert_int_equal(cell_end(&other), 0);
}

static void leave_half_a_copy(uid_t owner)
{
    make_file_as("/file", "the nOLD VERSION, which was longer", 0666, owner);
    make_file_as(part_path("file", HIDDEN_WHOLE), "the new version", 0600, CELL_UID);
    make_file_as(hidden_path("file"), "", 0200, CELL_UID);
}

static void expect_copied(uid_t owner)
{
    char full[PATH_MAX];
    struct stat about;
    expect_file("/file", "the new version");
    expect_nothing_hidden();
    in_root("/file", full);
    assert_int_equal(stat(full, &about), 0);
    assert_int_equal(about.st_uid, owner);
    assert_int_equal(unlink(full), 0);
}

/* A session that finds the part of a copy that a killed session began copies it to its end. */
static void u2_a_copy_is_finished_by_the_next_session(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed),
                second = cell_start_login(&all_allowed, CELL_UID, "second");
    int fd;
    leave_half_a_copy(CELL_UID);
    list_root(&second);
    assert_false(exists(part_path("file", HIDDEN_WHOLE)));
    assert_int_equal(ask_store_check(&cell, "/file", STORE_APPEND, 0), 0);
    expect_copied(CELL_UID);
    leave_half_a_copy(CELL_UID);
    assert_int_equal(ask_store_check(&second, "/file", STORE_APPEND, 0), 0);
    expect_copied(CELL_UID);
    leave_half_a_copy(OTHER_UID);
    assert_int_equal(ask_read(&cell, "/file", 0, &fd), 0);
    char text[64] = "";
    assert_int_equal(read(fd, text, sizeof text - 1), 15);
    assert_string_equal(text, "the new version");
    close(fd);
    expect_copied(OTHER_UID);
    leave_half_a_copy(OTHER_UID);
    assert_int_equal(put_file(&cell, "/file", "the new version"), 0);
    expect_copied(OTHER_UID);
    assert_int_equal(cell_end(&cell), 0);
    assert_int_equal(cell_end(&second), 0);
}

/* What ends a session, and what the next one finds. */
static void leave_behind(struct cell *cell, const char *path, const char *text)
{
    const int fd = begin_file(cell, path, STORE_WHOLE, 0, text);
    cell_kill(cell);
    close(fd);
}

static void u3_after_kill_9_the_next_session_settles(void **state)
{
    (void)state;
    need_root();
    struct cell dead = cell_start(&all_allowed), cell = cell_start(&all_allowed);
    struct jail_file file;
    leave_behind(&dead, "/new", "half");
    expect_file("/new", NULL);
    assert_int_equal(ask_stat(&cell, "/new", STAT_FOLLOW, &file), 0); /* SIZE, before REST */
    assert_int_equal(file.size, 4);
    expect_file("/new", "half");
    assert_false(exists(hidden_path("new")));

    dead = cell_start(&all_allowed);
    make_file("/old", "old");
    leave_behind(&dead, "/old", "newer");
    assert_int_equal(ask_store_check(&cell, "/old", STORE_APPEND, 0), JAIL_MIXED);
    expect_file("/old", "old");
    expect_part("old", HIDDEN_OVER, 5);
    close(begin_file(&cell, "/old", STORE_AT, 5, "!")); /* a killed session's part, too */
    assert_int_equal(ask_settle(&cell, SETTLE_COMPLETE, 1), 0);
    expect_file("/old", "newer!");

    dead = cell_start(&all_allowed);
    leave_behind(&dead, "/append", "half");
    int fd = begin_file(&cell, "/append", STORE_APPEND, 0, "+rest");
    close(fd);
    assert_int_equal(ask_settle(&cell, SETTLE_COMPLETE, 5), 0);
    expect_file("/append", "half+rest");

    dead = cell_start(&all_allowed);
    leave_behind(&dead, "/gone", "half");
    assert_int_equal(ask(&cell, JAIL_DELETE, "/gone"), 0);
    assert_false(exists("/gone"));
    assert_false(exists(hidden_path("gone")));

    dead = cell_start(&all_allowed);
    leave_behind(&dead, "/moved", "half");
    assert_int_equal(ask(&cell, JAIL_RENAME_CHECK, "/moved"), 0);
    assert_int_equal(ask_rename(&cell, "/moved", "/target"), 0);
    expect_file("/target", "half");
    assert_int_equal(cell_end(&cell), 0);
}

static void u3_when_net_is_gone_jail_settles(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed);
    const int fd = begin_file(&cell, "/new", STORE_WHOLE, 0, "half");
    close(fd);
    assert_int_equal(cell_end(&cell), 0);
    expect_file("/new", "half");
    assert_false(exists(hidden_path("new")));

    cell = cell_start(&all_allowed);
    make_file("/old", "old");
    close(begin_file(&cell, "/old", STORE_WHOLE, 0, "half"));
    assert_int_equal(cell_end(&cell), 0);
    expect_file("/old", "old");
    expect_part("old", HIDDEN_OVER, 4);
}

static void u3_a_file_of_a_read_only_user_is_not_touched(void **state)
{
    (void)state;
    need_root();
    struct jail_policy policy = all_allowed;
    struct cell dead = cell_start(&all_allowed);
    struct jail_file file;
    leave_behind(&dead, "/new", "half");
    policy.rights = RIGHTS_READ;
    struct cell cell = cell_start(&policy);
    assert_int_equal(ask_stat(&cell, "/new", STAT_FOLLOW, &file), ENOENT);
    assert_true(exists(hidden_path("new")));
    assert_int_equal(cell_end(&cell), 0);
}

static void u4_rest_and_appe_write_in_place(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed);
    int fd;
    make_file("/file", "0123456789");
    assert_int_equal(ask_store(&cell, "/file", STORE_AT, 11, &fd).error, JAIL_BEYOND_END);
    assert_int_equal(ask_store_check(&cell, "/file", STORE_AT, 11), JAIL_BEYOND_END);
    assert_int_equal(ask_store_check(&cell, "/none", STORE_AT, 1), JAIL_BEYOND_END);
    struct jail_answer answer = ask_store(&cell, "/file", STORE_AT, 3, &fd);
    assert_int_equal(answer.error, 0);
    assert_int_equal(answer.offset, 3);
    write_all(fd, "abc");
    expect_file("/file", "012abc6789"); /* nothing behind it is cut */
    close(fd);
    assert_int_equal(ask_settle(&cell, SETTLE_COMPLETE, 3), 0);
    answer = ask_store(&cell, "/file", STORE_APPEND, 0, &fd);
    assert_int_equal(answer.offset, 10);
    assert_int_equal(fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND), O_WRONLY);
    write_all(fd, "+");
    close(fd);
    assert_int_equal(ask_settle(&cell, SETTLE_FAILED, 1), 0);
    expect_file("/file", "012abc6789+");
    close(begin_file(&cell, "/fresh", STORE_APPEND, 0, "new"));
    assert_int_equal(ask_settle(&cell, SETTLE_COMPLETE, 3), 0);
    expect_file("/fresh", "new");
    close(begin_file(&cell, "/empty", STORE_APPEND, 0, ""));
    assert_int_equal(ask_settle(&cell, SETTLE_FAILED, 0), 0);
    assert_false(exists("/empty"));
    assert_int_equal(cell_end(&cell), 0);
}

static void u5_what_was_not_written_is_not_complete(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed);
    make_file("/file", "old");
    close(begin_file(&cell, "/file", STORE_WHOLE, 0, "four"));
    assert_int_equal(ask_settle(&cell, SETTLE_COMPLETE, 5), EIO);
    expect_file("/file", "old");
    assert_int_equal(ask_settle(&cell, SETTLE_COMPLETE, 5), EBADF); /* it is over */
    assert_int_equal(cell_end(&cell), 0);
}

/* A file system of 64 KiB. */
static bool mount_small(const char *path)
{
    char full[PATH_MAX];
    make_directory(path, 0755, CELL_UID);
    in_root(path, full);
    return mount("none", full, "tmpfs", MS_NOSUID | MS_NODEV,
                 "size=64k,uid=61234,gid=61234,mode=755") == 0;
}

static void u5_a_full_disk_leaves_the_old_version(void **state)
{
    (void)state;
    need_root();
    if (!mount_small("/small")) {
        print_message("skipped: no tmpfs can be mounted here\n");
        skip();
    }
    static char piece[4096];
    char full[PATH_MAX];
    struct jail_path *question = empty_question();
    struct cell cell = cell_start(&all_allowed);
    int fd;
    make_file("/small/file", "old");
    assert_int_equal(ask_store(&cell, "/small/file", STORE_WHOLE, 0, &fd).error, 0);
    while (write(fd, piece, sizeof piece) > 0) {
    }
    assert_int_equal(errno, ENOSPC);
    assert_int_equal(ask_full(&cell, question, JAIL_SPACE, "/small", NULL).file.size, 0);
    close(fd);
    assert_int_equal(ask_settle(&cell, SETTLE_FAILED, 0), 0);
    expect_file("/small/file", "old");
    /* a whole upload takes the part's room */
    assert_int_equal(put_file(&cell, "/small/file", "new"), 0);
    expect_file("/small/file", "new");
    assert_true(ask_full(&cell, empty_question(), JAIL_SPACE, "/small", NULL).file.size > 40000);
    assert_int_equal(cell_end(&cell), 0);
    in_root("/small", full);
    assert_int_equal(umount(full), 0);
}

static void u7_direct_uploads_write_in_place(void **state)
{
    (void)state;
    need_root();
    struct jail_policy policy = all_allowed;
    policy.uploads = UPLOADS_DIRECT;
    struct cell cell = cell_start(&policy), other = cell_start(&all_allowed);
    int fd;
    make_file("/file", "the old version");
    assert_int_equal(ask_store_check(&cell, "/file", STORE_WHOLE, 0), 0);
    expect_file("/file", "the old version"); /* law U1: emptied by CREATE, not before */
    fd = begin_file(&cell, "/file", STORE_WHOLE, 0, "new");
    expect_file("/file", "new");
    assert_int_equal(ask_store_check(&other, "/file", STORE_WHOLE, 0), JAIL_BUSY);
    assert_int_equal(ask_store_check(&other, "/file", STORE_APPEND, 0), JAIL_BUSY);
    close(fd);
    assert_int_equal(ask_settle(&cell, SETTLE_COMPLETE, 3), 0);
    fd = begin_file(&other, "/file", STORE_WHOLE, 0, "atomic");
    assert_int_equal(ask_store_check(&cell, "/file", STORE_WHOLE, 0), JAIL_BUSY);
    int none;
    assert_int_equal(ask_store(&cell, "/file", STORE_WHOLE, 0, &none).error, JAIL_BUSY);
    expect_file("/file", "new"); /* the refused one has emptied nothing */
    close(fd);
    assert_int_equal(ask_settle(&other, SETTLE_COMPLETE, 6), 0);
    expect_file("/file", "atomic");
    fail_over_old(&other, "/file");
    close(begin_file(&cell, "/file", STORE_WHOLE, 0, "direct"));
    assert_int_equal(ask_settle(&cell, SETTLE_COMPLETE, 6), 0);
    expect_file("/file", "direct");
    expect_nothing_hidden(); /* a whole STOR clears the part */
    assert_int_equal(cell_end(&cell), 0);
    assert_int_equal(cell_end(&other), 0);
}

static void u2_a_long_upload_is_flushed_on_the_way(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed);
    assert_int_equal(ask_head(&cell, JAIL_STORE_FLUSH), EBADF);
    const int fd = begin_file(&cell, "/long", STORE_WHOLE, 0, "begin");
    assert_int_equal(ask_head(&cell, JAIL_STORE_FLUSH), 0);
    assert_int_equal(ftruncate(fd, 200 << 20), 0);
    assert_int_equal(pwrite(fd, "x", 1, 0), 1);
    assert_int_equal(ask_head(&cell, JAIL_STORE_FLUSH), 0); /* waits for the first bytes */
    assert_int_equal(ftruncate(fd, 5), 0);
    close(fd);
    assert_int_equal(ask_settle(&cell, SETTLE_COMPLETE, 5), 0);
    assert_true(exists("/long"));
    assert_int_equal(cell_end(&cell), 0);
}

static void u8_stou_chooses_fresh_names(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed), other = cell_start(&all_allowed);
    char stem[NAME_MAX + 2] = "/";
    int fd, second;
    make_file("/stem", "old");
    struct jail_answer answer = ask_store(&cell, "/stem", STORE_UNIQUE, 0, &fd);
    assert_string_equal(answer.name, "stem.1");
    answer = ask_store(&other, "/stem", STORE_UNIQUE, 0, &second);
    assert_string_equal(answer.name, "stem.2");
    write_all(fd, "one");
    close(fd);
    close(second);
    assert_int_equal(ask_settle(&cell, SETTLE_COMPLETE, 3), 0);
    assert_int_equal(ask_settle(&other, SETTLE_FAILED, 0), 0);
    expect_file("/stem", "old");
    expect_file("/stem.1", "one");
    assert_false(exists("/stem.2"));
    answer = ask_store(&cell, "/fresh", STORE_UNIQUE, 0, &fd);
    assert_string_equal(answer.name, "fresh");
    close(fd);
    assert_int_equal(ask_settle(&cell, SETTLE_COMPLETE, 0), 0);
    memset(stem + 1, 'n', NAME_MAX);
    make_file(stem, "long");
    answer = ask_store(&cell, stem, STORE_UNIQUE, 0, &fd);
    assert_int_equal(answer.error, 0);
    assert_true(strlen(answer.name) <= NAME_MAX);
    close(fd);
    assert_int_equal(ask_settle(&cell, SETTLE_COMPLETE, 0), 0);
    assert_int_equal(cell_end(&cell), 0);
    assert_int_equal(cell_end(&other), 0);
}

static void c1_a_name_has_one_writer(void **state)
{
    (void)state;
    need_root();
    static const uint32_t ways[] = { STORE_WHOLE, STORE_APPEND };
    struct cell cell = cell_start(&all_allowed), other = cell_start(&all_allowed);
    for (size_t i = 0; i < COUNT(ways); i++) {
        int none;
        make_file("/file", "old");
        const int fd = begin_file(&cell, "/file", ways[i], 0, "new");
        assert_int_equal(ask_store_check(&other, "/file", STORE_WHOLE, 0), JAIL_BUSY);
        assert_int_equal(ask_store_check(&other, "/file", STORE_APPEND, 0), JAIL_BUSY);
        assert_int_equal(ask_store_check(&other, "/file", STORE_AT, 1), JAIL_BUSY);
        assert_int_equal(ask_store(&other, "/file", STORE_WHOLE, 0, &none).error, JAIL_BUSY);
        assert_int_equal(ask_store(&other, "/file", STORE_APPEND, 0, &none).error, JAIL_BUSY);
        assert_int_equal(put_file(&other, "/another", "x"), 0);
        assert_int_equal(ask_settle(&cell, SETTLE_COMPLETE, 3), 0);
        /* though NET's copy is still open */
        assert_int_equal(put_file(&other, "/file", "second"), 0);
        close(fd);
        expect_file("/file", "second");
    }
    assert_int_equal(cell_end(&cell), 0);
    assert_int_equal(cell_end(&other), 0);
}

static void c1_a_stalled_upload_yields_to_its_owner(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed), other = cell_start(&all_allowed);
    struct cell stranger = cell_start_as(&all_allowed, OTHER_UID);
    char full[PATH_MAX];
    assert_int_equal(chmod(root_path, 0777), 0);
    const int fd = begin_file(&cell, "/file", STORE_WHOLE, 0, "stalled");
    make_old(hidden_path("file"), STALLED_SECONDS - 2);
    assert_int_equal(ask_store_check(&other, "/file", STORE_WHOLE, 0), JAIL_BUSY);
    assert_int_equal(ask_store_check(&stranger, "/file", STORE_WHOLE, 0), JAIL_BUSY);
    make_old(hidden_path("file"), STALLED_SECONDS + 1);
    /* stepped around */
    assert_int_equal(ask_store_check(&stranger, "/file", STORE_WHOLE, 0), 0);
    /* a new STOR only */
    assert_int_equal(ask_store_check(&other, "/file", STORE_APPEND, 0), JAIL_BUSY);
    assert_int_equal(ask(&other, JAIL_DELETE, "/file"), JAIL_BUSY);
    assert_int_equal(ask_store_check(&other, "/file", STORE_WHOLE, 0), 0);
    in_root(hidden_path("file"), full);
    const int second = begin_file(&other, "/file", STORE_WHOLE, 0, "taken");
    write_all(fd, " and revived");
    close(fd);
    assert_int_equal(ask_settle(&cell, SETTLE_COMPLETE, 19), JAIL_TAKEN_OVER);
    expect_file("/file", NULL);
    close(second);
    assert_int_equal(ask_settle(&other, SETTLE_COMPLETE, 5), 0);
    expect_file("/file", "taken");
    assert_false(exists(hidden_path("file")));
    assert_int_equal(put_file(&cell, "/file", "again"), 0); /* the old session lives */
    assert_int_equal(cell_end(&cell), 0);
    assert_int_equal(cell_end(&other), 0);
    assert_int_equal(cell_end(&stranger), 0);
}

static void c2_what_is_uploaded_is_neither_removed_nor_moved(void **state)
{
    (void)state;
    need_root();
    static const uint32_t ways[] = { STORE_WHOLE, STORE_APPEND };
    struct cell cell = cell_start(&all_allowed), other = cell_start(&all_allowed);
    make_file("/more", "more");
    for (size_t i = 0; i < COUNT(ways); i++) {
        const int fd = begin_file(&cell, "/file", ways[i], 0, "new");
        assert_int_equal(ask(&other, JAIL_DELETE, "/file"), JAIL_BUSY);
        assert_int_equal(ask(&other, JAIL_RENAME_CHECK, "/file"), JAIL_BUSY);
        assert_int_equal(ask_rename(&other, "/file", "/elsewhere"), JAIL_BUSY);
        assert_int_equal(ask_rename(&other, "/more", "/file"), JAIL_BUSY);
        if (ways[i] == STORE_WHOLE)
            assert_int_equal(ask(&other, JAIL_MKDIR, "/file"), JAIL_BUSY);
        close(fd);
        assert_int_equal(ask_settle(&cell, SETTLE_COMPLETE, 3), 0);
        expect_file("/file", "new");
        assert_int_equal(ask(&other, JAIL_DELETE, "/file"), 0);
    }
    int reader;
    make_file("/read", "version");
    assert_int_equal(ask_read(&cell, "/read", 0, &reader), 0);
    assert_int_equal(ask(&other, JAIL_DELETE, "/read"), 0); /* reading forbids nothing */
    char text[16] = "";
    assert_int_equal(read(reader, text, sizeof text - 1), 7);
    close(reader);
    assert_int_equal(cell_end(&cell), 0);
    assert_int_equal(cell_end(&other), 0);
}

static void c2_a_directory_is_moved_with_its_upload(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed), other = cell_start(&all_allowed);
    make_directory("/dir", 0755, CELL_UID);
    const int fd = begin_file(&cell, "/dir/file", STORE_WHOLE, 0, "new");
    assert_int_equal(ask_rename(&other, "/dir", "/moved"), 0);
    close(fd);
    assert_int_equal(ask_settle(&cell, SETTLE_COMPLETE, 3), 0);
    expect_file("/moved/file", "new");
    assert_int_equal(cell_end(&cell), 0);
    assert_int_equal(cell_end(&other), 0);
}

static void c3_locks_die_with_their_process(void **state)
{
    (void)state;
    need_root();
    struct cell dead = cell_start(&all_allowed), cell = cell_start(&all_allowed);
    int fd = begin_file(&dead, "/file", STORE_WHOLE, 0, "x");
    cell_kill(&dead);
    /* its NET may still write */
    assert_int_equal(ask_store_check(&cell, "/file", STORE_WHOLE, 0), JAIL_BUSY);
    close(fd);
    assert_int_equal(put_file(&cell, "/file", "free"), 0);
    dead = cell_start(&all_allowed);
    fd = begin_file(&dead, "/file", STORE_APPEND, 0, "!");
    cell_kill(&dead);
    close(fd);
    close(begin_file(&cell, "/file", STORE_APPEND, 0, "!"));
    assert_int_equal(ask_settle(&cell, SETTLE_COMPLETE, 1), 0);
    expect_file("/file", "free!!");
    assert_int_equal(cell_end(&cell), 0);
}

static void hidden_names_are_out_of_reach(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed);
    const int fd = begin_file(&cell, "/file", STORE_WHOLE, 0, "x");
    const char *hidden = hidden_path("file");
    struct jail_file file;
    int none;
    make_link(hidden + 1, "/link");
    assert_int_equal(ask_stat(&cell, hidden, 0, &file), JAIL_BAD_NAME);
    assert_int_equal(ask_read(&cell, hidden, 0, &none), JAIL_BAD_NAME);
    assert_int_equal(ask(&cell, JAIL_DELETE, hidden), JAIL_BAD_NAME);
    assert_int_equal(ask_rename(&cell, hidden, "/x"), JAIL_BAD_NAME);
    assert_int_equal(ask_rename(&cell, "/x", hidden), JAIL_BAD_NAME);
    assert_int_equal(ask_store_check(&cell, hidden, STORE_WHOLE, 0), JAIL_BAD_NAME);
    assert_int_equal(ask_store_check(&cell, "/link", STORE_APPEND, 0), JAIL_BAD_NAME);
    assert_int_equal(ask_read(&cell, "/link", 0, &none), JAIL_BAD_NAME);
    assert_int_equal(ask(&cell, JAIL_MKDIR, hidden), JAIL_BAD_NAME);
    close(fd);
    assert_int_equal(cell_end(&cell), 0);
}

static void expect_stepped_around(struct cell *cell)
{
    assert_int_equal(put_file(cell, "/file", "new"), 0);
    expect_file("/file", "new");
    char full[PATH_MAX];
    in_root("/file", full);
    assert_int_equal(unlink(full), 0);
    assert_int_equal(put_file(cell, "/file", "old"), 0);
    expect_file("/precious", "precious");
}

/* In a directory that others can write to: what exists there under the hidden
 * name is no reason to harm another file. */
static void a_planted_hidden_file_harms_nothing(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed);
    char from[PATH_MAX], to[PATH_MAX];
    make_file("/precious", "precious");
    make_file("/file", "old");
    in_root("/precious", from);
    in_root(hidden_path("file"), to);
    assert_int_equal(link(from, to), 0);
    expect_stepped_around(&cell);
    assert_int_equal(unlink(to), 0);
    assert_int_equal(symlink(from, to), 0);
    expect_stepped_around(&cell);
    assert_int_equal(unlink(to), 0);
    assert_int_equal(mkfifo(to, 0666), 0);
    expect_stepped_around(&cell); /* and does not wait */
    assert_int_equal(unlink(to), 0);
    assert_int_equal(mkdir(to, 0700), 0);
    expect_stepped_around(&cell);
    assert_int_equal(rmdir(to), 0);
    make_file_as(hidden_path("file"), "theirs", 0666, OTHER_UID);
    /* another's, and fresh */
    assert_int_equal(ask_store_check(&cell, "/file", STORE_WHOLE, 0), JAIL_BUSY);
    make_old(hidden_path("file"), STALLED_SECONDS + 1);
    expect_stepped_around(&cell);
    expect_file(hidden_path("file"), "theirs");
    expect_file("/precious", "precious");
    assert_int_equal(cell_end(&cell), 0);
}

/* Not even where all names that can be known are taken. */
static void planted_names_block_no_upload(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed), other = cell_start(&all_allowed);
    char name[HIDDEN_SIZE + 1] = "/";
    hidden_second_name("file", CELL_UID, name + 1);
    make_link("nowhere", hidden_path("file"));
    make_link("nowhere", name);
    make_link("nowhere", part_path("file", HIDDEN_OVER));
    assert_int_equal(put_file(&cell, "/file", "new"), 0);
    expect_file("/file", "new");
    assert_int_equal(put_file(&cell, "/file", "over"), 0);
    expect_file("/file", "over");
    fail_over_old(&cell, "/file");
    assert_int_equal(put_file(&cell, "/file", "again"), 0);
    expect_file("/file", "again");
    char full[PATH_MAX];
    in_root(name, full);
    assert_int_equal(unlink(full), 0); /* the second name excludes like the first */
    in_root("/file", full);
    assert_int_equal(unlink(full), 0);
    const int fd = begin_file(&cell, "/file", STORE_WHOLE, 0, "x");
    assert_int_equal(ask_store_check(&other, "/file", STORE_WHOLE, 0), JAIL_BUSY);
    close(fd);
    assert_int_equal(cell_end(&cell), 0);
    assert_int_equal(cell_end(&other), 0);
}

static const struct {
    uint32_t rights;
    const char *path;
    uint32_t how;
    uint32_t error;
} right_cases[] = {
    { RIGHT_UPLOAD, "/new", STORE_WHOLE, 0 },
    { RIGHT_UPLOAD, "/new", STORE_APPEND, 0 },
    { RIGHT_UPLOAD, "/new", STORE_UNIQUE, 0 },
    { RIGHT_UPLOAD, "/old", STORE_WHOLE, JAIL_DENIED },
    { RIGHT_UPLOAD, "/old", STORE_APPEND, JAIL_DENIED },
    { RIGHT_OVERWRITE, "/new", STORE_WHOLE, JAIL_DENIED },
    { RIGHT_OVERWRITE, "/old", STORE_AT, JAIL_DENIED },
    { RIGHT_APPEND, "/old", STORE_AT, 0 },
    { RIGHT_APPEND, "/old", STORE_APPEND, 0 },
    { RIGHT_APPEND, "/new", STORE_APPEND, JAIL_DENIED },
    { RIGHT_OVERWRITE, "/old", STORE_WHOLE, 0 }, /* last: it leaves a marker */
    { RIGHTS_ALL & ~(RIGHT_UPLOAD | RIGHT_OVERWRITE | RIGHT_APPEND), "/new", STORE_WHOLE,
      JAIL_DENIED },
};

static void each_way_to_store_has_its_right(void **state)
{
    (void)state;
    need_root();
    make_file("/old", "old");
    for (size_t i = 0; i < COUNT(right_cases); i++) {
        struct jail_policy policy = all_allowed;
        policy.rights = right_cases[i].rights;
        struct cell cell = cell_start(&policy);
        int fd = -1;
        const uint32_t checked = ask_store_check(&cell, right_cases[i].path, right_cases[i].how, 1);
        const uint32_t made =
            ask_store(&cell, right_cases[i].path, right_cases[i].how, 1, &fd).error;
        if (checked != right_cases[i].error || made != right_cases[i].error)
            fail_msg("case %zu: check %u, create %u instead of %u", i, checked, made,
                     right_cases[i].error);
        if (fd >= 0)
            close(fd);
        assert_int_equal(cell_end(&cell), 0);
    }
    expect_file("/old", "old");
}

/* Without the right to overwrite, a name that another session took meanwhile is not replaced. */
static void a_new_file_never_replaces_one_that_came_meanwhile(void **state)
{
    (void)state;
    need_root();
    struct jail_policy policy = all_allowed;
    policy.rights = RIGHT_UPLOAD;
    struct cell cell = cell_start(&policy);
    close(begin_file(&cell, "/file", STORE_WHOLE, 0, "late"));
    make_file("/file", "early");
    assert_int_equal(ask_settle(&cell, SETTLE_COMPLETE, 4), JAIL_DENIED);
    expect_file("/file", "early");
    assert_int_equal(cell_end(&cell), 0);
}

enum { RACERS = 4, RACES = 150, RACE_BYTES = 3000 };

/* One session among several at the same name: stores, fails, dies, removes, renames. */
static void race(unsigned seed)
{
    static char text[RACE_BYTES + 1];
    struct cell cell = cell_start(&all_allowed);
    for (unsigned i = 0; i < RACES; i++) {
        int fd = -1;
        seed = seed * 1103515245u + 12345u;
        const unsigned choice = seed >> 16 & 15;
        memset(text, 'a' + (int)choice, RACE_BYTES);
        if (choice == 0)
            (void)ask(&cell, JAIL_DELETE, "/file");
        else if (choice == 1)
            (void)ask_rename(&cell, "/file", "/file");
        else if (ask_store(&cell, "/file", STORE_WHOLE, 0, &fd).error == 0)
            write_all(fd, text);
        if (fd < 0)
            continue;
        if (choice == 2)
            cell_kill(&cell);
        close(fd);
        if (choice == 2)
            cell = cell_start(&all_allowed);
        else if (choice == 3)
            (void)ask_settle(&cell, SETTLE_FAILED, RACE_BYTES);
        else
            assert_int_equal(ask_settle(&cell, SETTLE_COMPLETE, RACE_BYTES), 0);
    }
    assert_int_equal(cell_end(&cell), 0);
}

/* Looks at the name all the while: whole, from one writer, or not there. */
static void expect_whole(void)
{
    char full[PATH_MAX];
    static char text[2 * RACE_BYTES];
    in_root("/file", full);
    const int fd = open(full, O_RDONLY);
    if (fd < 0)
        return;
    const ssize_t n = read(fd, text, sizeof text);
    close(fd);
    assert_int_equal(n, RACE_BYTES);
    for (ssize_t i = 1; i < n; i++)
        assert_int_equal(text[i], text[0]);
}

static void sessions_that_race_for_a_name_leave_it_whole(void **state)
{
    (void)state;
    need_root();
    pid_t racers[RACERS];
    for (unsigned i = 0; i < RACERS; i++) {
        racers[i] = fork();
        assert_true(racers[i] >= 0);
        if (racers[i] == 0) {
            race(i);
            _exit(0);
        }
    }
    for (unsigned i = 0; i < RACERS; i++) {
        int status;
        while (waitpid(racers[i], &status, WNOHANG) == 0)
            expect_whole();
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    struct cell cell = cell_start(&all_allowed);
    assert_int_equal(put_file(&cell, "/file", "last"), 0);
    expect_file("/file", "last");
    assert_false(exists(hidden_path("file"))); /* none is left */
    assert_int_equal(cell_end(&cell), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        JAIL_TEST(u1_a_check_creates_and_changes_nothing),
        JAIL_TEST(u2_readers_never_see_half_a_file),
        JAIL_TEST(u2_the_mode_of_the_replaced_file_stays),
        JAIL_TEST(u2_a_link_is_followed_and_stays),
        JAIL_TEST(u3_a_new_file_that_failed_is_kept_under_its_name),
        JAIL_TEST(u3_an_old_file_stays_and_its_part_is_continued),
        JAIL_TEST(u3_what_clears_a_part),
        JAIL_TEST(u3_a_listing_removes_parts_that_are_too_old),
        JAIL_TEST(u3_a_part_is_continued_by_its_own_login_only),
        JAIL_TEST(u3_a_part_is_not_continued_over_a_newer_file),
        JAIL_TEST(u3_hide_shows_a_new_file_to_nobody_but_its_login),
        JAIL_TEST(u3_delete_leaves_nothing_new_and_all_that_was),
        JAIL_TEST(u3_rmd_takes_parts_but_no_running_upload),
        JAIL_TEST(u2_a_copy_is_finished_by_the_next_session),
        JAIL_TEST(u3_after_kill_9_the_next_session_settles),
        JAIL_TEST(u3_when_net_is_gone_jail_settles),
        JAIL_TEST(u3_a_file_of_a_read_only_user_is_not_touched),
        JAIL_TEST(u4_rest_and_appe_write_in_place),
        JAIL_TEST(u5_what_was_not_written_is_not_complete),
        JAIL_TEST(u5_a_full_disk_leaves_the_old_version),
        JAIL_TEST(u7_direct_uploads_write_in_place),
        JAIL_TEST(u2_a_long_upload_is_flushed_on_the_way),
        JAIL_TEST(u8_stou_chooses_fresh_names),
        JAIL_TEST(c1_a_name_has_one_writer),
        JAIL_TEST(c1_a_stalled_upload_yields_to_its_owner),
        JAIL_TEST(c2_what_is_uploaded_is_neither_removed_nor_moved),
        JAIL_TEST(c2_a_directory_is_moved_with_its_upload),
        JAIL_TEST(c3_locks_die_with_their_process),
        JAIL_TEST(hidden_names_are_out_of_reach),
        JAIL_TEST(a_planted_hidden_file_harms_nothing),
        JAIL_TEST(planted_names_block_no_upload),
        JAIL_TEST(each_way_to_store_has_its_right),
        JAIL_TEST(sessions_that_race_for_a_name_leave_it_whole),
        JAIL_TEST(a_new_file_never_replaces_one_that_came_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
