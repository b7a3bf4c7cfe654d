/* SPDX-License-Identifier: BSD-2-Clause */
/* ration.c - runs in the scribe: limits how much each session and address may log. */
#include "daemon/scribe/ration.h"

#include "common/text.h"

#include <inttypes.h>
#include <string.h>

/* Each is at least twice the measured maximum of one honest session, or of all
 * sessions of one address: doc/faults.md. */
static const struct limit {
    uint32_t per_second, burst;                 /* of a session */
    uint32_t address_per_second, address_burst; /* of all sessions of an address */
    const char *what;
} limits[RECORD_KINDS] = {
    [RECORD_PRESENCE] = { 10, 100, 2000, 10000, "beginnings and ends of sessions" },
    [RECORD_LOGIN] = { 10, 100, 1000, 10000, "log-ins" },
    [RECORD_LOGIN_REFUSED] = { 10, 100, 200, 2000, "refused log-ins" },
    [RECORD_REFUSED] = { 10, 100, 20, 200, "refused connections" },
    [RECORD_TLS] = { 10, 100, 1000, 10000, "TLS handshakes" },
    [RECORD_TRANSFER] = { 30000, 100000, 60000, 200000, "transfers and refused commands" },
    [RECORD_CHANGE] = { 30000, 100000, 60000, 200000, "changes of files" },
    [RECORD_FAILED] = { 200, 1000, 1000, 10000, "failed connections" },
    [RECORD_NOTE] = { 200, 1000, 1000, 10000, "notes" },
    [RECORD_COMMAND] = { 100000, 200000, 200000, 400000, "commands" },
    [RECORD_ABOUT] = { 200, 1000, 1000, 10000, "notes of other processes" },
};

/* Shared processes log on behalf of all sessions. */
static const struct limit shared_limit = { .per_second = 1000, .burst = 10000 };

enum { LONG_BYTES_PER_SECOND = 4000000, LONG_BYTES_BURST = 64000000 };

/* Takes `units` from the bucket, whose level is stored as the time at which it will be full. */
static bool take(struct ration *ration, uint32_t per_second, uint32_t burst, uint64_t units,
                 int64_t now_ms)
{
    const int64_t now_us = now_ms * 1000;
    const int64_t full_us = ration->full_at_us > now_us ? ration->full_at_us : now_us;
    const int64_t cost_us = (int64_t)(units * 1000000 / per_second);
    const int64_t holds_us = (int64_t)((uint64_t)burst * 1000000 / per_second);
    if (full_us + cost_us > now_us + holds_us)
        return false;
    ration->full_at_us = full_us + cost_us;
    return true;
}

static bool take_or_count(struct rations *rations, enum record_kind kind, uint32_t per_second,
                          uint32_t burst, int64_t now_ms)
{
    struct ration *ration = &rations->of[kind];
    if (take(ration, per_second, burst, 1, now_ms))
        return true;
    ration->left_out++;
    rations->left_out = true;
    return false;
}

bool ration_session(struct rations *rations, enum record_kind kind, int64_t now_ms)
{
    return take_or_count(rations, kind, limits[kind].per_second, limits[kind].burst, now_ms);
}

bool ration_shared(struct rations *rations, enum record_kind kind, int64_t now_ms)
{
    return take_or_count(rations, kind, shared_limit.per_second, shared_limit.burst, now_ms);
}

bool ration_of_address(struct rations *rations, enum record_kind kind, int64_t now_ms)
{
    return take_or_count(rations, kind, limits[kind].address_per_second, limits[kind].address_burst,
                         now_ms);
}

bool ration_long_line(struct rations *rations, size_t bytes, int64_t now_ms)
{
    return take(&rations->bytes, LONG_BYTES_PER_SECOND, LONG_BYTES_BURST, bytes, now_ms);
}

bool rations_take_left_out(struct rations *rations, char text[LEFT_OUT_ROOM])
{
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < RECORD_KINDS; i++) {
        struct ration *ration = &rations->of[i];
        if (!ration->left_out)
            continue;
        (void)text_format(text + length, LEFT_OUT_ROOM - length, "%s%" PRIu64 " %s",
                          length ? ", " : "", ration->left_out, limits[i].what);
        length += strlen(text + length);
        ration->left_out = 0;
    }
    rations->left_out = false;
    return length > 0;
}

bool rations_are_full(const struct rations *rations, int64_t now_ms)
{
    if (rations->left_out)
        return false;
    for (size_t i = 0; i < RECORD_KINDS; i++) {
        if (rations->of[i].full_at_us > now_ms * 1000)
            return false;
    }
    return true;
}
