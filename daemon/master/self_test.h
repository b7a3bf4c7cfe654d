/* SPDX-License-Identifier: BSD-2-Clause */
/* self_test.h - does the sandbox of each role work on this kernel? (rule M5) */
#ifndef MASTER_SELF_TEST_H
#define MASTER_SELF_TEST_H

#include "daemon/master/complaint.h"
#include "daemon/master/programs.h"

struct master;

/* Runs each program's self-test.  0, or -EINVAL after a complaint; with sandbox =
 * report, complaints are warnings. */
int self_test(const struct master *master, const struct complaint *to);

/* That of one program, which a reload wants to start.  False after a complaint. */
bool self_test_program(const struct master *master, enum program program,
                       const struct complaint *to);

#endif
