/* SPDX-License-Identifier: BSD-2-Clause */
/* test_jail_files.c - JAIL's answers about single names, the walls around
 * paths, and what it does with requests that NET never sends. */
#include "tests/unit/jail_cell.h"

#include <sysexits.h>

static void a_path_never_leads_out_of_the_root(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed);
    struct jail_file file;
    int fd;
    make_directory("/etc", 0755, CELL_UID);
    make_file("/etc/hostname", "inside");
    make_link("/etc/hostname", "/absolute");
    make_link("../../../../../../etc/hostname", "/up");
    make_link("/", "/root");
    make_link("/proc/self/root", "/magic");
    static const char *const paths[] = { "/absolute", "/up", "/root/etc/hostname",
                                         "/root/root/up" };
    for (size_t i = 0; i < COUNT(paths); i++) {
        char text[16] = "";
        assert_int_equal(ask_read(&cell, paths[i], 0, &fd), 0);
        assert_int_equal(read(fd, text, sizeof text - 1), 6);
        assert_string_equal(text, "inside");
        close(fd);
    }
    assert_int_equal(ask_read(&cell, "/etc/passwd", 0, &fd), ENOENT);
    assert_int_equal(ask_stat(&cell, "/magic", STAT_FOLLOW, &file), ENOENT);
    assert_int_equal(ask_stat(&cell, "/magic", 0, &file), 0);
    assert_int_equal(file.type, FILE_LINK);
    assert_int_equal(cell_end(&cell), 0);
}

static void stat_tells_the_facts(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed);
    struct jail_file file;
    make_file_as("/file", "12345", 04751, CELL_UID);
    make_link("file", "/link");
    make_link("nowhere", "/dangling");
    make_old("/file", 1000);
    assert_int_equal(ask_stat(&cell, "/link", STAT_FOLLOW, &file), 0);
    assert_int_equal(file.type, FILE_REGULAR);
    assert_int_equal(file.size, 5);
    assert_int_equal(file.mode, 04751);
    assert_int_equal(file.uid, CELL_UID);
    assert_int_equal(file.links, 1);
    assert_true(file.mtime > 1000000000 && file.mtime <= time(NULL) - 999);
    assert_int_equal(ask_stat(&cell, "/", STAT_FOLLOW, &file), 0);
    assert_int_equal(file.type, FILE_DIRECTORY);
    assert_int_equal(ask_stat(&cell, "/dangling", STAT_FOLLOW, &file), ENOENT);
    assert_int_equal(ask_stat(&cell, "/dangling", 0, &file), 0);
    assert_int_equal(ask_stat(&cell, "/file/x", 0, &file), ENOTDIR);
    assert_int_equal(ask_stat(&cell, "/a\nb", 0, &file), JAIL_BAD_NAME);
    assert_int_equal(cell_end(&cell), 0);
}

static void names_are_bytes(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed);
    struct jail_file file;
    static const char *const names[] = { "/-la",        "/ leading",     "/trailing ",
                                         "/\"quoted\"", "/[a]*?\\~",     "/\xff\xfe\x80",
                                         "/a\rb",       "/\x01\x1b[31m", "/...",
                                         "/.-" };
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_int_equal(put_file(&cell, names[i], "x"), 0);
        assert_int_equal(ask_stat(&cell, names[i], 0, &file), 0);
        assert_int_equal(ask_rename(&cell, names[i], "/other"), 0);
        assert_int_equal(ask_rename(&cell, "/other", names[i]), 0);
        assert_true(exists(names[i]));
        assert_int_equal(ask(&cell, JAIL_DELETE, names[i]), 0);
    }
    char longest[NAME_MAX + 3] = "/";
    memset(longest + 1, 'n', NAME_MAX);
    assert_int_equal(put_file(&cell, longest, "x"), 0);
    longest[NAME_MAX + 1] = 'n';
    assert_int_equal(put_file(&cell, longest, "x"), ENAMETOOLONG);
    assert_int_equal(cell_end(&cell), 0);
}

