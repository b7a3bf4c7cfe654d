/* SPDX-License-Identifier: BSD-2-Clause */
/* link.h - one TCP connection, optionally with TLS; every wait is bounded and can be interrupted.
 *
 * Failures are negative errno values: -ETIMEDOUT, -EINTR (the user wants to stop), -ECANCELED (the
 * watched descriptor became readable), -ECONNRESET and the like, -EPROTO (TLS failed;
 * link->why). */
#ifndef CLIENT_ENGINE_LINK_H
#define CLIENT_ENGINE_LINK_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { LINK_WHY_SIZE = 160 };

struct link {
    int fd;           /* non-blocking; -1: none */
    SSL *ssl;         /* owned; NULL: plain */
    int interrupt_fd; /* -1: none */
    int watch_fd;     /* a wait ends when this is readable; -1: none */
    bool clean_end;   /* the peer closed it properly: FIN, with TLS after close_notify */
    bool has_result;  /* of a read that came after bytes, for the next call */
    int result;
    char why[LINK_WHY_SIZE];
};

void link_init(struct link *link, int fd, int interrupt_fd);

/* Waits until fd is ready for events (POLLIN, POLLOUT): 0, or a failure.  deadline: of now_ms(). */
int wait_ready(int fd, short events, int interrupt_fd, int watch_fd, int64_t deadline);

/* Sleeps, unless interrupted: 0 or -EINTR. */
int wait_pause(int interrupt_fd, int64_t ms);

/* At least one byte, 0 at the end (see clean_end), or a failure; waits up to timeout_ms; -EAGAIN
 * where timeout_ms is 0 and nothing is there. */
ssize_t link_read(struct link *link, void *to, size_t room, int timeout_ms);

/* All n bytes, or a failure; timeout_ms is for each step forward. */
int link_write(struct link *link, const void *bytes, size_t n, int timeout_ms);

/* Some of n bytes, at least one: how many, or a failure. */
int link_write_some(struct link *link, const void *bytes, size_t n, int timeout_ms);

/* Some of the next n bytes of a file, without TLS: how many, 0 at its end, or a failure; -ENOTSUP
 * where they must be read, because the kernel cannot send them, or to learn what is wrong. */
int link_send_file(struct link *link, int fd, size_t n, int timeout_ms);

/* One step of the client's handshake: 0 done, POLLIN or POLLOUT to wait for, or -EPROTO. */
int link_handshake_step(struct link *link);
int link_handshake(struct link *link, int timeout_ms);

/* Sends close_notify, or FIN, and waits for the peer's end, so that nothing sent is lost. */
int link_finish(struct link *link, int timeout_ms);

/* Closes; with reset, by RST.  Takes a closed link. */
void link_close(struct link *link);
void link_reset(struct link *link);

#endif
