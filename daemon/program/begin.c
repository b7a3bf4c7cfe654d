/* SPDX-License-Identifier: BSD-2-Clause */
/* begin.c - runs in each role program, as root until sandbox_enter(). */
#include "daemon/program/program.h"

#include "common/text.h"
#include "common/title.h"
#include "daemon/protocol/certificates.h"
#include "daemon/ipc/channel.h"
#include "daemon/protocol/checking.h"
#include "daemon/ipc/log.h"
#include "daemon/program/borders.h"
#include "daemon/program/trial.h"
#include "daemon/sandbox/orders.h"
#include "daemon/sandbox/sandbox.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum mode {
    MODE_SERVE,
    MODE_CHECK,
    MODE_FIT,
    MODE_VERSION,
    MODE_SELF_TEST,
    MODE_SELF_TEST_2,
    MODE_UNKNOWN
};

static enum mode mode_of(int argc, char **argv)
{
    static const char *const names[] = {
        [MODE_CHECK] = "check",
        [MODE_FIT] = "fit",
        [MODE_VERSION] = "version",
        [MODE_SELF_TEST] = "self-test",
        [MODE_SELF_TEST_2] = "self-test-2",
    };
    if (argc <= 1)
        return MODE_SERVE;
    for (size_t i = MODE_CHECK; i < COUNT(names); i++) {
        if (argc == 2 && strcmp(argv[1], names[i]) == 0)
            return (enum mode)i;
    }
    return MODE_UNKNOWN;
}

static _Noreturn void print_version(const struct program_kind *kind)
{
    if (kind->print_version)
        kind->print_version();
    _exit(fflush(stdout) == 0 ? EX_OK : EX_IOERR);
}

/* From another build than the master's, or started by hand. */
static _Noreturn void refuse_start(const char *name)
{
    if (errno == EPROTO)
        fprintf(stderr, "%s: of another build than wardftpd: the border %s differs\n", name,
                orders_strange_border());
    else
        fprintf(stderr, "%s: only wardftpd starts this program; see wardftpd(8)\n", name);
    _exit(errno == EPROTO ? EX_PROTOCOL : EX_USAGE);
}

/* What has been read, and anything that the master left open. */
static bool close_images(void)
{
    return close_range(FD_CONFIG, ~0U, 0) == 0;
}

static _Noreturn void check(const struct program_kind *kind, const struct config *config)
{
    const struct check end = { .head.type = CHECK_END };
    if (kind->check)
        kind->check(config);
    (void)channel_send(FD_MASTER, &end, offsetof(struct check, text) + 1, 0);
    _exit(EX_OK);
}

void program_report(uint32_t kind, const char *line)
{
    struct check message = { .head.type = kind };
    if (!text_copy(message.text, sizeof message.text, line))
        (void)text_format(message.text, sizeof message.text, "%.1000s ...", line);
    (void)channel_send(FD_MASTER, &message,
                       message_size(offsetof(struct check, text), message.text), 0);
}

void program_complain(void *unused, bool fatal, const char *line)
{
    (void)unused;
    program_report(fatal ? CHECK_FAULT : CHECK_WARNING, line);
}

void program_complain_served(void *unused, bool fatal, const char *line)
{
    (void)unused;
    program_report(fatal ? CHECK_SERVED : CHECK_WARNING, line);
}

struct config *program_begin(const struct program_kind *kind, int argc, char **argv)
{
    const enum mode mode = mode_of(argc, argv);
    title_open(argc, argv);
    const char *name = argc > 0 ? argv[0] : "wardftpd";
    if (mode == MODE_VERSION)
        print_version(kind);
    if (mode == MODE_UNKNOWN || !orders_open(FD_ORDERS, BORDERS_OF_ALL | kind->borders))
        refuse_start(name);
    if (mode == MODE_FIT)
        _exit(EX_OK);
    log_open(mode == MODE_SERVE ? kind->scribe : -1, LOG_LEVEL_INFO);
    struct config *config = config_from_fd(FD_CONFIG);
    if (!config)
        die("%s: the configuration can't be read: %s", name, strerror(errno));
    if (kind->certificates && !certificates_open(FD_CERTIFICATES))
        die("%s: the certificates can't be read: %s", name, strerror(errno));
    tzset(); /* while the time zone files can be read */
    log_open(mode == MODE_SERVE ? kind->scribe : -1, (enum log_level)config->log_level);
    if (!close_images())
        die("%s: closing what it has read: %s", name, strerror(errno));
    if (mode >= MODE_SELF_TEST)
        trial_run(kind, (size_t)(mode - MODE_SELF_TEST));
    sandbox_enter(kind->role, FD_ROOT);
    close(FD_ROOT);
    if (mode == MODE_CHECK)
        check(kind, config);
    return config;
}