/* Deeper than PATH_MAX: as far as a message carries. */
static void paths_may_be_longer_than_path_max(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed);
    static char path[PATH_ROOM], longer[PATH_ROOM];
    struct jail_file file;
    size_t n = 0;
    while (n < 3 * PATH_MAX) {
        path[n++] = '/';
        memset(path + n, 'd', 200);
        n += 200;
        path[n] = '\0';
        assert_int_equal(ask(&cell, JAIL_MKDIR, path), 0);
    }
    assert_true(text_format(longer, sizeof longer, "%s/file", path));
    assert_int_equal(put_file(&cell, longer, "deep"), 0);
    assert_int_equal(ask_stat(&cell, longer, STAT_FOLLOW, &file), 0);
    assert_int_equal(file.size, 4);
    assert_int_equal(ask_rename(&cell, longer, "/near"), 0);
    expect_file("/near", "deep");
    while (n > 0) {
        assert_int_equal(ask(&cell, JAIL_RMDIR, path), 0);
        n -= 201;
        path[n] = '\0';
    }
    assert_int_equal(cell_end(&cell), 0);
}

static void n5_only_regular_files_are_opened(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed);
    char full[PATH_MAX];
    int fd;
    make_directory("/dir", 0755, CELL_UID);
    make_link("dir", "/link");
    in_root("/fifo", full);
    assert_int_equal(mkfifo(full, 0666), 0);
    assert_int_equal(chmod(full, 0666), 0);
    in_root("/null", full);
    const bool device = mknod(full, S_IFCHR | 0666, (1 << 8) | 3) == 0 && chmod(full, 0666) == 0;
    static const char *const paths[] = { "/dir", "/link", "/fifo", "/", "/null" };
    for (size_t i = 0; i < COUNT(paths) - !device; i++) {
        assert_int_equal(ask_read(&cell, paths[i], 0, &fd), JAIL_NOT_REGULAR);
        assert_int_equal(ask_store_check(&cell, paths[i], STORE_WHOLE, 0), JAIL_NOT_REGULAR);
        assert_int_equal(ask_store(&cell, paths[i], STORE_APPEND, 0, &fd).error, JAIL_NOT_REGULAR);
    }
    assert_int_equal(cell_end(&cell), 0);
}

static void reading_begins_at_the_offset_and_can_only_read(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed);
    char text[16] = "";
    int fd;
    make_file("/file", "0123456789");
    make_file_as("/locked", "x", 0000, CELL_UID);
    assert_int_equal(ask_read(&cell, "/file", 7, &fd), 0);
    assert_int_equal(read(fd, text, sizeof text - 1), 3);
    assert_string_equal(text, "789");
    assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    close(fd);
    assert_int_equal(ask_read(&cell, "/file", 10, &fd), 0);
    close(fd);
    assert_int_equal(ask_read(&cell, "/file", 11, &fd), JAIL_BEYOND_END);
    assert_int_equal(ask_read(&cell, "/locked", 0, &fd), EACCES);
    assert_int_equal(cell_end(&cell), 0);
}

static void directories_are_entered_made_and_removed(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed);
    make_directory("/shut", 0600, CELL_UID);
    make_file("/file", "x");
    assert_int_equal(ask(&cell, JAIL_MKDIR, "/dir"), 0);
    assert_int_equal(ask(&cell, JAIL_MKDIR, "/dir"), EEXIST);
    assert_int_equal(ask(&cell, JAIL_MKDIR, "/"), EEXIST);
    assert_int_equal(ask(&cell, JAIL_MKDIR, "/none/dir"), ENOENT);
    assert_int_equal(ask(&cell, JAIL_CHDIR, "/dir"), 0);
    assert_int_equal(ask(&cell, JAIL_CHDIR, "/"), 0);
    assert_int_equal(ask(&cell, JAIL_CHDIR, "/file"), ENOTDIR);
    assert_int_equal(ask(&cell, JAIL_CHDIR, "/shut"), EACCES);
    assert_int_equal(put_file(&cell, "/dir/file", "x"), 0);
    assert_int_equal(ask(&cell, JAIL_RMDIR, "/dir"), ENOTEMPTY);
    assert_int_equal(ask(&cell, JAIL_DELETE, "/dir"), EISDIR);
    assert_int_equal(ask(&cell, JAIL_RMDIR, "/dir/file"), ENOTDIR);
    assert_int_equal(ask(&cell, JAIL_DELETE, "/dir/file"), 0);
    assert_int_equal(ask(&cell, JAIL_DELETE, "/dir/file"), ENOENT);
    assert_int_equal(ask(&cell, JAIL_RMDIR, "/dir"), 0);
    assert_int_equal(ask(&cell, JAIL_RMDIR, "/"), EBUSY);
    assert_int_equal(cell_end(&cell), 0);
}

