/* SPDX-License-Identifier: BSD-2-Clause */
/* making.c - runs in `wardftpd -t`: can homes be made where the configuration says so? */
#include "daemon/checkup/checkup.h"

#include "common/home_pattern.h"
#include "common/text.h"
#include "daemon/checkup/probe.h"
#include "daemon/master/home_base.h"
#include "daemon/master/skeleton.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

struct base_result {
    int32_t error;
};

static void look_at_base(const void *context, void *result)
{
    const char *pattern = context;
    struct base_result *found = result;
    const int base = home_base_open(pattern, home_pattern_fixed(pattern));
    found->error = base < 0 ? -base : 0;
    if (base >= 0)
        close(base);
}

static void check_base(const char *label, const char *pattern, struct findings *findings)
{
    const int fixed = (int)home_pattern_fixed(pattern);
    struct base_result found = { 0 };
    if (!*pattern)
        return;
    if (fixed == 0) {
        findings_add(findings, SEVERITY_HINT,
                     "%s.home: create_home makes no home of %s: %%u must be in its last part only, "
                     "and that not in the root",
                     label, pattern);
        return;
    }
    if (probe_run(look_at_base, pattern, &found, sizeof found) != PROBE_ANSWERED)
        found.error = ETIMEDOUT;
    if (found.error == EPERM)
        findings_add(findings, SEVERITY_WARNING,
                     "%s.home: no home can be made in %.*s: root must own it and each directory "
                     "above it, and no one else may write to them; chown root and chmod go-w",
                     label, fixed, pattern);
    else if (found.error == ELOOP || found.error == ENOTDIR)
        findings_add(findings, SEVERITY_WARNING,
                     "%s.home: no home can be made in %.*s: a part of it is a symbolic link, or no "
                     "directory; name the directory itself",
                     label, fixed, pattern);
    else if (found.error)
        findings_add(findings, SEVERITY_WARNING,
                     "%s.home: no home can be made in %.*s: %s; make it", label, fixed, pattern,
                     strerror(found.error));
}

static void check_skeleton(const struct config *config, struct findings *findings)
{
    const char *fault = NULL;
    int image = -1;
    if (skeleton_read(config->skeleton, &image, &fault) != 0)
        findings_add(findings, SEVERITY_WARNING, "daemon.skeleton: no home can be made: %s: %s",
                     config->skeleton, fault);
    if (image >= 0)
        close(image);
}

static const char *label_of(const struct named_policy *named, char label[300])
{
    (void)text_format(label, 300, "%s %s", named->kind == POLICY_USER ? "user" : "group",
                      named->name);
    return label;
}

void checkup_making(const struct config *config, struct findings *findings)
{
    char label[300];
    if (!config->create_home)
        return;
    check_skeleton(config, findings);
    check_base("defaults", config->defaults.home, findings);
    for (uint32_t i = 0; i < config->policy_count; i++)
        check_base(label_of(&config->policies[i], label), config->policies[i].policy.home,
                   findings);
}
