/* SPDX-License-Identifier: BSD-2-Clause */
/* from_shared.h - what the master does about the shared processes' events. */
#ifndef MASTER_FROM_SHARED_H
#define MASTER_FROM_SHARED_H

#include "daemon/master/shared.h"

/* For shared_new(). */
extern const struct shared_events master_shared_events;

#endif
