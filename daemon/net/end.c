/* SPDX-License-Identifier: BSD-2-Clause */
/* end.c - runs in NET, without privilege. */
#include "daemon/net/end.h"

void session_lose(struct session *s, enum left_reason reason)
{
    if (s->left == 0)
        s->left = reason;
}

bool session_cut(const struct session *s)
{
    /* the client has asked for more before it closed */
    const bool asked_more = s->in.state != LINE_NONE || line_has_more(&s->in);
    const bool client_gone = s->input_ended && !s->quit && !asked_more;
    return s->transfer.aborted || s->left != 0 || s->stop == STOP_NOW || client_gone;
}
