/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_ftptime.c - time values: what is taken is written the same, and the
 * calendar goes both ways for any second. */
#include "common/ftptime.h"
#include "tests/fuzz/fuzz.h"

#include <stdbool.h>

static void check_calendar(int64_t seconds)
{
    struct civil civil;
    char text[FTPTIME_ROOM];
    civil_from_seconds(seconds, &civil);
    must(civil.month >= 1 && civil.month <= 12 && civil.day >= 1 && civil.day <= 31);
    must(civil.hour <= 23 && civil.minute <= 59 && civil.second <= 59);
    must(civil_to_seconds(&civil) == seconds);
    must(strlen(ftptime_format(seconds, text)) == 14);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *exact = malloc(size ? size : 1); /* no NUL behind it */
    char text[FTPTIME_ROOM];
    int64_t seconds = 0;
    uint32_t nanoseconds = 0;
    if (!exact)
        exit(1);
    if (size)
        memcpy(exact, data, size);
    if (ftptime_parse(exact, size, &seconds, &nanoseconds)) {
        must(nanoseconds < 1000000000);
        const bool leap_second = memcmp(exact + 12, "60", 2) == 0;
        if (!leap_second)
            must(memcmp(ftptime_format(seconds, text), exact, 14) == 0);
    }
    free(exact);
    if (size >= sizeof seconds) {
        memcpy(&seconds, data, sizeof seconds);
        check_calendar(seconds);
    }
    return 0;
}
