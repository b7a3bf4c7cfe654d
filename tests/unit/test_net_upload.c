/* SPDX-License-Identifier: BSD-2-Clause */
/* test_net_upload.c - uploads that are longer than a piece: through a pipe
 * where there is one and the file takes it, else through memory, byte for byte. */
#include "daemon/net/upload.h"

#include "common/text.h"
#include "daemon/protocol/net_jail.h"
#include "tests/unit/expect.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SENT = 3 * 1024 * 1024 + 17 };

struct upload_case {
    const char *name;
    int flags;       /* of the file */
    bool no_pipe;    /* no descriptor is free for one */
    uint64_t room;   /* that the quota gives */
    size_t expected; /* bytes of the file */
    enum outcome outcome;
};

static const struct upload_case cases[] = {
    { "whole", 0, false, UINT64_MAX, SENT, OUTCOME_DONE },
    { "a file that takes no splice", O_APPEND, false, UINT64_MAX, SENT, OUTCOME_DONE },
    { "no pipe", 0, true, UINT64_MAX, SENT, OUTCOME_DONE },
    { "no room, in the first piece", 0, false, 1000, 1000, OUTCOME_FILE },
    { "no room, in the pipe", 0, false, 1000 * 1000, 1000 * 1000, OUTCOME_FILE },
    { "no room, in a pipe emptied by hand", O_APPEND, false, 1000 * 1000, 1000 * 1000,
      OUTCOME_FILE },
};

static char byte_at(size_t i)
{
    return (char)(i * 2654435761U >> 13);
}

/* The client, in a process of its own; what it can't send it leaves. */
static pid_t send_all(const int pair[2], const char *bytes)
{
    const pid_t pid = fork();
    if (pid != 0)
        return pid;
    close(pair[0]);
    for (size_t at = 0; at < SENT;) {
        const ssize_t n = send(pair[1], bytes + at, SENT - at, MSG_NOSIGNAL);
        if (n <= 0)
            break;
        at += (size_t)n;
    }
    _exit(0);
}

static struct session *open_session(int control, int data, uint64_t room)
{
    struct session *s = calloc(1, sizeof *s);
    assert_non_null(s);
    stream_plain(&s->control, control);
    stream_plain(&s->data.stream, data);
    s->master = s->jail = -1;
    s->type = TYPE_IMAGE;
    s->policy.data_timeout = 30;
    s->transfer = (struct transfer){
        .busy = BUSY_TRANSFER, .kind = TRANSFER_UPLOAD, .left = UINT64_MAX, .room = room
    };
    return s;
}

static void check_file(size_t i, int file, const char *bytes, size_t expected)
{
    char *found = malloc(SENT);
    assert_non_null(found);
    expect_case(i, (uint64_t)lseek(file, 0, SEEK_END), expected);
    expect_case(i, (uint64_t)pread(file, found, SENT, 0), expected);
    assert_memory_equal(found, bytes, expected);
    free(found);
}

/* The limit of descriptors, so that none is free. */
static void take_descriptors(struct rlimit *before)
{
    /* poll(2) wants as many as it looks at, and 0 to 4 are taken */
    struct rlimit none = { .rlim_cur = 5 };
    assert_int_equal(getrlimit(RLIMIT_NOFILE, before), 0);
    none.rlim_max = before->rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
}

static void run_case(size_t i, const struct upload_case *one, const char *bytes)
{
    int pair[2], control[2];
    uint64_t written = 0;
    struct rlimit before;
    const int file = memfd_create("upload", MFD_CLOEXEC);
    assert_true(file >= 0 && fcntl(file, F_SETFL, one->flags) == 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, control),
                     0);
    const pid_t client = send_all(pair, bytes);
    assert_true(client > 0);
    close(pair[1]);
    assert_int_equal(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
    struct session *s = open_session(control[0], pair[0], one->room);
    if (one->no_pipe)
        take_descriptors(&before);
    expect_case(i, upload(s, file, &written), one->outcome);
    if (one->no_pipe)
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    expect_case(i, written, one->expected);
    if (one->outcome == OUTCOME_FILE)
        expect_case(i, s->transfer.error, JAIL_TOO_LARGE);
    else
        expect_case(i, s->transfer.bytes, SENT);
    stream_close(&s->data.stream);
    stream_close(&s->control);
    close(control[1]);
    free(s);
    assert_int_equal(waitpid(client, NULL, 0), client);
    check_file(i, file, bytes, one->expected);
    close(file);
}

static void i10_uploads_arrive_byte_for_byte(void **state)
{
    char *bytes = malloc(SENT);
    (void)state;
    assert_non_null(bytes);
    for (size_t i = 0; i < SENT; i++)
        bytes[i] = byte_at(i);
    for (size_t i = 0; i < COUNT(cases); i++)
        run_case(i, &cases[i], bytes);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(i10_uploads_arrive_byte_for_byte) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
