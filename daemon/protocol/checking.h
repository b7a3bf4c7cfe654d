/* checking.h - what a program says to the master where it was started to check
 * something and not to serve: complaints, then one end.  The master believes
 * no more of it than a text and a yes or no. */
#ifndef PROTOCOL_CHECKING_H
#define PROTOCOL_CHECKING_H

#include "daemon/protocol/message.h"

enum check_message {
    CHECK_WARNING = 1, /* text */
    CHECK_FAULT = 2,   /* text */
    CHECK_END = 3,     /* all was looked at; text empty */
};

enum { CHECK_TEXT_SIZE = 1024 };

/* Sent up to and with the text's NUL. */
struct check {
    struct message_head head;
    char text[CHECK_TEXT_SIZE];
};

/* What a program's self-test found: the one message that it sends. */
enum finding_kind {
    FINDING_NONE,
    FINDING_NEED_FAILED,  /* what the role needs fails */
    FINDING_NEED_REFUSED, /* ... is refused by the filter */
    FINDING_NOT_REFUSED,  /* what the filter must refuse is not */
};

struct finding {
    uint32_t kind;
    uint32_t role;
    int32_t error; /* errno */
    int32_t call;  /* the system call; -1: none */
    char what[64]; /* the part of the work */
};

#endif
