/* SPDX-License-Identifier: BSD-2-Clause */
/* home_base.h - the directory in which homes are made. */
#ifndef MASTER_HOME_BASE_H
#define MASTER_HOME_BASE_H

#include <stddef.h>

/* Opens the first `length` bytes of the path.  No part of it may be a symbolic link; root must own
 * each, and only root may write to it (above it a sticky directory will do).  A descriptor
 * (O_PATH), or -errno: -EPERM, where it is not root's alone. */
int home_base_open(const char *path, size_t length);

#endif
