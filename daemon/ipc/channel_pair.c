/* SPDX-License-Identifier: BSD-2-Clause */
/* channel_pair.c - makes channels: in the master, and in auth for its hashers.  Not
 * in channel.c, so that other programs link no function that makes a socket. */
#include "daemon/ipc/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What the kernel keeps besides a datagram's bytes, rounded up: a socket's
 * buffer must be larger than the largest datagram by this. */
enum { DATAGRAM_OVERHEAD = 1024, SMALL_ROOM = 2048 };

/* The size of the end's buffer, or -errno. */
static int buffer_size(int end)
{
    int have = 0;
    socklen_t size = sizeof have;
    return getsockopt(end, SOL_SOCKET, SO_SNDBUF, &have, &size) == 0 ? have : -errno;
}

static int enlarge_buffer(int end, int wanted)
{
    if (setsockopt(end, SOL_SOCKET, SO_SNDBUF, &wanted, sizeof wanted) != 0)
        return -errno;
    const int have = buffer_size(end);
    if (have < 0)
        return have;
    return have >= wanted ? 0 : -EMSGSIZE; /* net.core.wmem_max is smaller */
}

/* A small datagram fits the smallest buffer that Linux gives (SOCK_MIN_SNDBUF,
 * 4.5 KiB).  Both ends begin with the same size. */
static int make_room(const int ends[2], size_t room)
{
    const int wanted = (int)(room + DATAGRAM_OVERHEAD);
    const int have = room <= SMALL_ROOM ? wanted : buffer_size(ends[0]);
    if (have < 0 || have >= wanted)
        return have < 0 ? have : 0;
    const int error = enlarge_buffer(ends[0], wanted);
    return error ? error : enlarge_buffer(ends[1], wanted);
}

int channel_pair(int ends[2], size_t room)
{
    int made[2];
    if (room > 16 * PAGE_ROOM)
        return -EMSGSIZE;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, made) != 0)
        return -errno;
    const int error = make_room(made, room);
    if (error != 0) {
        close(made[0]);
        close(made[1]);
        return error;
    }
    memcpy(ends, made, sizeof made);
    return 0;
}
