/* SPDX-License-Identifier: BSD-2-Clause */
/* message.h - what every message across a border has in common.
 *
 * A message is one struct in one datagram of a SOCK_SEQPACKET socketpair.  Its
 * first field is the head.  It is zeroed before it is filled and has no padding,
 * so it never contains old bytes of the stack; `reserved` fields are zero.
 * A struct that ends with a text (`char path[PATH_ROOM]`) is sent up to and
 * including the text's NUL; the receiver checks that the NUL is the last byte
 * and the only one.
 *
 * On each channel one side asks and the other answers; the answering side never
 * speaks first.  Each border's header declares its messages in a list, one row
 * for each (rows.h). */
#ifndef PROTOCOL_MESSAGE_H
#define PROTOCOL_MESSAGE_H

#include <stdint.h>

/* The name of all guests ([anonymous]), in logs and in counts by user. */
#define GUEST_NAME "anonymous"

struct message_head {
    uint32_t type;   /* from the border's enum; 0 is never sent */
    uint32_t serial; /* counted by the asking side; an answer repeats it */
};

enum {
    NAME_ROOM = 256,        /* a user name, with its NUL */
    PASSWORD_ROOM = 513,    /* law L4: 512 bytes and the NUL */
    PATH_ROOM = 32768,      /* an absolute path from the user's root, with its NUL */
    HOME_ROOM = 4096,       /* a home directory of the user file, with its NUL */
    PAGE_ROOM = 128 * 1024, /* a page of a listing */
    GROUPS_MAX = 64,        /* supplementary groups of a user */
    HOST_ROOM = 256,        /* a host name (HOST, SNI), with its NUL */
};

#endif