static void renaming_keeps_to_the_names(void **state)
{
    (void)state;
    need_root();
    struct jail_policy policy = all_allowed;
    struct cell cell = cell_start(&policy);
    make_file("/a", "a");
    make_file("/b", "b");
    make_link("a", "/link");
    make_directory("/dir", 0755, CELL_UID);
    assert_int_equal(ask(&cell, JAIL_RENAME_CHECK, "/none"), ENOENT);
    assert_int_equal(ask(&cell, JAIL_RENAME_CHECK, "/link"), 0);
    assert_int_equal(ask_rename(&cell, "/link", "/dir/link"), 0); /* the link itself */
    assert_true(exists("/dir/link") && exists("/a"));
    assert_int_equal(ask_rename(&cell, "/a", "/a"), 0);
    assert_int_equal(ask_rename(&cell, "/a", "/b"), 0);
    expect_file("/b", "a");
    assert_int_equal(ask_rename(&cell, "/b", "/dir"), EISDIR);
    assert_int_equal(ask_rename(&cell, "/dir", "/dir/below"), EINVAL);
    assert_int_equal(ask_rename(&cell, "/", "/x"), EBUSY);
    assert_int_equal(cell_end(&cell), 0);
    make_file("/c", "c");
    policy.rights &= ~(uint32_t)RIGHT_OVERWRITE;
    cell = cell_start(&policy);
    assert_int_equal(ask_rename(&cell, "/b", "/c"), JAIL_DENIED);
    assert_int_equal(ask_rename(&cell, "/b", "/d"), 0);
    expect_file("/c", "c");
    assert_int_equal(cell_end(&cell), 0);
}

static void modes_and_times_are_set(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed);
    struct jail_file file;
    char full[PATH_MAX];
    make_file_as("/file", "x", 04600, CELL_UID);
    make_file_as("/unreadable", "x", 0000, CELL_UID);
    make_file_as("/theirs", "x", 0666, 0);
    make_link("file", "/link");
    assert_int_equal(ask_value(&cell, JAIL_SET_MODE, "/link", 0751, 0), 0);
    assert_int_equal(ask_stat(&cell, "/file", 0, &file), 0);
    assert_int_equal(file.mode, 04751); /* nine bits: the set-uid bit is not touched */
    assert_int_equal(ask_value(&cell, JAIL_SET_MODE, "/unreadable", 0644, 0), 0);
    assert_int_equal(ask_value(&cell, JAIL_SET_MODE, "/theirs", 0644, 0), EPERM);
    assert_int_equal(ask_value(&cell, JAIL_SET_MODE, "/none", 0644, 0), ENOENT);
    assert_int_equal(ask_value(&cell, JAIL_SET_TIME, "/link", 1000000000, 123456789), 0);
    assert_int_equal(ask_stat(&cell, "/file", 0, &file), 0);
    assert_int_equal(file.mtime, 1000000000);
    assert_int_equal(file.mtime_ns, 123456789);
    in_root("/file", full);
    struct stat about;
    assert_int_equal(stat(full, &about), 0);
    assert_true(about.st_atime > 1000000000); /* the other time stays */
    assert_int_equal(ask_value(&cell, JAIL_SET_TIME, "/theirs", 1, 0), EPERM);
    assert_true(ask_full(&cell, empty_question(), JAIL_SPACE, "/", NULL).file.size > 0);
    assert_int_equal(cell_end(&cell), 0);
}

static uint32_t ask_umask(struct cell *cell, int64_t value, uint32_t *umask_now)
{
    struct jail_path *question = empty_question();
    question->value = value;
    const struct jail_answer answer = ask_full(cell, question, JAIL_UMASK, "/", NULL);
    *umask_now = answer.file.mode;
    return answer.error;
}

static void the_umask_is_told_and_changed(void **state)
{
    (void)state;
    need_root();
    struct jail_policy policy = all_allowed;
    policy.umask = 027;
    struct cell cell = cell_start(&policy);
    struct jail_file file;
    uint32_t now;
    assert_int_equal(ask_umask(&cell, -1, &now), 0);
    assert_int_equal(now, 027);
    assert_int_equal(put_file(&cell, "/one", "x"), 0);
    assert_int_equal(ask_umask(&cell, 077, &now), 0);
    assert_int_equal(now, 077);
    assert_int_equal(put_file(&cell, "/two", "x"), 0);
    assert_int_equal(ask_stat(&cell, "/one", 0, &file), 0);
    assert_int_equal(file.mode, 0640);
    assert_int_equal(ask_stat(&cell, "/two", 0, &file), 0);
    assert_int_equal(file.mode, 0600);
    assert_int_equal(cell_end(&cell), 0);
    policy.rights &= ~(uint32_t)RIGHT_CHMOD;
    cell = cell_start(&policy);
    assert_int_equal(ask_umask(&cell, 0, &now), JAIL_DENIED);
    assert_int_equal(ask_umask(&cell, -1, &now), 0);
    assert_int_equal(now, 027);
    assert_int_equal(cell_end(&cell), 0);
}

