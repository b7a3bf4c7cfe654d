/* SPDX-License-Identifier: BSD-2-Clause */
/* outcome.h - how the work on a data connection ended. */
#ifndef NET_OUTCOME_H
#define NET_OUTCOME_H

enum outcome {
    OUTCOME_DONE,
    OUTCOME_NO_CONNECTION, /* it could not be opened */
    OUTCOME_BROKEN,        /* it broke */
    OUTCOME_NOT_RESUMED,   /* TLS, but not this session's ticket: data_resume = required */
    OUTCOME_STALLED,       /* no byte moved for data_timeout */
    OUTCOME_CUT,           /* ABOR, no client any more, or an order of the master */
    OUTCOME_FILE,          /* reading or writing the file failed: s->transfer.error */
    OUTCOME_SHRUNK,        /* the file has become shorter than the 150 said */
};

#endif
