/* SPDX-License-Identifier: BSD-2-Clause */
/* cmd_security.c - runs in NET, without privilege: the commands of RFC 4217. */
#include "daemon/net/handlers.h"

#include "common/text.h"
#include "daemon/net/ask_keeper.h"
#include "daemon/net/control.h"
#include "daemon/net/reply.h"
#include "daemon/net/secure.h"
#include "daemon/net/tls.h"

#include <strings.h>

/* TLS-C and SSL are old names for TLS (law R7). */
static bool is_tls(const char *mechanism)
{
    static const char *const names[] = { "TLS", "TLS-C", "SSL" };
    for (size_t i = 0; i < COUNT(names); i++) {
        if (strcasecmp(mechanism, names[i]) == 0)
            return true;
    }
    return false;
}

/* Nothing that came in clear counts after the handshake: an attacker may have inserted it (law
 * T2). */
static void forget(struct session *s)
{
    login_forget(s);
    host_forget(s);
}

enum step cmd_auth(struct session *s, const struct argument *argument)
{
    if (!secure_is_served(s))
        return reply(s, 502, "TLS is not configured here.");
    if (s->logged_in)
        return reply(s, 503, "Send AUTH before USER and PASS.");
    if (tls_is(&s->control))
        return reply(s, 503, "TLS is already in use.");
    if (!is_tls(argument->text))
        return reply(s, 504, "Unknown security mechanism; use AUTH TLS.");
    if (!keeper_is_reachable())
        return reply(s, 431, "TLS is temporarily not available; try again later.");
    if (line_has_more(&s->in))
        return reply_last(s, LEFT_PROTOCOL, 421,
                          "Unprotected commands followed AUTH TLS: closing control connection.");
    forget(s);
    (void)reply(s, 234, "Proceed with TLS negotiation.");
    control_flush(s);
    if (!secure_control(s))
        return STEP_END;
    host_take_from_tls(s);
    return STEP_NEXT;
}

void security_begin_implicit(struct session *s)
{
    s->buffer_size_said = s->protect_data = s->listener->tls_data != TLS_OFF;
}

enum step cmd_pbsz(struct session *s, const struct argument *argument)
{
    uint64_t size;
    if (!tls_is(&s->control))
        return reply(s, 503, "Send AUTH TLS first.");
    if (!number_parse(argument->text, 0, UINT32_MAX, &size))
        return reply(s, 501, "Usage: PBSZ 0");
    s->buffer_size_said = true;
    return reply(s, 200, "PBSZ=0"); /* RFC 4217 section 8: always 0 for TLS */
}

static enum step protect(struct session *s, bool on)
{
    if (!on && secure_data_required(s))
        return reply(s, 534, "Protection level P is required here.");
    if (on && s->listener->tls_data == TLS_OFF)
        return reply(s, 534, "Protection level P is not available here.");
    s->protect_data = on;
    return reply(s, 200, on ? "Protection level set to P." : "Protection level set to C.");
}

enum step cmd_prot(struct session *s, const struct argument *argument)
{
    const char *level = argument->text;
    if (!tls_is(&s->control))
        return reply(s, 503, "Send AUTH TLS first.");
    if (!s->buffer_size_said)
        return reply(s, 503, "Send PBSZ first.");
    if (strcasecmp(level, "P") == 0 || strcasecmp(level, "C") == 0)
        return protect(s, strcasecmp(level, "P") == 0);
    if (strcasecmp(level, "S") == 0 || strcasecmp(level, "E") == 0)
        return reply(s, 536, "Protection level not supported by TLS; use P.");
    return reply(s, 504, "Usage: PROT C | P");
}

enum step cmd_ccc(struct session *s, const struct argument *argument)
{
    (void)argument;
    if (!tls_is(&s->control))
        return reply(s, 533, "The control connection is not protected.");
    return reply(s, 534, "CCC is not allowed: the control connection stays protected.");
}
