/* SPDX-License-Identifier: BSD-2-Clause */
/* tls.h - TLS streams: the server's side of the client's connections.  Only
 * tls*.c, remote_key.c and cmd_hash.c use OpenSSL. */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "daemon/net/stream.h"
#include "daemon/protocol/to_scribe.h"

#include <stdbool.h>
#include <stdint.h>

enum { TLS_TEXT_SIZE = 768 }; /* a server name and a certificate's subject fit in */

enum tls_side { TLS_CONTROL, TLS_DATA };

/* Turns an open plain stream into the server's side of a TLS stream; the
 * handshake is still to be done.  0 or -ENOMEM (the stream stays plain). */
int tls_start(struct stream *stream, enum tls_side side);

/* One step of the handshake: 0 done; -EAGAIN; -errno, with why it failed in
 * the text (may be NULL). */
int tls_handshake(struct stream *stream, char why[TLS_TEXT_SIZE]);

/* After the handshake. */
bool tls_is(const struct stream *stream);
bool tls_resumed(const struct stream *stream);
/* "TLSv1.3 TLS_AES_256_GCM_SHA384 resumed alpn=ftp sni=host subject=CN=alice" */
void tls_describe(const struct stream *stream, char to[TLS_TEXT_SIZE]);
/* The same as the scribe's record has it. */
void tls_fill_record(const struct stream *stream, struct scribe_tls *record);
/* The server name that the client asked for; "" if it is not a valid host name. */
void tls_server_name(const struct stream *stream, char *to, size_t room);
/* The subject of the verified client certificate as RFC 4514 writes it, in ASCII; "" if there is
 * none or it does not fit, as a part of it could be another's. */
void tls_client_subject(const struct stream *stream, char *to, size_t room);

/* A new ticket goes with the next write, as one write to the socket (TLS 1.3; does nothing in
 * 1.2).  Only for the control connection, where that write follows at once. */
void tls_send_ticket(struct stream *stream);

#endif
