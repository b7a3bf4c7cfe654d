/* transfer.h - from the 150 to the last reply: what all transfers share. */
#ifndef NET_TRANSFER_H
#define NET_TRANSFER_H

#include "daemon/net/outcome.h"
#include "daemon/net/session.h"

/* The transfer begins.  The 150 has been given; it is sent now. */
void transfer_begin(struct session *s, enum transfer_kind kind, uint64_t size);

/* It is over: closes the data connection, gives the last reply by outcome,
 * logs it (transfers of files), answers the ABOR that ended it. */
enum step transfer_end(struct session *s, enum outcome outcome);

/* The reply to the ABOR that ended what s->transfer is about, unless it is still to be read. */
void transfer_answer_abor(struct session *s);

/* Gives up before the 150: the reply of an error, and an orderly end of what the client may have connected. */
enum step transfer_refuse(struct session *s, uint32_t error);

#endif
