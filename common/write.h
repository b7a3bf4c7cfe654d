/* SPDX-License-Identifier: BSD-2-Clause */
/* write.h - write(2) to the end. */
#ifndef COMMON_WRITE_H
#define COMMON_WRITE_H

#include <stddef.h>

/* Writes all n bytes to a blocking descriptor: 0 or -errno.  A signal does not end it. */
int write_all(int fd, const void *bytes, size_t n);

#endif
