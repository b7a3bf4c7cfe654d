/* SPDX-License-Identifier: BSD-2-Clause */
/* notify.c - runs in the master: tells a service manager that the daemon
 * serves, reloads, stops, and is alive.  The messages are lines in a datagram
 * to a socket of the file system, or to an abstract one (@).  It is connected
 * before the master leaves the machine's network, as abstract ones belong to it. */
#include "daemon/master/notify.h"

#include "common/text.h"
#include "daemon/ipc/log.h"
#include "daemon/master/master.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { US_PER_MS = 1000, LINES_ROOM = 160, BEYOND_STOP_MS = 15000 };

struct notify {
    int fd;
    int64_t watchdog_ms; /* between two messages; 0: none is wanted */
    int64_t due_ms;
};

/* A positive number of the environment; 0: there is none. */
static int64_t number_of(const char *name)
{
    const char *text = getenv(name);
    char *end;
    if (!text || *text < '0' || *text > '9')
        return 0;
    errno = 0;
    const long long number = strtoll(text, &end, 10);
    return errno || *end ? 0 : number;
}

static bool fill_address(const char *path, struct sockaddr_un *address, socklen_t *size)
{
    const size_t length = strlen(path);
    if ((path[0] != '/' && path[0] != '@') || !path[1] || length >= sizeof address->sun_path)
        return false;
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, path, length);
    if (path[0] == '@')
        address->sun_path[0] = '\0';
    *size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (path[0] == '/'));
    return true;
}

/* The descriptor, or -1: errno. */
static int connect_to(const char *path)
{
    struct sockaddr_un address;
    socklen_t size;
    if (!fill_address(path, &address, &size)) {
        errno = EINVAL;
        return -1;
    }
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, size) != 0) {
        const int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

/* WATCHDOG_PID is the process that systemd started: this one, or, in the
 * background, the parent that has gone. */
static int64_t watchdog_interval(void)
{
    const int64_t pid = number_of("WATCHDOG_PID");
    return pid && pid != getpid() ? 0 : number_of("WATCHDOG_USEC") / US_PER_MS / 2;
}

struct notify *notify_new(void)
{
    const char *path = getenv("NOTIFY_SOCKET");
    if (!path || !*path)
        return NULL;
    struct notify *notify = calloc(1, sizeof *notify);
    if (!notify)
        return NULL;
    notify->fd = connect_to(path);
    if (notify->fd < 0) {
        log_note(LOG_LEVEL_WARNING, "NOTIFY_SOCKET: %s; the service manager gets no messages",
                 strerror(errno));
        free(notify);
        return NULL;
    }
    notify->watchdog_ms = watchdog_interval();
    return notify;
}

/* Without a reader the message is lost: the daemon never waits for one. */
static void say(const struct master *master, const char *lines)
{
    if (master->notify)
        (void)send(master->notify->fd, lines, strlen(lines), MSG_NOSIGNAL);
}

void notify_ready(const struct master *master)
{
    char lines[LINES_ROOM];
    (void)text_format(lines, sizeof lines, "READY=1\nSTATUS=Serving.\nMAINPID=%ld", (long)getpid());
    say(master, lines);
}

void notify_reloading(const struct master *master)
{
    struct timespec now;
    char lines[LINES_ROOM];
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    (void)text_format(lines, sizeof lines,
                      "RELOADING=1\nSTATUS=Reloading.\nMONOTONIC_USEC=%" PRId64,
                      (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    say(master, lines);
}

/* Not STOPPING=1: the service manager would end the sessions after its time-out. */
void notify_draining(const struct master *master)
{
    say(master, "STATUS=Draining: no new sessions, ends with the last one.");
}

void notify_stopping(const struct master *master, int64_t most_ms)
{
    char lines[LINES_ROOM];
    (void)text_format(
        lines, sizeof lines,
        "STOPPING=1\nSTATUS=Stopping: transfers may finish.\nEXTEND_TIMEOUT_USEC=%" PRId64,
        (most_ms + BEYOND_STOP_MS) * US_PER_MS);
    say(master, lines);
}

void notify_tick(struct master *master, int64_t now_ms)
{
    struct notify *notify = master->notify;
    if (!notify || !notify->watchdog_ms || now_ms < notify->due_ms)
        return;
    notify->due_ms = now_ms + notify->watchdog_ms;
    say(master, "WATCHDOG=1");
}

void notify_keep(const struct master *master, struct keeping *keeping)
{
    const int32_t fd = master->notify ? keeping_fd(keeping, master->notify->fd) : -1;
    struct kept_head *head = keeping_head(keeping);
    head->notify = fd;
    head->watchdog_ms = master->notify ? master->notify->watchdog_ms : 0;
    head->watchdog_due_ms = master->notify ? master->notify->due_ms : 0;
}

struct notify *notify_restore(const struct kept_head *head)
{
    struct notify *notify = head->notify >= 0 ? calloc(1, sizeof *notify) : NULL;
    if (notify)
        *notify = (struct notify){ .fd = head->notify,
                                   .watchdog_ms = head->watchdog_ms,
                                   .due_ms = head->watchdog_due_ms };
    return notify;
}