static void nothing_is_done_without_its_right(void **state)
{
    (void)state;
    need_root();
    struct jail_policy policy = all_allowed;
    policy.rights = 0;
    struct cell cell = cell_start(&policy);
    struct jail_file file;
    int fd;
    make_file("/file", "x");
    assert_int_equal(ask_stat(&cell, "/file", 0, &file), JAIL_DENIED);
    assert_int_equal(ask_read(&cell, "/file", 0, &fd), JAIL_DENIED);
    assert_int_equal(ask(&cell, JAIL_MKDIR, "/dir"), JAIL_DENIED);
    assert_int_equal(ask(&cell, JAIL_RMDIR, "/dir"), JAIL_DENIED);
    assert_int_equal(ask(&cell, JAIL_DELETE, "/file"), JAIL_DENIED);
    assert_int_equal(ask(&cell, JAIL_RENAME_CHECK, "/file"), JAIL_DENIED);
    assert_int_equal(ask_rename(&cell, "/file", "/x"), JAIL_DENIED);
    assert_int_equal(ask_store_check(&cell, "/x", STORE_WHOLE, 0), JAIL_DENIED);
    assert_int_equal(ask_store(&cell, "/x", STORE_WHOLE, 0, &fd).error, JAIL_DENIED);
    assert_int_equal(ask_value(&cell, JAIL_SET_MODE, "/file", 0, 0), JAIL_DENIED);
    assert_int_equal(ask_value(&cell, JAIL_SET_TIME, "/file", 0, 0), JAIL_DENIED);
    assert_int_equal(ask(&cell, JAIL_LIST_OPEN, "/"), JAIL_DENIED);
    expect_file("/file", "x");
    assert_int_equal(cell_end(&cell), 0);
}

/* Requests that our own NET never sends: each ends JAIL, and settles its upload before. */
static struct {
    const char *name;
    uint32_t type, from_length;
    int64_t value;
    uint32_t how, format;
    size_t size; /* 0: as the text makes it */
    const char *text;
    size_t text_size;
} lies[] = {
    { "no type", 0, 0, 0, 0, 0, 0, "/x", 3 },
    { "a type beyond the table", 99, 0, 0, 0, 0, 0, "/x", 3 },
    { "a relative path", JAIL_STAT, 0, 0, 0, 0, 0, "x", 2 },
    { "an empty path", JAIL_STAT, 0, 0, 0, 0, 0, "", 1 },
    { "dots", JAIL_STAT, 0, 0, 0, 0, 0, "/../x", 6 },
    { "a dot", JAIL_DELETE, 0, 0, 0, 0, 0, "/a/.", 5 },
    { "a slash at the end", JAIL_STAT, 0, 0, 0, 0, 0, "/a/", 4 },
    { "two slashes", JAIL_STAT, 0, 0, 0, 0, 0, "//a", 4 },
    { "no NUL", JAIL_STAT, 0, 0, 0, 0, 0, "/abc", 4 },
    { "a NUL within", JAIL_STAT, 0, 0, 0, 0, 0, "/a\0b", 5 },
    { "no text", JAIL_STAT, 0, 0, 0, 0, 0, "", 0 },
    { "a head alone", JAIL_STAT, 0, 0, 0, 0, sizeof(struct message_head), "", 0 },
    { "less than a head", JAIL_STAT, 0, 0, 0, 0, 3, "", 0 },
    { "a settle too short", JAIL_STORE_SETTLE, 0, 0, 0, 0, sizeof(struct jail_settle) - 1, "", 0 },
    { "a page with a tail", JAIL_LIST_NEXT, 0, 0, 0, 0, sizeof(struct message_head) + 1, "", 0 },
    { "a mode beyond 0777", JAIL_SET_MODE, 0, 01000, 0, 0, 0, "/x", 3 },
    { "a umask beyond 0777", JAIL_UMASK, 0, 01000, 0, 0, 0, "/", 2 },
    { "no way to store", JAIL_STORE_CHECK, 0, 0, 0, 0, 0, "/x", 3 },
    { "a way to store that is none", JAIL_STORE_CHECK, 0, 0, 9, 0, 0, "/x", 3 },
    { "a second upload", JAIL_STORE_CREATE, 0, 0, STORE_WHOLE, 0, 0, "/x", 3 },
    { "a listing that is none", JAIL_LIST_OPEN, 0, 0, 0, 9, 0, "/", 2 },
    { "from too long", JAIL_RENAME, 6, 0, 0, 0, 0, "/a\0/b", 6 },
    { "from too short", JAIL_RENAME, 1, 0, 0, 0, 0, "/a\0/b", 6 },
    { "from far too long", JAIL_RENAME, UINT32_MAX, 0, 0, 0, 0, "/a\0/b", 6 },
    { "no to", JAIL_RENAME, 2, 0, 0, 0, 0, "/a", 3 },
    { "three names", JAIL_RENAME, 2, 0, 0, 0, 0, "/a\0/b\0/c", 9 },
    { "to is relative", JAIL_RENAME, 2, 0, 0, 0, 0, "/a\0b", 5 },
    { "to without NUL", JAIL_RENAME, 2, 0, 0, 0, 0, "/a\0/b", 5 },
};

