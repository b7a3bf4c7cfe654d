/* SPDX-License-Identifier: BSD-2-Clause */
/* complaint.c - runs in the master, and in its child that reads a new configuration. */
#include "daemon/master/complaint.h"

#include "common/text.h"

#include <errno.h>

int complain_about(const struct complaint *to, bool fatal, const char *subject, const char *fault)
{
    char line[CONFIG_PATH_ROOM + 256];
    (void)text_format(line, sizeof line, "%s: %s", subject, fault);
    to->complain(to->context, fatal, line);
    return -EINVAL;
}
