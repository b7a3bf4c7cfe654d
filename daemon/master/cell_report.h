/* SPDX-License-Identifier: BSD-2-Clause */
/* cell_report.h - what the master reports about a cell to the shared processes. */
#ifndef MASTER_CELL_REPORT_H
#define MASTER_CELL_REPORT_H

#include "daemon/master/cell.h"
#include "daemon/protocol/from_master.h"

/* Hands their ends of its channels over.  False: something has run out. */
bool cell_report_ends(struct master *master, struct cell *cell);

/* It has a client. */
void cell_report_client(struct master *master, const struct cell *cell);

/* Its client is logged in: the dialer learns it first, as auth then answers NET. */
void cell_report_login(struct master *master, const struct cell *cell);

/* One of its processes has ended in this way; wait_status: of a crash. */
void cell_report_gone(struct master *master, const struct cell *cell, enum gone_reason reason,
                      int wait_status);

/* This shared process is new: what it must know of the cell, and new ends of their channel. */
void cell_report_again(struct master *master, struct cell *cell, enum shared_role role);

/* Tries again to give NET the ends that it lacks. */
void cell_renew_missing_ends(struct master *master, struct cell *cell);

void cell_close_ends(struct cell_ends *ends);

#endif
