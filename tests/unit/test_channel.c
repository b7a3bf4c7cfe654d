/* SPDX-License-Identifier: BSD-2-Clause */
/* test_channel.c - what channel.h and log.h promise, over real socketpairs. */
#include "daemon/ipc/channel.h"

#include "common/text.h"
#include "daemon/ipc/log.h"
#include "daemon/ipc/master_channel.h"
#include "tests/unit/expect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

struct pair {
    int ends[2];
    int open_before; /* descriptors of this process: none may be left */
};

static int open_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static int set_up(void **state)
{
    struct pair *pair = malloc(sizeof *pair);
    *state = pair;
    if (!pair)
        return -1;
    pair->open_before = open_descriptors();
    return channel_pair(pair->ends, sizeof(struct message_head));
}

static int tear_down(void **state)
{
    struct pair *pair = *state;
    for (size_t i = 0; i < 2; i++) {
        if (pair->ends[i] >= 0)
            close(pair->ends[i]);
    }
    const int leaked = open_descriptors() - pair->open_before;
    free(pair);
    return leaked;
}

static void hang_up(struct pair *pair, size_t end)
{
    close(pair->ends[end]);
    pair->ends[end] = -1;
}

static int inode_of(int fd, struct stat *seen)
{
    return fstat(fd, seen);
}

static void a_message_is_one_datagram(void **state)
{
    const struct pair *pair = *state;
    char got[16];
    assert_int_equal(channel_send(pair->ends[0], "one", 3, 0), 0);
    assert_int_equal(channel_send_fd(pair->ends[0], "three", 5, -1, 0), 0);
    assert_int_equal(channel_receive(pair->ends[1], got, sizeof got, 0), 3);
    assert_memory_equal(got, "one", 3);
    int fd = 77;
    assert_int_equal(channel_receive_fd(pair->ends[1], got, sizeof got, &fd, 0), 5);
    assert_memory_equal(got, "three", 5);
    assert_int_equal(fd, -1);
    assert_int_equal(channel_receive(pair->ends[1], got, sizeof got, MSG_DONTWAIT), -EAGAIN);
    assert_int_equal(channel_receive_fd(pair->ends[1], got, sizeof got, &fd, MSG_DONTWAIT),
                     -EAGAIN);
}

static void the_ends_are_closed_on_exec(void **state)
{
    const struct pair *pair = *state;
    assert_true(fcntl(pair->ends[0], F_GETFD) & FD_CLOEXEC);
    assert_true(fcntl(pair->ends[1], F_GETFD) & FD_CLOEXEC);
}

static void a_descriptor_travels_with_its_message(void **state)
{
    const struct pair *pair = *state;
    struct stat sent, came;
    char got[8];
    int fd = -1;
    const int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(file >= 0);
    assert_int_equal(inode_of(file, &sent), 0);
    assert_int_equal(channel_send_fd(pair->ends[0], "take", 4, file, 0), 0);
    assert_int_equal(close(file), 0); /* it was still ours */
    assert_int_equal(channel_receive_fd(pair->ends[1], got, sizeof got, &fd, 0), 4);
    assert_true(fd >= 0);
    assert_int_equal(inode_of(fd, &came), 0);
    assert_true(sent.st_ino == came.st_ino && sent.st_dev == came.st_dev);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    close(fd);
}

static void recv_drops_a_descriptor(void **state)
{
    const struct pair *pair = *state;
    char got[8];
    assert_int_equal(channel_send_fd(pair->ends[0], "take", 4, STDERR_FILENO, 0), 0);
    assert_int_equal(channel_receive(pair->ends[1], got, sizeof got, 0), 4);
} /* tear_down counts the descriptors */

