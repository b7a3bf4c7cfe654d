/* SPDX-License-Identifier: BSD-2-Clause */
/* command_pace.c - runs in NET, without privilege.  A bucket of command_burst
 * tokens, which command_rate fills: kept as the time at which it is full. */
#include "daemon/net/command_pace.h"

#include "daemon/ipc/log.h"
#include "daemon/net/clock.h"

uint32_t command_pace_rate(const struct session *s)
{
    return s->logged_in ? s->policy.command_rate : s->config->defaults.command_rate;
}

static uint32_t burst_of(const struct session *s)
{
    return s->logged_in ? s->policy.command_burst : s->config->defaults.command_burst;
}

int64_t command_pace_take(struct session *s)
{
    const uint32_t rate = command_pace_rate(s);
    if (rate == 0)
        return 0;
    const int64_t now = now_us(), step = 1000000 / rate, room = step * burst_of(s);
    if (s->command_pace.full_us < now)
        s->command_pace.full_us = now;
    const int64_t early = s->command_pace.full_us + step - room - now;
    if (early > 0)
        return early;
    s->command_pace.full_us += step;
    return 0;
}

void command_pace_report(struct session *s)
{
    if (s->command_pace.reported)
        return;
    s->command_pace.reported = true;
    log_note(LOG_LEVEL_INFO, "commands are delayed to %u a second (command_rate)",
             command_pace_rate(s));
}
