/* SPDX-License-Identifier: BSD-2-Clause */
/* trial.h - a program's part of the self-test (rule M5). */
#ifndef PROGRAM_TRIAL_H
#define PROGRAM_TRIAL_H

#include "daemon/program/program.h"

/* Takes the program's role and those of kind->later[way], one after the other.
 * In each it does the role's work, tries what must be refused, sends one finding
 * to the master, and exits. */
_Noreturn void trial_run(const struct program_kind *kind, size_t way);

#endif
