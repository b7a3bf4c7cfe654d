/* SPDX-License-Identifier: BSD-2-Clause */
/* settings.c - runs in `wardftpd -t`: keys that others make ineffective, or that
 * have a surprising effect.  Pure. */
#include "daemon/checkup/checkup.h"

#include "common/addr.h"
#include "common/list.h"
#include "common/text.h"
#include "daemon/protocol/auth_jail.h"

#include <string.h>

static void check_bans(const struct config *config, struct findings *findings)
{
    struct sockaddr_storage four, six;
    if (config->ban_after == 0 || config->ban_time == 0)
        findings_add(findings, SEVERITY_HINT,
                     "daemon.%s: no address is ever banned, however many passwords it tries",
                     config->ban_after == 0 ? "ban_after" : "ban_time");
    if (addr_parse_host("192.0.2.1", &four) && addr_parse_host("2001:db8::1", &six) &&
        (addr_in_blocks(&four, config->ban_never) || addr_in_blocks(&six, config->ban_never)))
        findings_add(
            findings, SEVERITY_WARNING,
            "daemon.ban_never: the blocks hold strangers, too: no one is banned; name your own "
            "networks only");
}

static void check_daemon(const struct config *config, struct findings *findings)
{
    if (config->sandbox == SANDBOX_REPORT)
        findings_add(findings, SEVERITY_WARNING,
                     "daemon.sandbox: report only logs what the filters would refuse; set it to "
                     "strict for service");
    if (config->max_sessions_per_address > config->max_sessions)
        findings_add(findings, SEVERITY_HINT,
                     "daemon.max_sessions_per_address: more than max_sessions: one address can "
                     "take all sessions");
    if (config->tls_mode == TLS_OFF)
        findings_add(findings, SEVERITY_HINT,
                     "tls.mode: off: passwords and files can be read by everyone on the way; set "
                     "it to required");
}

static const char *label_of(const struct named_policy *named, char label[300])
{
    (void)text_format(label, 300, "%s %s", named->kind == POLICY_USER ? "user" : "group",
                      named->name);
    return label;
}

static bool has_any(const char *list, const char *const words[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (list_has(list, words[i]))
            return true;
    }
    return false;
}

/* Commands that move data, and those that prepare it. */
static void check_commands(const char *label, const struct policy *policy,
                           struct findings *findings)
{
    static const char *const movers[] = { "RETR", "STOR", "APPE", "STOU", "LIST", "NLST", "MLSD" };
    static const char *const makers[] = { "PASV", "EPSV", "PORT", "EPRT" };
    const char *allowed = policy->allowed_commands;
    if (*allowed && has_any(allowed, movers, COUNT(movers)) &&
        !has_any(allowed, makers, COUNT(makers)))
        findings_add(
            findings, SEVERITY_WARNING,
            "%s.allowed_commands: without PASV and EPSV no data connection can be made; add them",
            label);
}

static void check_policy(const char *label, const struct policy *policy, struct findings *findings)
{
    if (policy->read_only && policy->dropbox)
        findings_add(findings, SEVERITY_WARNING,
                     "%s.dropbox: with read_only = yes nothing is allowed", label);
    if (list_matches(policy->deny, "name") && list_matches(policy->deny, "other.txt"))
        findings_add(findings, SEVERITY_WARNING, "%s.deny: the pattern * refuses every name",
                     label);
    check_commands(label, policy, findings);
}

/* For the defaults only, whose umask and modes are known; in a section 0 also
 * means that they are not set. */
static void check_modes(const struct config *config, struct findings *findings)
{
    const struct policy *policy = &config->defaults;
    if (policy->file_mode & ~policy->umask & 02)
        findings_add(findings, SEVERITY_WARNING,
                     "defaults.umask: every user of the system may change new files (mode %03o); "
                     "set umask = 022",
                     (unsigned)(policy->file_mode & ~policy->umask));
}

void checkup_settings(const struct config *config, struct findings *findings)
{
    char label[300];
    check_daemon(config, findings);
    check_bans(config, findings);
    check_modes(config, findings);
    check_policy("defaults", &config->defaults, findings);
    if (config->guests)
        check_policy("anonymous", &config->anonymous.policy, findings);
    for (uint32_t i = 0; i < config->policy_count; i++)
        check_policy(label_of(&config->policies[i], label), &config->policies[i].policy, findings);
}
