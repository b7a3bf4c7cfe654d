/* SPDX-License-Identifier: BSD-2-Clause */
/* eprt.h - the arguments of EPRT and PORT, the replies of EPSV and PASV.
 * Never allocates, blocks or logs. */
#ifndef COMMON_EPRT_H
#define COMMON_EPRT_H

#include <netinet/in.h>
#include <stddef.h>

/* EPRT's argument (RFC 2428 section 2), e.g. "|1|132.235.1.2|6275|": what followed the verb,
 * NUL-ended.  to: AF_INET or AF_INET6, port 1..65535 in network order; untouched on failure.
 * Returns 0, -EPROTONOSUPPORT (another family: reply 522), or -EINVAL (reply 501). */
int eprt_parse(const char *arg, struct sockaddr_storage *to);

/* PORT's argument "h1,h2,h3,h4,p1,p2" (RFC 959 section 4.1.2).  0 or -EINVAL. */
int port_parse(const char *arg, struct sockaddr_storage *to);

/* The argument of EPRT or PORT for an address.  False: it does not fit room, or PORT cannot express
 * IPv6. */
_Bool eprt_format(const struct sockaddr_storage *address, char *to, size_t room);
_Bool port_format(const struct sockaddr_storage *address, char *to, size_t room);

/* Parses the text of a 227 reply, in any of the forms that servers use.  0 or -EINVAL. */
int pasv_reply_parse(const char *text, struct sockaddr_storage *to);

/* Parses the text of a 229 reply, "(|||6446|)".  The port, or -EINVAL. */
int epsv_reply_parse(const char *text);

#endif
