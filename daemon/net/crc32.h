/* SPDX-License-Identifier: BSD-2-Clause */
/* crc32.h - the CRC of Ethernet, ZIP and XCRC (reflected 0x04C11DB7). */
#ifndef NET_CRC32_H
#define NET_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Makes the tables, once, before the first crc32_add. */
void crc32_prepare(void);

/* Continues crc (0 at the start) over n bytes. */
uint32_t crc32_add(uint32_t crc, const void *bytes, size_t n);

#endif
