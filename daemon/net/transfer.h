/* transfer.h - from the 150 to the last reply: what all transfers share. */
#ifndef NET_TRANSFER_H
#define NET_TRANSFER_H

#include "daemon/net/outcome.h"
#include "daemon/net/session.h"

/* What was said for the next transfer command (REST, RANG, ALLO) is no longer said. */
void transfer_forget(struct session *s);

/* The transfer begins.  The 150 has been given; it is sent now. */
void transfer_begin(struct session *s, enum transfer_kind kind, uint64_t size);

/* How far an upload may write, by JAIL's answer: it stands at byte `at` of the file. */
void transfer_take_room(struct session *s, uint64_t at);

/* It is over: closes the data connection, gives the last reply by outcome,
 * logs it (transfers of files), answers the ABOR that ended it. */
enum step transfer_end(struct session *s, enum outcome outcome);

/* The reply to the ABOR that ended what s->transfer is about, unless it is still to be read. */
void transfer_answer_abor(struct session *s);

/* Gives up before the 150: the reply of an error, and an orderly end of what the client may have connected. */
enum step transfer_refuse(struct session *s, uint32_t error);

/* Sends the file behind the descriptor, by type (download.c).  Closes nothing. */
enum outcome download(struct session *s, int file);

/* Writes what comes into the descriptor, by type (upload.c).  Closes nothing; *written counts bytes of the file. */
enum outcome upload(struct session *s, int file, uint64_t *written);

#endif
