/* SPDX-License-Identifier: BSD-2-Clause */
/* settings.c - the defaults. */
#include "client/engine/settings.h"

#include <sys/socket.h>

void settings_init(struct settings *settings)
{
    *settings = (struct settings){ .tls = TLS_BY_HOST,
                                   .connect_ms = 20000,
                                   .idle_ms = 60000,
                                   .stall_ms = 60000,
                                   .retry_ms = 30000,
                                   .family = AF_UNSPEC,
                                   .sync = true,
                                   .keep_times = true,
                                   .pipeline = true,
                                   .interrupt_fd = -1 };
}
