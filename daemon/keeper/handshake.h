/* SPDX-License-Identifier: BSD-2-Clause */
/* handshake.h - distinguishes what a TLS server signs from anything else of which
 * a taken NET may request a signature. */
#ifndef KEEPER_HANDSHAKE_H
#define KEEPER_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>

/* Is this what ServerKeyExchange signs (RFC 8422 section 5.4): two randoms of
 * 32 bytes, a named curve, and one of its points? */
bool is_key_exchange(const unsigned char *text, size_t length);

/* Does the text parse as one ASN.1 SEQUENCE or SET, to its end?  That is the
 * outer form of every certificate, revocation list, OCSP answer and CMS message
 * to be signed.  BER is included, because verifiers accept it. */
bool is_asn1_structure(const unsigned char *text, size_t length);

#endif