static int send_two_descriptors(int channel)
{
    const int fds[2] = { STDOUT_FILENO, STDERR_FILENO };
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof fds)];
    } control = { .bytes = { 0 } };
    struct iovec bytes = { .iov_base = (char[]){ "two" }, .iov_len = 3 };
    const struct msghdr header = { .msg_iov = &bytes,
                                   .msg_iovlen = 1,
                                   .msg_control = &control,
                                   .msg_controllen = sizeof control };
    control.head.cmsg_len = CMSG_LEN(sizeof fds);
    control.head.cmsg_level = SOL_SOCKET;
    control.head.cmsg_type = SCM_RIGHTS;
    memcpy(CMSG_DATA(&control.head), fds, sizeof fds);
    return sendmsg(channel, &header, 0) == 3 ? 0 : -errno;
}

static void two_descriptors_are_refused_and_closed(void **state)
{
    const struct pair *pair = *state;
    char got[8];
    int fd = 77;
    assert_int_equal(send_two_descriptors(pair->ends[0]), 0);
    assert_int_equal(channel_receive_fd(pair->ends[1], got, sizeof got, &fd, 0), -EBADMSG);
    assert_int_equal(fd, -1);
}

static void as_many_descriptors_come_as_may_in_their_order(void **state)
{
    const struct pair *pair = *state;
    const int sent[3] = { STDIN_FILENO, pair->ends[0], STDERR_FILENO };
    struct stat before, after;
    int came[3];
    size_t count;
    char got[8];
    assert_int_equal(channel_send_fds(pair->ends[0], "three", 5, sent, 3, 0), 0);
    assert_int_equal(channel_receive_fds(pair->ends[1], got, sizeof got, came, 3, &count, 0), 5);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(inode_of(sent[i], &before), 0);
        assert_int_equal(inode_of(came[i], &after), 0);
        assert_true(before.st_ino == after.st_ino && (fcntl(came[i], F_GETFD) & FD_CLOEXEC));
        close(came[i]);
    }
    int two[2], four[4];
    assert_int_equal(channel_send_fds(pair->ends[0], "three", 5, sent, 3, 0), 0);
    assert_int_equal(channel_receive_fds(pair->ends[1], got, sizeof got, two, 2, &count, 0),
                     -EBADMSG);
    assert_true(two[0] == -1 && two[1] == -1 && count == 0);
    assert_int_equal(channel_send_fds(pair->ends[0], "three", 5, sent, 3, 0), 0);
    assert_int_equal(channel_receive_fds(pair->ends[1], got, sizeof got, four, 4, &count, 0), 5);
    assert_true(count == 3 && four[2] >= 0 && four[3] == -1);
    for (size_t i = 0; i < 3; i++)
        close(four[i]);
    assert_int_equal(channel_send_fds(pair->ends[0], "many", 4, sent, HALF_FDS_MAX + 1, 0),
                     -EINVAL);
    assert_int_equal(
        channel_receive_fds(pair->ends[1], got, sizeof got, came, HALF_FDS_MAX + 1, &count, 0),
        -EINVAL);
}

static void the_master_is_read_before_any_cell(void **state)
{
    static int master, cell; /* what the events point to */
    const struct epoll_event from_master = { .data.ptr = &master },
                             from_cell = { .data.ptr = &cell };
    const struct epoll_event both[] = { from_cell, from_master },
                             cells[] = { from_cell, from_cell };
    (void)state;
    assert_int_equal(master_channel_due(&from_master, 1, 8, &master), MASTER_READ_ONE);
    assert_int_equal(master_channel_due(both, 2, 8, &master), MASTER_READ_ALL);
    assert_int_equal(master_channel_due(cells, 2, 8, &master), MASTER_SENT_NOTHING);
    /* it may have had no room */
    assert_int_equal(master_channel_due(cells, 2, 2, &master), MASTER_READ_ALL);
    assert_int_equal(master_channel_due(cells, 0, 8, &master), MASTER_SENT_NOTHING);
    assert_int_equal(master_channel_due(cells, -1, 8, &master), MASTER_SENT_NOTHING); /* EINTR */
}

