/* SPDX-License-Identifier: BSD-2-Clause */
/* bench.c - `wardftp bench` from its arguments to its exit code.  The server's certificate is not
 * judged here: a load is not a secret. */
#include "client/bench/bench.h"

#include "client/engine/dial.h"
#include "client/engine/netrc.h"
#include "client/secret.h"
#include "common/text.h"

#include <stdio.h>
#include <stdlib.h>

static enum outcome find_password(struct bench *bench, struct failure *failure)
{
    struct target *target = &bench->plan.target;
    if (bench->password_fd >= 0) {
        if (secret_from_fd(bench->password_fd, target->password, sizeof target->password) < 0)
            return failure_set(failure, OUTCOME_USAGE, "--password-fd: no password came");
        target->has_password = true;
    } else if (!target->has_password && bench->netrc &&
               netrc_find(bench->netrc, target) == NETRC_OPEN_TO_OTHERS) {
        return failure_set(failure, OUTCOME_USAGE, "%s is readable by others; run chmod 600",
                           bench->netrc);
    }
    return OUTCOME_OK;
}

static enum outcome find_server(struct bench *bench, struct failure *failure)
{
    struct addresses addresses;
    const enum outcome outcome = dial_look_up(&bench->settings, bench->plan.target.host,
                                              bench->plan.target.port, &addresses, failure);
    if (outcome == OUTCOME_OK)
        bench->address = addresses.address[0];
    return outcome;
}

static enum outcome load(struct bench *bench, struct session *session)
{
    enum outcome outcome = find_password(bench, &session->failure);
    if (outcome == OUTCOME_OK)
        outcome = find_server(bench, &session->failure);
    if (outcome != OUTCOME_OK)
        return outcome;
    session_init(session, &bench->settings, &bench->plan.target);
    outcome = bench_set_up(bench, session);
    if (outcome == OUTCOME_OK && !bench_run(bench))
        outcome = failure_set(&session->failure, OUTCOME_LOCAL, "the workers could not start");
    if (outcome == OUTCOME_OK) {
        bench_tear_down(bench, session);
        outcome = bench_report(bench);
        session->failure.text[0] = '\0';
    }
    return outcome;
}

int bench_main(int argc, char **argv)
{
    static struct bench bench;
    static struct session session; /* large */
    static char netrc[4096];
    const char *home = getenv("HOME");
    enum outcome outcome;
    if (!bench_options(&bench, argc, argv))
        return OUTCOME_USAGE;
    if (bench.help) {
        bench_usage(stdout);
        return OUTCOME_OK;
    }
    if (!bench.netrc && home && text_format(netrc, sizeof netrc, "%s/.netrc", home))
        bench.netrc = netrc;
    bench.settings.tls = bench.plan.tls ? TLS_TRY : TLS_OFF;
    outcome = load(&bench, &session);
    wipe(bench.plan.target.password, sizeof bench.plan.target.password);
    if (outcome != OUTCOME_OK && session.failure.text[0])
        fprintf(stderr, "wardftp: bench: %s\n", session.failure.text);
    return (int)outcome;
}
