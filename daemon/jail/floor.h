/* SPDX-License-Identifier: BSD-2-Clause */
/* floor.h - free_space_floor: uploads leave so much of the file system free.
 * Without a floor these functions make no system call. */
#ifndef JAIL_FLOOR_H
#define JAIL_FLOOR_H

#include "daemon/jail/state.h"

#include <sys/statfs.h>

/* Free to this user above the floor, and below it 0. */
uint64_t floor_free(const struct jail *jail, const struct statfs *system);

/* May an upload begin on the file system of fd?  0, -JAIL_FLOOR or -errno. */
int floor_check(const struct jail *jail, int fd);

/* Lets the upload grow from this size, up to a size at which the free space is looked at again:
 * upload->floor.  0, -JAIL_FLOOR or -errno. */
int floor_raise(const struct jail *jail, struct upload *upload, uint64_t size);

#endif
