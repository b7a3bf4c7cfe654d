/* shortage.c - runs in the master: descriptors, memory or processes have run
 * out.  The sessions that run go on; the log gets one line for each burst; and
 * the master tries again by itself, with a pause, so that waiting costs nothing. */
#include "daemon/master/master.h"

#include "common/text.h"
#include "daemon/ipc/log.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum {
    OVER_MS = 10000, /* a burst ends so long after its last failure */
    ACCEPT_PAUSE_MS = 250,
};

void shortage_met(struct master *master, const char *what, int error)
{
    if (!master->shortage_ms)
        log_note(LOG_LEVEL_ERROR, "%s: %s; clients may be refused until it is over", what, strerror(error));
    master->shortage_ms = now_ms();
}

static void watch_listeners(struct master *master)
{
    for (uint32_t i = 0; i < master->listener_count; i++)
        (void)master_watch(master, master->listeners[i].fd, &master->listeners[i].watch);
}

/* Epoll tells of a client that can't be accepted for ever: better not to hear of it for a moment. */
void shortage_pause(struct master *master)
{
    if (master->accept_after_ms)
        return;
    for (uint32_t i = 0; i < master->listener_count; i++)
        master_unwatch(master, master->listeners[i].fd);
    master->accept_after_ms = now_ms() + ACCEPT_PAUSE_MS;
}

void shortage_resume(struct master *master)
{
    if (!master->accept_after_ms)
        return;
    master->accept_after_ms = 0;
    watch_listeners(master);
}

void shortage_tick(struct master *master, int64_t now)
{
    if (master->spare_fd < 0)
        master->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (now >= master->accept_after_ms)
        shortage_resume(master);
    if (master->shortage_ms && now - master->shortage_ms >= OVER_MS) {
        master->shortage_ms = 0;
        log_note(LOG_LEVEL_INFO, "the shortage is over");
    }
}
