/* SPDX-License-Identifier: BSD-2-Clause */
/* jail_cell.h - a JAIL for tests: jail_serve() in a forked child that is a
 * throw-away user in a throw-away root, asked over a socketpair as NET asks.
 * The test itself runs as root and looks at the disk from outside. */
#ifndef TESTS_JAIL_CELL_H
#define TESTS_JAIL_CELL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/protocol/net_jail.h"
#include "daemon/jail/hidden.h"
#include "daemon/jail/parts.h"
#include "daemon/jail/jail.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CELL_UID = 61234, OTHER_UID = 61235 };

struct cell {
    int channel;
    pid_t pid;
    uint32_t serial;
};

static const struct jail_policy all_allowed = { .rights = RIGHTS_ALL,
                                                .umask = 022,
                                                .uploads = UPLOADS_ATOMIC,
                                                .sync_uploads = 1,
                                                .failed_upload_lifetime = 3600,
                                                .file_mode = 0666,
                                                .directory_mode = 0777 };
/* of this test's user */
static char root_path[64];

static inline void in_root(const char *path, char full[PATH_MAX])
{
    assert_true(text_format(full, PATH_MAX, "%s%s", root_path, path));
}

static inline struct cell cell_start_login(const struct jail_policy *policy, uid_t uid,
                                           const char *login)
{
    int ends[2];
    assert_int_equal(channel_pair(ends, sizeof(struct jail_page)), 0);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        static struct jail_who who;
        who.uid = uid;
        who.gid = uid;
        who.policy = *policy;
        who.shares_uid = 1;
        (void)text_copy(who.login, sizeof who.login, login);
        if (close_range((unsigned)ends[1] + 1, ~0U, 0) != 0 ||
            close_range(3, (unsigned)ends[1] - 1, 0) != 0 || chdir(root_path) != 0 ||
            chroot(".") != 0 || setgroups(0, NULL) != 0 || setresgid(uid, uid, uid) != 0 ||
            setresuid(uid, uid, uid) != 0)
            _exit(99);
        jail_serve(ends[1], &who, NULL);
    }
    close(ends[1]);
    return (struct cell){ .channel = ends[0], .pid = pid };
}

static inline struct cell cell_start_as(const struct jail_policy *policy, uid_t uid)
{
    return cell_start_login(policy, uid, uid == CELL_UID ? "user" : "other");
}

static inline struct cell cell_start(const struct jail_policy *policy)
{
    return cell_start_as(policy, CELL_UID);
}

/* Its wait status, after the channel's end. */
static inline int cell_end(struct cell *cell)
{
    int status = -1;
    close(cell->channel);
    assert_int_equal(waitpid(cell->pid, &status, 0), cell->pid);
    return status;
}

static inline void cell_kill(struct cell *cell)
{
    assert_int_equal(kill(cell->pid, SIGKILL), 0);
    (void)cell_end(cell);
}

/* The first page of a listing came with the answer. */
struct first_page {
    size_t n;
    struct jail_page page;
};

static inline struct first_page *first_page(void)
{
    static struct first_page first;
    return &first;
}

static inline void take_answer(struct cell *cell, uint32_t type, struct jail_answer *answer,
                               int *fd)
{
    static struct jail_listing listing;
    int came = -1;
    const ssize_t n = channel_receive_fd(cell->channel, &listing, sizeof listing, &came, 0);
    assert_true(n >= (ssize_t)sizeof *answer);
    *answer = listing.answer;
    first_page()->n = (size_t)n - sizeof *answer;
    assert_int_equal(first_page()->n > 0, type == JAIL_LIST_OPEN && answer->error == 0);
    memcpy(&first_page()->page, &listing.page, first_page()->n);
    assert_int_equal(answer->head.type, type);
    assert_int_equal(answer->head.serial, cell->serial);
    if (fd)
        *fd = came;
    else
        assert_int_equal(came, -1);
}

static inline struct jail_answer ask_full(struct cell *cell, struct jail_path *ask, uint32_t type,
                                          const char *path, int *fd)
{
    struct jail_answer answer;
    ask->head.type = type;
    ask->head.serial = ++cell->serial;
    assert_true(text_copy(ask->path, sizeof ask->path, path));
    assert_int_equal(
        channel_send(cell->channel, ask, message_size(offsetof(struct jail_path, path), path), 0),
        0);
    take_answer(cell, type, &answer, fd);
    return answer;
}

