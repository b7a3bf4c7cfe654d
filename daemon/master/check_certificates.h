/* SPDX-License-Identifier: BSD-2-Clause */
/* check_certificates.h - do the keys fit their certificates, can sessions be
 * served with these, and does NET know the commands that policies name? */
#ifndef MASTER_CHECK_CERTIFICATES_H
#define MASTER_CHECK_CERTIFICATES_H

#include "daemon/master/certificate_dates.h"
#include "daemon/master/complaint.h"

struct master;

/* Short-lived processes of the keeper's and of NET's program check them, so that
 * the master never holds a key in its memory.  0; or, after a complaint, -EINVAL,
 * or -ECHILD where one of them ended before it had checked everything. */
int check_certificates(const struct master *master, struct certificate_dates *dates,
                       const struct complaint *to);

#endif
