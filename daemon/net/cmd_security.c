/* cmd_security.c - runs in NET, without privilege: the commands of RFC 4217. */
#include "daemon/net/handlers.h"

#include "common/text.h"
#include "daemon/net/ask_keeper.h"
#include "daemon/net/control.h"
#include "daemon/net/reply.h"
#include "daemon/net/secure.h"
#include "daemon/net/tls.h"

#include <strings.h>

/* TLS-C and SSL are old names of the same (law R7). */
static bool is_tls(const char *mechanism)
{
    static const char *const names[] = { "TLS", "TLS-C", "SSL" };
    for (size_t i = 0; i < COUNT(names); i++) {
        if (strcasecmp(mechanism, names[i]) == 0)
            return true;
    }
    return false;
}

/* What came in clear is forgotten: a name, and what waits behind AUTH, which
 * somebody on the way may have put there (law T2). */
static void forget(struct session *s)
{
    login_forget(s);
    host_forget(s);
}

enum step cmd_auth(struct session *s, const struct argument *argument)
{
    if (!secure_is_served(s))
        return reply(s, 502, "TLS is not available here.");
    if (s->logged_in)
        return reply(s, 503, "AUTH comes before the log-in.");
    if (tls_is(&s->control))
        return reply(s, 503, "The connection is protected already.");
    if (!is_tls(argument->text))
        return reply(s, 504, "Only AUTH TLS is understood.");
    if (!keeper_is_reachable())
        return reply(s, 431, "TLS is not available at the moment; try again.");
    if (line_has_more(&s->in))
        return reply_last(s, LEFT_PROTOCOL, 421, "Commands behind AUTH are not to be trusted.");
    forget(s);
    (void)reply(s, 234, "TLS it is.");
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
        return reply(s, 503, "AUTH TLS comes first.");
    if (!number_parse(argument->text, 0, UINT32_MAX, &size))
        return reply(s, 501, "The form is: PBSZ 0");
    s->buffer_size_said = true;
    return reply(s, 200, "PBSZ=0"); /* RFC 4217 section 8: a stream has no other */
}

static enum step protect(struct session *s, bool on)
{
    if (!on && secure_data_required(s))
        return reply(s, 534, "Data connections must be protected here.");
    if (on && s->listener->tls_data == TLS_OFF)
        return reply(s, 534, "Data connections are not protected here.");
    s->protect_data = on;
    return reply(s, 200, on ? "Data connections are protected." : "Data connections are in clear.");
}

enum step cmd_prot(struct session *s, const struct argument *argument)
{
    const char *level = argument->text;
    if (!tls_is(&s->control))
        return reply(s, 503, "AUTH TLS comes first.");
    if (!s->buffer_size_said)
        return reply(s, 503, "PBSZ comes first.");
    if (strcasecmp(level, "P") == 0 || strcasecmp(level, "C") == 0)
        return protect(s, strcasecmp(level, "P") == 0);
    if (strcasecmp(level, "S") == 0 || strcasecmp(level, "E") == 0)
        return reply(s, 536, "TLS has no such level of protection; use P.");
    return reply(s, 504, "The form is: PROT C | P");
}

enum step cmd_ccc(struct session *s, const struct argument *argument)
{
    (void)argument;
    if (!tls_is(&s->control))
        return reply(s, 533, "The control connection is not protected.");
    return reply(s, 534, "The control connection stays protected.");
}
