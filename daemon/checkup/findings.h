/* SPDX-License-Identifier: BSD-2-Clause */
/* findings.h - the findings of `wardftpd -t`: faults, warnings and hints, as lines
 * for people or as JSON, one object per line. */
#ifndef CHECKUP_FINDINGS_H
#define CHECKUP_FINDINGS_H

#include "daemon/config/origins.h"
#include "daemon/master/complaint.h"

enum severity {
    SEVERITY_HINT,    /* something that could be better */
    SEVERITY_WARNING, /* some user or some part does not work, or is not safe */
    SEVERITY_FAULT,   /* the start would fail, or every client would be refused */
    SEVERITIES
};

struct findings {
    bool json;
    size_t count[SEVERITIES];
    const struct config_origins *origins; /* to name lines; NULL: not read yet */
};

/* One finding: what is wrong, where, and what to do.  A message that begins with
 * "section.key: " or "[section]: " gets its line of the configuration put before it. */
void findings_add(struct findings *findings, enum severity severity, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* For functions that complain. */
struct complaint findings_complaint(struct findings *findings);

#endif
