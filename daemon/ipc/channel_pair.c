/* channel_pair.c - makes a channel: in the master, and in auth for its hashers.
 * Apart from channel.c, so that other programs link no function that makes a socket. */
#include "daemon/ipc/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What the kernel keeps beside a datagram's bytes, rounded up: a socket's
 * buffer must exceed the largest datagram by it. */
enum { DATAGRAM_OVERHEAD = 1024, SMALL_ROOM = 2048 };

/* A small datagram fits the least buffer that Linux gives (SOCK_MIN_SNDBUF, 4.5
 * KiB), so that for most channels nobody is asked. */
static int room_make(int end, size_t room)
{
    const int wanted = (int)(room + DATAGRAM_OVERHEAD);
    int have = 0;
    socklen_t size = sizeof have;

    if (room <= SMALL_ROOM)
        return 0;
    if (getsockopt(end, SOL_SOCKET, SO_SNDBUF, &have, &size) != 0)
        return -errno;
    if (have >= wanted)
        return 0;
    if (setsockopt(end, SOL_SOCKET, SO_SNDBUF, &wanted, sizeof wanted) != 0 ||
        getsockopt(end, SOL_SOCKET, SO_SNDBUF, &have, &size) != 0)
        return -errno;
    return have >= wanted ? 0 : -EMSGSIZE; /* net.core.wmem_max is smaller */
}

int channel_pair(int ends[2], size_t room)
{
    int made[2];
    if (room > 16 * PAGE_ROOM)
        return -EMSGSIZE;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, made) != 0)
        return -errno;
    int error = room_make(made[0], room);
    if (error == 0)
        error = room_make(made[1], room);
    if (error != 0) {
        close(made[0]);
        close(made[1]);
        return error;
    }
    memcpy(ends, made, sizeof made);
    return 0;
}
