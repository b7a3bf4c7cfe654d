/* SPDX-License-Identifier: BSD-2-Clause */
/* setting_lftp.c - the settings of lftp that its users' scripts have, in terms of ours. */
#include "client/shell/setting.h"

#include "common/text.h"

#include <string.h>

static const struct {
    const char *theirs, *ours; /* ours NULL: accepted, and without effect */
    bool opposite;
} rows[] = {
    { "cmd:fail-exit", "stop-on-error", false },
    { "color:use-color", "color", false },
    { "dns:order", NULL, false },
    { "ftp:charset", "charset", false },
    { "ftp:list-options", NULL, false },
    { "ftp:passive-mode", "active", true },
    { "ftp:proxy", "proxy", false },
    { "ftp:sync-mode", "pipeline", true },
    { "ftp:ssl-protect-data", NULL, false },
    { "ftp:ssl-protect-list", NULL, false },
    { "ftp:use-feat", NULL, false },
    { "ftp:use-mdtm", NULL, false },
    { "ftp:use-size", NULL, false },
    { "mirror:parallel-transfer-count", "parallel", false },
    { "net:connection-limit", NULL, false },
    { "net:limit-rate", "rate", false },
    { "net:max-retries", NULL, false },
    { "net:no-proxy", "no-proxy", false },
    { "net:persist-retries", NULL, false },
    { "net:reconnect-interval-base", NULL, false },
    { "net:reconnect-interval-max", NULL, false },
    { "net:reconnect-interval-multiplier", NULL, false },
    { "net:timeout", "idle-timeout", false },
    { "xfer:clobber", "clobber", false },
    { "xfer:make-backup", "backup", false },
};

/* Three settings of lftp are one of ours. */
static bool put_tls(struct shell *shell, const char *name, const char *value, enum outcome *outcome)
{
    enum tls_policy *tls = &shell->settings.tls;
    const bool yes = setting_is_true(value);
    *outcome = OUTCOME_OK;
    if (strcmp(name, "ftp:ssl-allow") == 0)
        *tls = !yes ? TLS_OFF : *tls == TLS_OFF ? TLS_BY_HOST : *tls;
    else if (strcmp(name, "ftp:ssl-force") == 0)
        *tls = yes ? TLS_REQUIRE : *tls == TLS_REQUIRE ? TLS_BY_HOST : *tls;
    else if (strcmp(name, "ssl:verify-certificate") != 0)
        return false;
    else if (!yes && *tls == TLS_REQUIRE)
        *outcome = shell_fail(shell, OUTCOME_USAGE,
                              "TLS that is required is verified: trust the key (--pin), "
                              "or set tls try");
    else if (*tls != TLS_OFF && *tls != TLS_REQUIRE)
        *tls = yes ? TLS_BY_HOST : TLS_TRY;
    return true;
}

static enum outcome put_ours(struct shell *shell, size_t i, const char *value)
{
    if (!rows[i].ours)
        return OUTCOME_OK;
    if (rows[i].opposite)
        value = setting_is_true(value) ? "no" : setting_is_false(value) ? "yes" : value;
    else if (strcmp(rows[i].ours, "color") == 0)
        value = setting_is_true(value) ? "always" : setting_is_false(value) ? "never" : value;
    else if (strcmp(rows[i].ours, "stop-on-error") == 0)
        value = setting_is_true(value) ? "yes" : setting_is_false(value) ? "no" : value;
    return setting_put(shell, rows[i].ours, value);
}

bool setting_put_lftp(struct shell *shell, const char *name, const char *value,
                      enum outcome *outcome)
{
    const size_t n = strcspn(name, "/"); /* "net:limit-rate/host": for a host alone */
    if (name[n])
        return false;
    if (put_tls(shell, name, value, outcome))
        return true;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (strcmp(rows[i].theirs, name) == 0) {
            *outcome = put_ours(shell, i, value);
            return true;
        }
    }
    return false;
}
