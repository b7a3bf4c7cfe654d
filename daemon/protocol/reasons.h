/* SPDX-License-Identifier: BSD-2-Clause */
/* reasons.h - the words for why something was refused or failed, as the log and
 * the metrics have them. */
#ifndef PROTOCOL_REASONS_H
#define PROTOCOL_REASONS_H

#include <stdint.h>

/* Of an enum refusal, an enum limit, an enum failure_why (to_scribe.h); NULL: there is none of
 * this number. */
const char *reason_of_refusal(uint32_t refusal);
const char *reason_of_limit(uint32_t limit);
const char *reason_of_failure(uint32_t why);

#endif
