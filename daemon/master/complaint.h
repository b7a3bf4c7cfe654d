/* SPDX-License-Identifier: BSD-2-Clause */
/* complaint.h - to whom faults of the configuration and of the system are
 * reported: standard error at the start, the log and the administrator in a reload. */
#ifndef MASTER_COMPLAINT_H
#define MASTER_COMPLAINT_H

#include "daemon/config/config.h"

#include <stdbool.h>

struct complaint {
    config_complain *complain;
    void *context;
    /* A fault that the server serves with (a certificate that has expired), and a hint; NULL: such
     * a fault is reported as a warning, and a hint not at all. */
    void (*served)(void *context, const char *line);
    void (*hint)(void *context, const char *line);
};

/* "subject: fault"; fatal: else a warning.  Returns -EINVAL. */
int complain_about(const struct complaint *to, bool fatal, const char *subject, const char *fault);

#endif
