/* SPDX-License-Identifier: BSD-2-Clause */
/* check.c - `wardftpd -t`: what a start checks, then everything else; its exit code. */
#include "daemon/checkup/check.h"

#include "daemon/checkup/checkup.h"
#include "daemon/config/origins.h"
#include "daemon/master/check_certificates.h"
#include "daemon/master/filters.h"
#include "daemon/master/master.h"
#include "daemon/master/spawn.h"

#include <fcntl.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

/* The root of programs that only check: "/" where the empty root does not exist yet. */
static int open_root_for_check(const struct config *config)
{
    const int fd = open(config->empty_root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 ? fd : open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* What a start also checks. */
static bool is_fit(struct master *master, const struct complaint *to)
{
    const struct config *config = master->config;
    if (!spawn_reserve_descriptors() ||
        (geteuid() == 0 && roles_look_up(config, &master->ids, to->complain, to->context) != 0))
        return false;
    master->empty_root = open_root_for_check(config);
    return programs_open(&master->programs, to) == 0 &&
           filters_compile(config, to->complain, to->context) == 0 &&
           images_make(config, &master->ids, &master->images, to) == 0 &&
           check_certificates(master, &master->dates, to) == 0;
}
/* in addition to those of sysexits.h */
enum { EX_WARNINGS = 1 };

static int sum_up(const struct check_options *options, const struct findings *findings)
{
    const size_t warnings = findings->count[SEVERITY_WARNING];
    if (findings->count[SEVERITY_FAULT])
        return EX_CONFIG;
    if (!options->json && warnings == 0)
        printf("%s: fine\n", options->config_path);
    else if (!options->json)
        printf("%s: usable, with %zu warning%s\n", options->config_path, warnings,
               warnings == 1 ? "" : "s");
    return options->strict && warnings ? EX_WARNINGS : EX_OK;
}

/* An expired certificate is a fault here, but not for --quick: the daemon starts and serves with
 * it. */
int check_everything(struct master *master, const struct check_options *options)
{
    static struct findings findings;
    struct config_origins *origins = NULL;
    struct complaint to = findings_complaint(&findings);
    findings.json = options->json;
    master->config_path = options->config_path;
    master->config =
        config_load_with_origins(options->config_path, options->overrides, options->override_count,
                                 to.complain, to.context, &origins);
    if (options->quick)
        to.served = NULL;
    findings.origins = origins;
    if (master->config && is_fit(master, &to) && !options->quick)
        checkup(master, &findings);
    findings.origins = NULL;
    config_origins_free(origins);
    return sum_up(options, &findings);
}
