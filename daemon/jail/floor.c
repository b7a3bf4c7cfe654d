/* SPDX-License-Identifier: BSD-2-Clause */
/* floor.c - runs in JAIL, as the user, in the user's root. */
#include "daemon/jail/floor.h"

#include "daemon/config/config.h"

#include <errno.h>

/* The free space is looked at again after an eighth of it, so that parallel uploads end close to
 * the floor; but neither at each write nor after gigabytes that others may have used. */
enum { STEP_PART = 8, STEP_MIN = 1024 * 1024, STEP_MAX = 16 * 1024 * 1024 };

static uint64_t bytes_of(const struct statfs *system, uint64_t blocks)
{
    const uint64_t size =
        system->f_frsize > 0 ? (uint64_t)system->f_frsize : (uint64_t)system->f_bsize;
    uint64_t bytes;
    return __builtin_mul_overflow(blocks, size, &bytes) ? UINT64_MAX : bytes;
}

static uint64_t floor_of(const struct jail *jail, const struct statfs *system)
{
    const uint64_t wanted = jail->who->policy.free_space_floor;
    if (wanted <= SPACE_BYTES_MAX)
        return wanted;
    return bytes_of(system, system->f_blocks) / 100 * (wanted - SPACE_BYTES_MAX);
}

uint64_t floor_free(const struct jail *jail, const struct statfs *system)
{
    const uint64_t free_bytes = bytes_of(system, system->f_bavail), least = floor_of(jail, system);
    return free_bytes > least ? free_bytes - least : 0;
}

/* *room: what may be written; without a floor everything. */
static int look(const struct jail *jail, int fd, uint64_t *room)
{
    struct statfs system;
    *room = UINT64_MAX;
    if (jail->who->policy.free_space_floor == 0)
        return 0;
    if (fstatfs(fd, &system) != 0)
        return -errno;
    *room = floor_free(jail, &system);
    return *room > 0 ? 0 : -JAIL_FLOOR;
}

int floor_check(const struct jail *jail, int fd)
{
    uint64_t room;
    return look(jail, fd, &room);
}

int floor_raise(const struct jail *jail, struct upload *upload, uint64_t size)
{
    uint64_t room;
    const int result = look(jail, upload->fd, &room);
    if (result != 0)
        return result;
    uint64_t step = room / STEP_PART;
    step = step < STEP_MIN ? STEP_MIN : step > STEP_MAX ? STEP_MAX : step;
    if (room == UINT64_MAX ||
        __builtin_add_overflow(size, step < room ? step : room, &upload->floor))
        upload->floor = UINT64_MAX;
    return 0;
}
