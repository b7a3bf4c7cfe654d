/* SPDX-License-Identifier: BSD-2-Clause */
/* fault.c - the table of faults. */
#include "client/engine/fault.h"

#include "common/text.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *name;
    size_t offset;
    int64_t without_number; /* the value of a bare NAME; -1: a number is needed */
    const char *usage, *help;
} rows[] = {
    { "slow-reader", offsetof(struct faults, slow_reader), 1024, "slow-reader[=BYTES]",
      "read downloads at BYTES per second" },
    { "cut", offsetof(struct faults, cut), -1, "cut=N", "reset the data connection after N bytes" },
    { "half-close", offsetof(struct faults, half_close), 1, "half-close[=N]",
      "close the sending half of the control connection after command N" },
    { "no-close-notify", offsetof(struct faults, no_close_notify), 1, "no-close-notify",
      "end uploads over TLS without close_notify" },
    { "stale-ticket", offsetof(struct faults, stale_ticket), 1, "stale-ticket",
      "offer the first TLS ticket on every data connection" },
    { "no-resume", offsetof(struct faults, no_resume), 1, "no-resume",
      "never resume a TLS session on data connections" },
    { "split-commands", offsetof(struct faults, split_commands), 1, "split-commands[=MS]",
      "send commands byte by byte, MS milliseconds apart" },
    { "no-data", offsetof(struct faults, no_data), 1, "no-data", "never open the data connection" },
    { "late-data", offsetof(struct faults, late_data), 500, "late-data[=MS]",
      "open the data connection MS milliseconds late" },
    { "hang", offsetof(struct faults, hang), -1, "hang=N", "stop after N bytes of data" },
    { "no-quit", offsetof(struct faults, no_quit), 1, "no-quit", "disconnect without QUIT" },
    { "telnet", offsetof(struct faults, telnet), 1, "telnet", "send IAC DO before each command" },
};

bool fault_parse(struct faults *faults, const char *text)
{
    const char *equals = strchr(text, '=');
    const size_t n = equals ? (size_t)(equals - text) : strlen(text);
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t value = (uint64_t)rows[i].without_number;
        if (strlen(rows[i].name) != n || strncmp(rows[i].name, text, n) != 0)
            continue;
        if (equals ? !number_parse(equals + 1, 1, INT64_MAX, &value) : rows[i].without_number < 0)
            return false;
        *(int64_t *)((char *)faults + rows[i].offset) = (int64_t)value;
        return true;
    }
    return false;
}

bool fault_describe(unsigned i, const char **usage, const char **help)
{
    if (i >= COUNT(rows))
        return false;
    *usage = rows[i].usage;
    *help = rows[i].help;
    return true;
}