static void other_control_data_is_refused(void **state)
{
    const struct pair *pair = *state;
    const int on = 1;
    char got[8];
    int fd = 77;
    assert_int_equal(setsockopt(pair->ends[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on), 0);
    assert_int_equal(channel_send(pair->ends[0], "who", 3, 0), 0);
    assert_int_equal(channel_receive_fd(pair->ends[1], got, sizeof got, &fd, 0), -EBADMSG);
    assert_int_equal(fd, -1);
}

/* A receiver at its limit gets the message without its descriptor: no message at all. */
static void a_descriptor_lost_at_the_limit_is_a_bad_message(void **state)
{
    const struct pair *pair = *state;
    struct rlimit before, tight;
    char got[8];
    int fd = 77;
    assert_int_equal(channel_send_fd(pair->ends[0], "take", 4, STDERR_FILENO, 0), 0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    tight = before;
    tight.rlim_cur = 3; /* 0 to 2 are taken */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
    const ssize_t result = channel_receive_fd(pair->ends[1], got, sizeof got, &fd, 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(result, -EBADMSG);
    assert_int_equal(fd, -1);
}

static void a_message_larger_than_its_room_is_refused(void **state)
{
    const struct pair *pair = *state;
    char got[4];
    int fd = 77;
    assert_int_equal(channel_send(pair->ends[0], "12345", 5, 0), 0);
    assert_int_equal(channel_receive(pair->ends[1], got, sizeof got, 0), -EMSGSIZE);
    assert_int_equal(channel_send_fd(pair->ends[0], "12345", 5, STDERR_FILENO, 0), 0);
    assert_int_equal(channel_receive_fd(pair->ends[1], got, sizeof got, &fd, 0), -EMSGSIZE);
    assert_int_equal(fd, -1);
    assert_int_equal(channel_send(pair->ends[0], "1234", 4, 0), 0);
    assert_int_equal(channel_receive(pair->ends[1], got, sizeof got, 0), 4);
}

static void the_end_of_file_is_0_after_what_was_sent(void **state)
{
    struct pair *pair = *state;
    char got[8];
    int fd = 77;
    assert_int_equal(channel_send(pair->ends[0], "last", 4, 0), 0);
    hang_up(pair, 0);
    assert_int_equal(channel_receive_fd(pair->ends[1], got, sizeof got, &fd, 0), 4);
    assert_int_equal(channel_receive_fd(pair->ends[1], got, sizeof got, &fd, 0), 0);
    assert_int_equal(fd, -1);
    assert_int_equal(channel_receive(pair->ends[1], got, sizeof got, 0), 0);
    assert_int_equal(channel_send(pair->ends[1], "x", 1, 0), -EPIPE); /* and no SIGPIPE */
    assert_int_equal(channel_send_fd(pair->ends[1], "x", 1, STDERR_FILENO, 0), -EPIPE);
}

/* The other end closed without reading ours: what it said still arrives, then the end of file. */
static void unread_messages_do_not_hide_the_last_words(void **state)
{
    struct pair *pair = *state;
    char got[8];
    int fd;
    assert_int_equal(channel_send(pair->ends[1], "unread", 6, 0), 0);
    assert_int_equal(channel_send(pair->ends[0], "last", 4, 0), 0);
    hang_up(pair, 0);
    assert_int_equal(channel_receive_fd(pair->ends[1], got, sizeof got, &fd, 0), 4);
    assert_int_equal(channel_receive(pair->ends[1], got, sizeof got, 0), 0);
}

static void an_empty_datagram_with_a_descriptor_is_refused(void **state)
{
    const struct pair *pair = *state;
    char got[8];
    int fd = 77;
    assert_int_equal(channel_send_fd(pair->ends[0], "", 0, STDERR_FILENO, 0), 0);
    assert_int_equal(channel_receive_fd(pair->ends[1], got, sizeof got, &fd, 0), -EBADMSG);
    assert_int_equal(fd, -1);
}

static void a_full_channel_says_so(void **state)
{
    const struct pair *pair = *state;
    char bytes[1024] = { 0 };
    int error = 0;
    for (size_t i = 0; i < 100000 && error == 0; i++)
        error = channel_send(pair->ends[0], bytes, sizeof bytes, MSG_DONTWAIT);
    assert_int_equal(error, -EAGAIN);
    assert_int_equal(channel_send_fd(pair->ends[0], bytes, sizeof bytes, -1, MSG_DONTWAIT),
                     -EAGAIN);
}

static void a_pair_carries_its_largest_datagram(void **state)
{
    enum { ROOM = PAGE_ROOM + 64 };
    int ends[2];
    char *page = calloc(1, ROOM);
    (void)state;
    assert_non_null(page);
    assert_int_equal(channel_pair(ends, ROOM), 0);
    assert_int_equal(channel_send(ends[0], page, ROOM, MSG_DONTWAIT), 0);
    assert_int_equal(channel_receive(ends[1], page, ROOM, MSG_DONTWAIT), ROOM);
    assert_int_equal(channel_send(ends[1], page, ROOM, MSG_DONTWAIT), 0);
    free(page);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(channel_pair(ends, SIZE_MAX), -EMSGSIZE);
}

/* --- border_check ------------------------------------------------------- */

enum { ASK_PLAIN = 1, ASK_TEXT = 2, ASK_FD = 4 };
enum { BEFORE = 1, AFTER = 2 };

struct ask_plain {
    struct message_head head;
    uint32_t number[2];
};

struct ask_text {
    struct message_head head;
    char text[8];
};

static const struct border_row table[] = {
    [ASK_PLAIN] = { "plain", sizeof(struct ask_plain), 0, BEFORE | AFTER, 0 },
    [ASK_TEXT] = { "text", sizeof(struct ask_text), offsetof(struct ask_text, text), AFTER, 0 },
    [ASK_FD] = { "fd", sizeof(struct message_head), 0, AFTER, 1 },
};

static void every_fault_of_a_message_is_found(void **state)
{
    enum { HEAD = sizeof(struct message_head) };
    static const struct {
        uint32_t type;
        const char *body;
        size_t n;
        unsigned phase;
        int fd;
        enum border_fault wanted;
    } cases[] = {
        { ASK_PLAIN, "", HEAD + 8, BEFORE, -1, BORDER_FINE },
        { ASK_PLAIN, "", HEAD + 8, AFTER, -1, BORDER_FINE },
        { ASK_TEXT, "abc", HEAD + 4, AFTER, -1, BORDER_FINE },
        { ASK_TEXT, "", HEAD + 1, AFTER, -1, BORDER_FINE },
        { ASK_TEXT, "1234567", HEAD + 8, AFTER, -1, BORDER_FINE },
        { ASK_FD, "", HEAD, AFTER, 0, BORDER_FINE },
        { ASK_PLAIN, "", 0, BEFORE, -1, BORDER_SHORT },
        { ASK_PLAIN, "", HEAD - 1, BEFORE, -1, BORDER_SHORT },
        { 0, "", HEAD, BEFORE, -1, BORDER_TYPE },
        { 3, "", HEAD, BEFORE, -1, BORDER_TYPE }, /* a hole in the table */
        { 5, "", HEAD, BEFORE, -1, BORDER_TYPE },
        { UINT32_MAX, "", HEAD, BEFORE, -1, BORDER_TYPE },
        { ASK_PLAIN, "", HEAD, BEFORE, -1, BORDER_SIZE },
        { ASK_PLAIN, "", HEAD + 7, BEFORE, -1, BORDER_SIZE },
        { ASK_PLAIN, "", HEAD + 9, BEFORE, -1, BORDER_SIZE },
        { ASK_TEXT, "", HEAD, AFTER, -1, BORDER_SIZE },
        { ASK_TEXT, "12345678", HEAD + 9, AFTER, -1, BORDER_SIZE },
        { ASK_TEXT, "abc", HEAD + 4, BEFORE, -1, BORDER_PHASE },
        { ASK_PLAIN, "", HEAD + 8, 0, -1, BORDER_PHASE },
        { ASK_PLAIN, "", HEAD + 8, BEFORE, 0, BORDER_FD },
        { ASK_FD, "", HEAD, AFTER, -1, BORDER_FD },
        { ASK_TEXT, "abc", HEAD + 3, AFTER, -1, BORDER_TEXT },
        { ASK_TEXT, "ab\0c", HEAD + 5, AFTER, -1, BORDER_TEXT },
        { ASK_TEXT, "ab\0\0", HEAD + 4, AFTER, -1, BORDER_TEXT },
        { ASK_TEXT, "12345678", HEAD + 8, AFTER, -1, BORDER_TEXT },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char message[32] = { 0 };
        const struct message_head head = { .type = cases[i].type };
        memcpy(message, &head, sizeof head);
        memcpy(message + HEAD, cases[i].body, strlen(cases[i].body));
        /* behind an early NUL */
        if (cases[i].n == HEAD + 5)
            message[HEAD + 3] = 'c';
        expect_case(i,
                    border_check(table, COUNT(table), message, cases[i].n, cases[i].phase,
                                 cases[i].fd >= 0),
                    cases[i].wanted);
    }
}

static void every_fault_has_its_words(void **state)
{
    (void)state;
    for (enum border_fault fault = BORDER_FINE; fault <= BORDER_TEXT; fault++) {
        for (enum border_fault other = BORDER_FINE; other < fault; other++)
            expect_case(fault, strcmp(border_fault_text(fault), border_fault_text(other)) != 0, 1);
    }
    assert_int_equal(message_size(24, "abc"), 28);
}

/* --- notes -------------------------------------------------------------- */

static void expect_note(int channel, uint64_t cell, enum log_level level, const char *text)
{
    struct scribe_note note;
    const ssize_t n = channel_receive(channel, &note, sizeof note, MSG_DONTWAIT);
    assert_int_equal(n, message_size(offsetof(struct scribe_note, text), text));
    assert_int_equal(note.head.type, SCRIBE_NOTE);
    assert_int_equal(note.cell, cell);
    assert_int_equal(note.level, level);
    assert_string_equal(note.text, text);
}

static void notes_go_to_the_scribe_by_level(void **state)
{
    const struct pair *pair = *state;
    char got[4];
    log_open(pair->ends[0], LOG_LEVEL_INFO);
    log_note(LOG_LEVEL_INFO, "number %d", 7);
    expect_note(pair->ends[1], 0, LOG_LEVEL_INFO, "number 7");
    log_cell(9, LOG_LEVEL_ERROR, "%s", "cell");
    expect_note(pair->ends[1], 9, LOG_LEVEL_ERROR, "cell");
    log_note(LOG_LEVEL_DEBUG, "too fine");
    assert_int_equal(channel_receive(pair->ends[1], got, sizeof got, MSG_DONTWAIT), -EAGAIN);
    log_open(-1, LOG_LEVEL_INFO);
}

static void long_notes_are_cut(void **state)
{
    const struct pair *pair = *state;
    struct scribe_note note;
    log_open(pair->ends[0], LOG_LEVEL_INFO);
    log_note(LOG_LEVEL_INFO, "%0*d", 2 * NOTE_ROOM, 7);
    assert_int_equal(channel_receive(pair->ends[1], &note, sizeof note, MSG_DONTWAIT), sizeof note);
    assert_int_equal(strlen(note.text), NOTE_ROOM - 1);
    log_open(-1, LOG_LEVEL_INFO);
}

/* A scribe that does not read delays no process, and learns how many notes it missed. */
static void lost_notes_are_counted(void **state)
{
    const struct pair *pair = *state;
    struct scribe_note note;
    log_open(pair->ends[0], LOG_LEVEL_INFO);
    for (int i = 0; i < 5000; i++)
        log_note(LOG_LEVEL_INFO, "note %d", i);
    int read = 0;
    while (channel_receive(pair->ends[1], &note, sizeof note, MSG_DONTWAIT) > 0)
        read++;
    assert_true(read > 0 && read < 5000);
    log_note(LOG_LEVEL_INFO, "after");
    char wanted[64];
    (void)text_format(wanted, sizeof wanted, "%d records were lost before this one", 5000 - read);
    expect_note(pair->ends[1], 0, LOG_LEVEL_WARNING, wanted);
    expect_note(pair->ends[1], 0, LOG_LEVEL_INFO, "after");
    log_open(-1, LOG_LEVEL_INFO);
}

static void dying_tells_the_scribe_and_ends(void **state)
{
    const struct pair *pair = *state;
    const pid_t child = fork();
    if (child == 0) {
        log_open(pair->ends[0], LOG_LEVEL_ERROR);
        die("bug %d", 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), EX_SOFTWARE);
    expect_note(pair->ends[1], 0, LOG_LEVEL_ERROR, "bug 1");
}

/* In a child, as it is for good; 0: all as promised. */
static int log_confined_without_scribe(const struct pair *pair)
{
    static const char wanted[] = "2 records were lost before this one";
    struct scribe_note note;
    int next[2], error[2];
    char byte;
    if (pipe2(error, O_CLOEXEC | O_NONBLOCK) != 0 || dup2(error[1], STDERR_FILENO) < 0 ||
        channel_pair(next, sizeof note) != 0)
        return 1;
    log_open(pair->ends[0], LOG_LEVEL_INFO);
    log_confined();
    log_note(LOG_LEVEL_INFO, "nobody");
    log_note(LOG_LEVEL_INFO, "hears");
    log_open(next[0], LOG_LEVEL_INFO);
    log_note(LOG_LEVEL_INFO, "this");
    if (read(error[0], &byte, 1) != -1)
        return 2;
    if (channel_receive(next[1], &note, sizeof note, MSG_DONTWAIT) <= 0 ||
        strcmp(note.text, wanted) != 0)
        return 3;
    if (channel_receive(next[1], &note, sizeof note, MSG_DONTWAIT) <= 0 ||
        strcmp(note.text, "this") != 0)
        return 4;
    return 0;
}

static void confined_notes_wait_for_the_next_scribe(void **state)
{
    struct pair *pair = *state;
    hang_up(pair, 1); /* the scribe is gone */
    const pid_t child = fork();
    if (child == 0)
        _exit(log_confined_without_scribe(pair));
    int status = 1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void without_a_scribe_notes_go_to_standard_error(void **state)
{
    int pipe_ends[2];
    char got[256];
    (void)state;
    assert_int_equal(pipe2(pipe_ends, O_CLOEXEC), 0);
    const pid_t child = fork();
    if (child == 0) {
        if (dup2(pipe_ends[1], STDERR_FILENO) < 0)
            _exit(1);
        log_open(-1, LOG_LEVEL_INFO);
        log_note(LOG_LEVEL_INFO, "forged\n%s", "line");
        _exit(0);
    }
    close(pipe_ends[1]);
    const ssize_t n = read(pipe_ends[0], got, sizeof got - 1);
    close(pipe_ends[0]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(n > 0);
    got[n] = '\0';
    assert_string_equal(got, "wardftpd: info: forged\\x0aline\n");
}

#define with_pair(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pair(a_message_is_one_datagram),
        with_pair(the_ends_are_closed_on_exec),
        with_pair(a_descriptor_travels_with_its_message),
        with_pair(recv_drops_a_descriptor),
        with_pair(two_descriptors_are_refused_and_closed),
        with_pair(as_many_descriptors_come_as_may_in_their_order),
        with_pair(other_control_data_is_refused),
        cmocka_unit_test(the_master_is_read_before_any_cell),
        with_pair(a_descriptor_lost_at_the_limit_is_a_bad_message),
        with_pair(a_message_larger_than_its_room_is_refused),
        with_pair(the_end_of_file_is_0_after_what_was_sent),
        with_pair(unread_messages_do_not_hide_the_last_words),
        with_pair(an_empty_datagram_with_a_descriptor_is_refused),
        with_pair(a_full_channel_says_so),
        cmocka_unit_test(a_pair_carries_its_largest_datagram),
        cmocka_unit_test(every_fault_of_a_message_is_found),
        cmocka_unit_test(every_fault_has_its_words),
        with_pair(notes_go_to_the_scribe_by_level),
        with_pair(long_notes_are_cut),
        with_pair(lost_notes_are_counted),
        with_pair(dying_tells_the_scribe_and_ends),
        with_pair(confined_notes_wait_for_the_next_scribe),
        cmocka_unit_test(without_a_scribe_notes_go_to_standard_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
