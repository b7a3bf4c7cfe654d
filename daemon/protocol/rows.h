/* SPDX-License-Identifier: BSD-2-Clause */
/* rows.h - what both ends derive from a border's list of messages.
 *
 * A border's header declares each message once, as a row of a list:
 *
 *     #define NET_TO_DIALER(ROW)                                   \
 *         ROW(DIAL_LISTEN,  1, WHOLE(dial), 0, PHASE_SERVING, listen) \
 *         ROW(DIAL_CONNECT, 2, WHOLE(dial), 0, PHASE_SERVING, connect)
 *
 * The columns: the name and the number of its type; its struct, WHOLE(struct)
 * or, if it ends with a text, TEXT(struct, field); how many descriptors come
 * with it, 0 or 1; the phases of the receiver in which it is allowed (ALWAYS
 * if there is only one); its handler, as the receiver names it; and further
 * columns that the border's header explains.
 *
 * The enum of the types, the table of border_check() and the receiver's
 * dispatch are all generated from the list.  A message without a handler does
 * not compile; nor does a type that is declared twice. */
#ifndef PROTOCOL_ROWS_H
#define PROTOCOL_ROWS_H

#include "daemon/protocol/message.h"

#include <stddef.h>

/* The third column gives the size and the offset of the text, as in struct border_row (channel.h)
 * ... */
#define BORDER_SIZE_WHOLE(type)       sizeof(struct type), 0
#define BORDER_SIZE_TEXT(type, field) sizeof(struct type), offsetof(struct type, field)
/* ... and the struct. */
#define BORDER_STRUCT_WHOLE(type)       struct type
#define BORDER_STRUCT_TEXT(type, field) struct type

/* enum net_dialer { NET_TO_DIALER(BORDER_TYPE) }; */
#define BORDER_TYPE(name, number, ...) name = (number),

/* static const struct border_row from_net[] = { NET_TO_DIALER(BORDER_ROW) }; */
#define BORDER_ROW(name, number, shape, fds, phases, ...)                                          \
    [name] = { #name, BORDER_SIZE_##shape, phases, fds },

/* union message { struct message_head head; NET_TO_DIALER(BORDER_MEMBER) }; each named as its
 * handler. */
#define BORDER_MEMBER(name, number, shape, fds, phases, handler, ...) BORDER_STRUCT_##shape handler;

/* In the call of a handler: the descriptor, if one comes with the message. */
#define BORDER_FD_0(fd)
#define BORDER_FD_1(fd) , fd

/* For a list with a column for each receiver: what is in parentheses, if that column says YES. */
#define BORDER_IF_YES(...) __VA_ARGS__
#define BORDER_IF_NO(...)

#endif
