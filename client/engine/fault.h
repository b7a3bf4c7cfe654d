/* SPDX-License-Identifier: BSD-2-Clause */
/* fault.h - deliberate faults for testing servers: --fault NAME[=N].  One table, so that the
 * option, its help and its default are said once. */
#ifndef CLIENT_ENGINE_FAULT_H
#define CLIENT_ENGINE_FAULT_H

#include <stdbool.h>
#include <stdint.h>

struct faults {
    int64_t slow_reader; /* bytes a second taken from a download, with a small receive buffer */
    int64_t cut;         /* the data connection is reset after so many bytes; 0: not */
    /* the sending half of the control connection is closed after command n */
    int64_t half_close;
    int64_t no_close_notify; /* an upload over TLS ends without it */
    int64_t stale_ticket;    /* every data connection offers the first ticket again */
    int64_t no_resume;       /* data connections make a full handshake */
    int64_t split_commands;  /* each byte of a command in a packet of its own, n ms apart */
    int64_t no_data;         /* the data connection is never made */
    int64_t late_data;       /* the data connection is made n ms after the command */
    int64_t hang;            /* after n bytes of data nothing is sent or read any more */
    int64_t no_quit;         /* the control connection is closed without QUIT */
    int64_t telnet;          /* Telnet IAC DO before each command */
};

/* Takes "cut=100"; false: no such fault, or no such number. */
bool fault_parse(struct faults *faults, const char *text);

/* Row i: "cut=N", what it does; false beyond the last. */
bool fault_describe(unsigned i, const char **usage, const char **help);

#endif
