/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c - the program of the zygote that forks the NETs; links libssl and
 * libcrypto.  TLS contexts and tables are made here once, confined, and shared
 * by all sessions. */
#include "daemon/net/net.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"
#include "daemon/zygote/zygote.h"
#include "daemon/net/check_commands.h"
#include "daemon/net/tls_context.h"
#include "daemon/program/borders.h"
#include "daemon/program/program.h"
#include "daemon/protocol/certificates.h"
#include "daemon/protocol/checking.h"

#include <openssl/crypto.h>
#include <stdio.h>

static void print_version(void)
{
    printf("openssl: %s\n", OpenSSL_version(OPENSSL_VERSION_STRING));
}

static void complain_to_log(void *unused, bool fatal, const char *line)
{
    (void)unused;
    log_note(fatal ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING, "%s", line);
}

static void report_date(uint32_t number, int64_t expires)
{
    const struct check_certificate message = { .head.type = CHECK_CERTIFICATE,
                                               .expires = expires,
                                               .number = number };
    (void)channel_send(FD_MASTER, &message, sizeof message, 0);
}

/* Does NET know the commands that policies name, and could sessions be served with these
 * certificates? */
static void check(const struct config *config)
{
    size_t length;
    check_commands(config);
    if (!certificate_file(CERTIFICATE_TLS, &length))
        return;
    tls_begin();
    if (tls_contexts_make(config, program_complain, NULL) == 0) {
        tls_contexts_warn(config, program_complain_served, NULL);
        tls_contexts_tell_dates(report_date);
    }
}

static void look_daily(const struct config *config)
{
    tls_contexts_warn(config, complain_to_log, NULL);
}

int main(int argc, char **argv)
{
    static const struct program_kind nets = {
        .role = ROLE_NET_ZYGOTE,
        .borders = 1U << BORDER_ZYGOTE | 1U << BORDER_TO_NET | 1U << BORDER_NET_AUTH |
                   1U << BORDER_NET_JAIL | 1U << BORDER_NET_DIALER | 1U << BORDER_NET_KEEPER,
        .later = { { ROLE_NET } },
        .scribe = FD_ZYGOTE_SCRIBE,
        .certificates = true,
        .check = check,
        .print_version = print_version,
        .rehearse = net_rehearse,
    };
    static const struct zygote zygote = {
        .role = ROLE_NET, .channels = NET_CHANNELS, .live = net_run, .daily = look_daily
    };
    struct config *config = program_begin(&nets, argc, argv);
    tls_begin();
    net_warm_up();
    if (tls_contexts_make(config, complain_to_log, NULL) != 0)
        die("net: no session can be served with these certificates");
    zygote_run(&zygote, config);
}
