/* outcome.h - how the work on a data connection ended. */
#ifndef NET_OUTCOME_H
#define NET_OUTCOME_H

enum outcome {
    OUTCOME_DONE,
    OUTCOME_NO_CONNECTION, /* it never stood */
    OUTCOME_BROKEN,        /* it broke */
    OUTCOME_NOT_RESUMED,   /* TLS, but not this session's ticket: data_resume = required */
    OUTCOME_STALLED,       /* no byte for data_timeout */
    OUTCOME_CUT,           /* ABOR, a lost client, the master's word */
    OUTCOME_FILE,          /* the file's side failed: s->transfer.error */
    OUTCOME_SHRUNK,        /* the file has fewer bytes than the 150 said */
};

#endif
