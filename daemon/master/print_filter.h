/* SPDX-License-Identifier: BSD-2-Clause */
/* print_filter.h - the filters as text, for --print-filter. */
#ifndef MASTER_PRINT_FILTER_H
#define MASTER_PRINT_FILTER_H

#include "daemon/roles.h"

#include <stdio.h>

/* The role of this label; ROLES: there is none. */
enum role print_filter_role(const char *label);

/* All labels, on one line. */
void print_filter_roles(FILE *to);

/* Prints the BPF program of a role, and which roles' programs its processes
 * have loaded before.  filters_compile() has succeeded. */
void print_filter_of(enum role role, const struct config *config, const struct role_ids *ids,
                     FILE *to);

#endif
