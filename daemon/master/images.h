/* SPDX-License-Identifier: BSD-2-Clause */
/* images.h - what each program reads at its start. */
#ifndef MASTER_IMAGES_H
#define MASTER_IMAGES_H

#include "daemon/master/complaint.h"
#include "daemon/roles.h"

#include <stdbool.h>

/* Sealed memfds; -1: not made yet. */
struct images {
    int config, orders, certificates;
    bool tls_served; /* there are certificates in it */
};

/* Makes all of them.  images->tls_served says whether TLS is served already.  0, or
 * -errno after a complaint. */
int images_make(const struct config *config, const struct role_ids *ids, struct images *images,
                const struct complaint *to);
void images_close(struct images *images);

#endif