static inline struct jail_path *empty_question(void)
{
    static struct jail_path ask;
    memset(&ask, 0, offsetof(struct jail_path, path));
    return &ask;
}

/* The answer's error to a question that needs a path only. */
static inline uint32_t ask(struct cell *cell, uint32_t type, const char *path)
{
    return ask_full(cell, empty_question(), type, path, NULL).error;
}

/* Likewise to one without any. */
static inline uint32_t ask_head(struct cell *cell, uint32_t type)
{
    const struct message_head question = { type, ++cell->serial };
    struct jail_answer answer;
    assert_int_equal(channel_send(cell->channel, &question, sizeof question, 0), 0);
    take_answer(cell, type, &answer, NULL);
    return answer.error;
}

static inline uint32_t ask_stat(struct cell *cell, const char *path, uint32_t flags,
                                struct jail_file *file)
{
    struct jail_path *question = empty_question();
    question->flags = flags;
    const struct jail_answer answer = ask_full(cell, question, JAIL_STAT, path, NULL);
    *file = answer.file;
    return answer.error;
}

static inline uint32_t ask_read(struct cell *cell, const char *path, uint64_t offset, int *fd)
{
    struct jail_path *question = empty_question();
    question->offset = offset;
    return ask_full(cell, question, JAIL_OPEN_READ, path, fd).error;
}

static inline uint32_t ask_value(struct cell *cell, uint32_t type, const char *path, int64_t value,
                                 uint32_t nanoseconds)
{
    struct jail_path *question = empty_question();
    question->value = value;
    question->nanoseconds = nanoseconds;
    return ask_full(cell, question, type, path, NULL).error;
}

static inline uint32_t ask_store_check(struct cell *cell, const char *path, uint32_t how,
                                       uint64_t offset)
{
    struct jail_path *question = empty_question();
    question->how = how;
    question->offset = offset;
    return ask_full(cell, question, JAIL_STORE_CHECK, path, NULL).error;
}

static inline struct jail_answer ask_store(struct cell *cell, const char *path, uint32_t how,
                                           uint64_t offset, int *fd)
{
    struct jail_path *question = empty_question();
    question->how = how;
    question->offset = offset;
    return ask_full(cell, question, JAIL_STORE_CREATE, path, fd);
}

static inline uint32_t ask_settle(struct cell *cell, enum settle outcome, uint64_t bytes)
{
    struct jail_answer answer;
    const struct jail_settle question = { .head = { JAIL_STORE_SETTLE, ++cell->serial },
                                          .bytes = bytes,
                                          .outcome = outcome };
    assert_int_equal(channel_send(cell->channel, &question, sizeof question, 0), 0);
    take_answer(cell, JAIL_STORE_SETTLE, &answer, NULL);
    return answer.error;
}

static inline uint32_t ask_rename(struct cell *cell, const char *from, const char *to)
{
    static struct jail_rename question;
    struct jail_answer answer;
    const size_t n = strlen(from), size = offsetof(struct jail_rename, paths) + n + strlen(to) + 2;
    question =
        (struct jail_rename){ .head = { JAIL_RENAME, ++cell->serial }, .from_length = (uint32_t)n };
    assert_true(text_copy(question.paths, PATH_ROOM, from));
    assert_true(text_copy(question.paths + n + 1, PATH_ROOM, to));
    assert_int_equal(channel_send(cell->channel, &question, size, 0), 0);
    take_answer(cell, JAIL_RENAME, &answer, NULL);
    return answer.error;
}

