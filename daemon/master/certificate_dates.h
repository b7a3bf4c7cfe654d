/* SPDX-License-Identifier: BSD-2-Clause */
/* certificate_dates.h - when the certificates expire, as NET's program found it. */
#ifndef MASTER_CERTIFICATE_DATES_H
#define MASTER_CERTIFICATE_DATES_H

#include "daemon/protocol/metrics.h"

/* When each certificate, or one of its chain, expires: seconds since the epoch, 0: not served. [0]
 * is that of [tls], [n] that of the n-th [host NAME]. */
struct certificate_dates {
    int64_t expires[METRIC_CERTIFICATES];
};

#endif
