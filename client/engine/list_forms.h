/* SPDX-License-Identifier: BSD-2-Clause */
/* list_forms.h - the forms that a line of LIST has, each in a function; within the engine.
 *
 * Each returns as list_parse() does.  entry is empty before. */
#ifndef CLIENT_ENGINE_LIST_FORMS_H
#define CLIENT_ENGINE_LIST_FORMS_H

#include "client/engine/columns.h"
#include "client/engine/listing.h"

struct list_line {
    const char *text;
    size_t n;
    struct column columns[COLUMNS_MAX];
    size_t count;
    int64_t now;
};
/* and NetWare */
int list_unix(const struct list_line *line, struct entry *entry);
int list_dos(const struct list_line *line, struct entry *entry); /* and IIS */
int list_vxworks(const struct list_line *line, struct entry *entry);
int list_ibmi(const struct list_line *line, struct entry *entry);
int list_eplf(const struct list_line *line, struct entry *entry);
int list_vms(struct list_state *state, const struct list_line *line, struct entry *entry);
int list_mvs(const struct list_line *line, struct entry *entry);     /* data sets */
int list_members(const struct list_line *line, struct entry *entry); /* of a partitioned data set */

/* The name from `at` to the end of the line: 0; 1 for "." and ".."; -EINVAL if it is empty. */
int list_name(const struct list_line *line, const char *at, struct entry *entry);

#endif
