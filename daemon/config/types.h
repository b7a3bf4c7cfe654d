/* SPDX-License-Identifier: BSD-2-Clause */
/* types.h - one parser for each type of value; private to daemon/config/. */
#ifndef CONFIG_TYPES_H
#define CONFIG_TYPES_H

#include "daemon/config/table.h"

#include <stdbool.h>

enum { OPTION_WHY_ROOM = 512 };

/* Reads text into the row's field of block (the struct of the row's block).
 * append: extends a list instead of replacing it.  False: why has the reason,
 * without a full stop; the field may have changed. */
bool option_parse(const struct option_row *row, void *block, const char *text, bool append,
                  char why[OPTION_WHY_ROOM]);

/* "a whole number from 1 to 10000", "one of off, optional, required". */
void option_describe(const struct option_row *row, char to[OPTION_WHY_ROOM]);

#endif