static size_t build_lie(size_t i, void *message)
{
    memset(message, 0, sizeof(struct jail_rename));
    struct message_head *head = message;
    head->type = lies[i].type;
    size_t text_at = offsetof(struct jail_path, path);
    if (lies[i].type == JAIL_RENAME) {
        struct jail_rename *ask = message;
        ask->from_length = lies[i].from_length;
        text_at = offsetof(struct jail_rename, paths);
    } else {
        struct jail_path *ask = message;
        ask->value = lies[i].value;
        ask->how = lies[i].how;
        ask->format = lies[i].format;
    }
    memcpy((char *)message + text_at, lies[i].text, lies[i].text_size);
    return lies[i].size ? lies[i].size : text_at + lies[i].text_size;
}

static void a_broken_border_ends_jail(void **state)
{
    (void)state;
    need_root();
    static struct jail_rename message;
    for (size_t i = 0; i < COUNT(lies); i++) {
        struct cell cell = cell_start(&all_allowed);
        make_file("/file", "old");
        close(begin_file(&cell, "/file", STORE_WHOLE, 0, "half"));
        const size_t size = build_lie(i, &message);
        assert_int_equal(channel_send(cell.channel, &message, size, 0), 0);
        struct jail_answer answer;
        const ssize_t n = channel_receive(cell.channel, &answer, sizeof answer, 0);
        const int status = cell_end(&cell);
        if (n != 0 || !WIFEXITED(status) || WEXITSTATUS(status) != EX_SOFTWARE)
            fail_msg("case %zu: %s: answered by %zd bytes, status %x", i, lies[i].name, n, status);
        expect_file("/file", "old");
        assert_true(exists(hidden_path("file"))); /* settled: law U3 */
    }
}

static void a_message_larger_than_any_ends_jail(void **state)
{
    (void)state;
    need_root();
    static char message[sizeof(struct jail_rename) + 64] = { JAIL_STAT };
    struct cell cell = cell_start(&all_allowed);
    assert_int_equal(channel_send(cell.channel, message, sizeof message, 0), 0);
    const int status = cell_end(&cell);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == EX_SOFTWARE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        JAIL_TEST(a_path_never_leads_out_of_the_root),
        JAIL_TEST(stat_tells_the_facts),
        JAIL_TEST(names_are_bytes),
        JAIL_TEST(paths_may_be_longer_than_path_max),
        JAIL_TEST(n5_only_regular_files_are_opened),
        JAIL_TEST(reading_begins_at_the_offset_and_can_only_read),
        JAIL_TEST(directories_are_entered_made_and_removed),
        JAIL_TEST(renaming_keeps_to_the_names),
        JAIL_TEST(modes_and_times_are_set),
        JAIL_TEST(the_umask_is_told_and_changed),
        JAIL_TEST(nothing_is_done_without_its_right),
        JAIL_TEST(a_broken_border_ends_jail),
        JAIL_TEST(a_message_larger_than_any_ends_jail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
