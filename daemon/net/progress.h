/* SPDX-License-Identifier: BSD-2-Clause */
/* progress.h - s->transfer: which transfer runs, and how far it has come.
 * What moves bytes reports here. */
#ifndef NET_PROGRESS_H
#define NET_PROGRESS_H

#include "daemon/net/outcome.h"
#include "daemon/net/session.h"

#include <stddef.h>

/* A transfer begins. size: what the 150 announces, or 0. Kind 0 is a listing. */
void progress_begin(struct session *s, enum transfer_kind kind, uint64_t size);

/* A long request without a first reply begins (a checksum): only ABOR is answered meanwhile. */
void progress_begin_request(struct session *s);

/* Nothing runs any more. */
void progress_end(struct session *s);

/* A download ends after so many more bytes of the file. */
void progress_set_left(struct session *s, uint64_t bytes);

/* An upload of a RANG takes so many bytes, neither more nor fewer. */
void progress_set_range(struct session *s, uint64_t bytes);

/* How far an upload may write, by JAIL's answer, from offset `at` on. */
void progress_set_limit(struct session *s, const struct jail_answer *answer, uint64_t at);

/* JAIL is about to flush the upload, of which so many bytes are written. */
void progress_flush(struct session *s, uint64_t written);

/* n bytes went over the data connection; were read from the file; were written to it. */
void progress_moved(struct session *s, size_t n);
void progress_read(struct session *s, size_t n);
void progress_wrote(struct session *s, size_t n);

/* ABOR came. */
void progress_abort(struct session *s);

/* The client's bytes have been searched for an ABOR, up to this many in all. */
void progress_searched(struct session *s, uint64_t bytes);

/* Reading or writing the file has failed: errno, enum jail_error or an error of ask.h.  Returns
 * OUTCOME_FILE. */
enum outcome progress_fail(struct session *s, uint32_t error);

#endif
