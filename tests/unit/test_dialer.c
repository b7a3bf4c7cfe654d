/* SPDX-License-Identifier: BSD-2-Clause */
/* test_dialer.c - what the dialer's sockets let through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/addr.h"
#include "daemon/dialer/dialer.h"
#include "daemon/dialer/given.h"

#include <errno.h>
#include <linux/filter.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct port_range range = { .first = 20000, .last = 28999 };

static struct sockaddr_storage host(const char *text)
{
    struct sockaddr_storage address;
    assert_true(addr_parse_host(text, &address));
    return address;
}

/* Some kernels let only CAP_NET_ADMIN filter a socket. */
static void need_filters(void)
{
    const struct sockaddr_storage peer = host("127.0.0.2");
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    const int error = peer_filter(fd, &peer);
    close(fd);
    if (error != -EPERM || geteuid() == 0)
        return;
    print_message("skipped: this kernel lets no unprivileged process filter a socket\n");
    skip();
}

static void expect_locked_filter(int fd)
{
    int locked = 0;
    socklen_t size = sizeof locked, instructions = 0;
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &locked, &size), 0);
    assert_int_equal(locked, 1);
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, NULL, &instructions), 0);
    assert_int_equal(instructions, 4);
    assert_int_not_equal(setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &locked, sizeof locked), 0);
}

static void i12_both_kinds_of_sockets_have_a_locked_filter(void **state)
{
    const struct sockaddr_storage local = host("127.0.0.1"), peer = host("127.0.0.2");
    uint16_t port = 0;
    (void)state;
    need_filters();
    const int passive = passive_listen(&local, &peer, range, &port);
    assert_true(passive >= 0);
    expect_locked_filter(passive);
    const int active = active_connect(&local, &peer, 50000, false);
    assert_true(active >= 0);
    expect_locked_filter(active);
    close(passive);
    close(active);
}

/* A listener of the test's own; *port is what it got. */
static int listen_as(const char *address, uint16_t *port)
{
    struct sockaddr_storage local = host(address);
    socklen_t size = sizeof local;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0 && bind(fd, (const struct sockaddr *)&local, addr_size(&local)) == 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&local, &size), 0);
    *port = addr_port(&local);
    return fd;
}

static void an_active_socket_connects_to_the_peer(void **state)
{
    const struct sockaddr_storage local = host("127.0.0.1"), peer = host("127.0.0.2");
    uint16_t port = 0;
    (void)state;
    const int listener = listen_as("127.0.0.2", &port);
    struct pollfd active = { .fd = active_connect(&local, &peer, port, false), .events = POLLOUT };
    assert_true(active.fd >= 0);
    assert_int_equal(poll(&active, 1, 10000), 1);
    assert_int_equal(active.revents, POLLOUT);
    close(active.fd);
    close(listener);
}

/* What a taken NET could do with it, were its filter of system calls not there. */
static void a_socket_that_is_turned_elsewhere_gets_no_answer(void **state)
{
    const struct sockaddr_storage local = host("127.0.0.1"), peer = host("127.0.0.2");
    const struct sockaddr none = { .sa_family = AF_UNSPEC };
    struct sockaddr_storage other = host("127.0.0.3");
    uint16_t port = 0;
    (void)state;
    need_filters();
    const int listener = listen_as("127.0.0.3", &port);
    struct pollfd active = { .fd = active_connect(&local, &peer, port, false), .events = POLLOUT };
    addr_set_port(&other, port);
    assert_int_equal(connect(active.fd, &none, sizeof none), 0);
    assert_true(connect(active.fd, (const struct sockaddr *)&other, addr_size(&other)) != 0);
    assert_int_equal(errno, EINPROGRESS);
    assert_int_equal(poll(&active, 1, 300), 0); /* on loopback an answer would be here at once */
    close(active.fd);
    close(listener);
}

static bool never(const void *context, uint16_t port, uint64_t turn)
{
    (void)context;
    (void)port;
    (void)turn;
    return false;
}

static bool always(const void *context, uint16_t port, uint64_t turn)
{
    return !never(context, port, turn);
}

static void a_port_counts_until_it_can_be_listened_on_again(void **state)
{
    const struct sockaddr_storage local = host("127.0.0.1"), peer = host("127.0.0.2");
    struct given given = { .count = 0 };
    int fds[GIVEN_MAX];
    uint16_t ports[GIVEN_MAX];
    (void)state;
    for (uint64_t i = 0; i < GIVEN_MAX; i++) {
        fds[i] = passive_listen(&local, &peer, range, &ports[i]);
        assert_true(fds[i] >= 0);
        given_add(&given, ports[i], i + 1);
    }
    given_sweep(&given, &local, &peer, never, NULL);
    assert_int_equal(given.count, GIVEN_MAX);
    close(fds[1]);
    given_sweep(&given, &local, &peer, never, NULL);
    assert_int_equal(given.count, GIVEN_MAX - 1);
    assert_int_equal(given_turn(&given, ports[0]), 1);
    assert_int_equal(given_turn(&given, ports[2]), 3);
    given_sweep(&given, &local, &peer, always, NULL); /* others have them now */
    assert_int_equal(given.count, 0);
    for (size_t i = 0; i < GIVEN_MAX; i++) {
        if (i != 1)
            close(fds[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(i12_both_kinds_of_sockets_have_a_locked_filter),
        cmocka_unit_test(an_active_socket_connects_to_the_peer),
        cmocka_unit_test(a_socket_that_is_turned_elsewhere_gets_no_answer),
        cmocka_unit_test(a_port_counts_until_it_can_be_listened_on_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
