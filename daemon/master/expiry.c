/* expiry.c - in the master: the daily look at the dates of the certificates, for
 * whose renewal nobody has sent SIGHUP (law T7). */
#include "daemon/master/master.h"

#include "daemon/border/log.h"
#include "daemon/net/tls.h"

enum { DAY_MS = 86400 * 1000 };

static void complain_to_log(void *context, bool fatal, const char *line)
{
    (void)context;
    log_note(fatal ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING, "%s", line);
}

void expiry_tick(struct master *master, int64_t now)
{
    if (now < master->expiry_at_ms)
        return;
    master->expiry_at_ms = now + DAY_MS;
    tls_contexts_warn(master->config, complain_to_log, NULL);
}
