/* SPDX-License-Identifier: BSD-2-Clause */
/* crc32.c - runs in NET, without privilege. */
#include "daemon/net/crc32.h"

enum { SLICES = 8, BYTE_VALUES = 256 };

/* For eight bytes at a time: table k has the effect of a byte that k more follow. */
static uint32_t table[SLICES][BYTE_VALUES];

void crc32_prepare(void)
{
    for (uint32_t i = 0; i < BYTE_VALUES; i++) {
        uint32_t value = i;
        for (int bit = 0; bit < 8; bit++)
            value = value & 1 ? value >> 1 ^ 0xEDB88320U : value >> 1;
        table[0][i] = value;
    }
    for (uint32_t i = 0; i < BYTE_VALUES; i++) {
        for (int k = 1; k < SLICES; k++)
            table[k][i] = table[k - 1][i] >> 8 ^ table[0][table[k - 1][i] & 255];
    }
}

uint32_t crc32_add(uint32_t crc, const void *bytes, size_t n)
{
    const unsigned char *at = bytes;
    crc = ~crc;
    for (; n >= SLICES; n -= SLICES, at += SLICES) {
        crc = table[7][(crc ^ at[0]) & 255] ^ table[6][(crc >> 8 ^ at[1]) & 255] ^
              table[5][(crc >> 16 ^ at[2]) & 255] ^ table[4][(crc >> 24 ^ at[3]) & 255] ^
              table[3][at[4]] ^ table[2][at[5]] ^ table[1][at[6]] ^ table[0][at[7]];
    }
    for (; n > 0; n--, at++)
        crc = table[0][(crc ^ *at) & 255] ^ crc >> 8;
    return ~crc;
}