static inline void write_all(int fd, const char *text)
{
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

/* A whole upload: what it ended with. */
static inline uint32_t put_file(struct cell *cell, const char *path, const char *text)
{
    int fd;
    const struct jail_answer answer = ask_store(cell, path, STORE_WHOLE, 0, &fd);
    if (answer.error != 0)
        return answer.error;
    write_all(fd, text);
    close(fd);
    return ask_settle(cell, SETTLE_COMPLETE, strlen(text));
}

/* Begins one and leaves it open: the descriptor. */
static inline int begin_file(struct cell *cell, const char *path, uint32_t how, uint64_t offset,
                             const char *text)
{
    int fd;
    const struct jail_answer answer = ask_store(cell, path, how, offset, &fd);
    assert_int_equal(answer.error, 0);
    assert_true(fd >= 0);
    write_all(fd, text);
    return fd;
}

/* From outside, as root. */
static inline void make_file_as(const char *path, const char *text, mode_t mode, uid_t uid)
{
    char full[PATH_MAX];
    in_root(path, full);
    const int fd = open(full, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    write_all(fd, text);
    assert_int_equal(fchown(fd, uid, uid), 0);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static inline void make_file(const char *path, const char *text)
{
    make_file_as(path, text, 0644, CELL_UID);
}

static inline void make_directory(const char *path, mode_t mode, uid_t uid)
{
    char full[PATH_MAX];
    in_root(path, full);
    assert_int_equal(mkdir(full, 0700), 0);
    assert_int_equal(chown(full, uid, uid), 0);
    assert_int_equal(chmod(full, mode), 0);
}

static inline void make_link(const char *target, const char *path)
{
    char full[PATH_MAX];
    in_root(path, full);
    assert_int_equal(symlink(target, full), 0);
}

static inline bool exists(const char *path)
{
    char full[PATH_MAX];
    struct stat about;
    in_root(path, full);
    return lstat(full, &about) == 0;
}

/* Fails where the file does not hold exactly this text; NULL: where it is there at all. */
static inline void expect_file(const char *path, const char *text)
{
    char full[PATH_MAX], seen[4096] = "";
    in_root(path, full);
    const int fd = open(full, O_RDONLY);
    if (!text) {
        assert_int_equal(fd, -1);
        return;
    }
    if (fd < 0)
        fail_msg("%s is not there", path);
    const ssize_t n = read(fd, seen, sizeof seen - 1);
    close(fd);
    assert_true(n >= 0);
    assert_string_equal(seen, text);
}

/* The hidden file of a target in the root: "/.wardftpd-....part". */
static inline const char *hidden_path(const char *name)
{
    static char path[HIDDEN_SIZE + 1];
    path[0] = '/';
    hidden_name(name, path + 1);
    return path;
}

/* Of what a cut upload of "user" over an existing target left. */
static inline const char *part_path(const char *name, enum hidden_state state)
{
    static char path[HIDDEN_SIZE + 1];
    path[0] = '/';
    hidden_part_name(name, "user", state, path + 1);
    return path;
}

static inline void expect_nothing_hidden(void)
{
    char full[PATH_MAX];
    struct dirent *entry;
    in_root("/", full);
    DIR *directory = opendir(full);
    assert_non_null(directory);
    while ((entry = readdir(directory)) != NULL) {
        if (hidden_is(entry->d_name))
            fail_msg("%s was left", entry->d_name);
    }
    closedir(directory);
}

/* As if nothing had been written to it for so long. */
static inline void make_old(const char *path, time_t seconds)
{
    char full[PATH_MAX];
    struct timespec now, times[2] = { { .tv_nsec = UTIME_OMIT } };
    in_root(path, full);
    assert_int_equal(clock_gettime(CLOCK_REALTIME, &now), 0);
    times[1] = (struct timespec){ .tv_sec = now.tv_sec - seconds };
    assert_int_equal(utimensat(AT_FDCWD, full, times, 0), 0);
}

/* cmocka's set-up and tear-down of one test. */
static inline int make_root(void **state)
{
    (void)state;
    if (geteuid() != 0)
        return 0;
    (void)text_copy(root_path, sizeof root_path, "/tmp/wardftpd-jail-XXXXXX");
    (void)umask(022);
    return mkdtemp(root_path) && chmod(root_path, 0755) == 0 &&
                   chown(root_path, CELL_UID, CELL_UID) == 0
               ? 0
               : -1;
}

static inline int remove_one(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about, (void)kind, (void)walk;
    return remove(path);
}

static inline int remove_root(void **state)
{
    (void)state;
    if (geteuid() != 0)
        return 0;
    return nftw(root_path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static inline void need_root(void)
{
    if (geteuid() == 0)
        return;
    print_message("skipped: chroot needs root\n");
    skip();
}

#define JAIL_TEST(function) cmocka_unit_test_setup_teardown(function, make_root, remove_root)

#endif
