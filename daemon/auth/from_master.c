/* SPDX-License-Identifier: BSD-2-Clause */
/* from_master.c - runs in auth: messages of the master.  It opens the files and
 * reports the cells and their clients' addresses; auth trusts it. */
#include "daemon/auth/from_master.h"

#include "common/text.h"
#include "daemon/auth/errand.h"
#include "daemon/auth/failures.h"
#include "daemon/auth/control.h"
#include "daemon/auth/hand.h"
#include "daemon/auth/limits.h"
#include "daemon/auth/login.h"
#include "daemon/auth/state.h"
#include "daemon/ipc/validate.h"
#include "daemon/ipc/log.h"
#include "daemon/ipc/master_channel.h"
#include "daemon/protocol/from_master.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const struct border_row from_master[] = { MASTER_TO_AUTH(BORDER_ROW) };

static void on_halves(struct auth *auth, const struct fm_halves *message, const int ends[2])
{
    struct cell *cell = cell_get(&auth->cells, message->cell);
    if (!cell) { /* NET and JAIL get the end of file */
        close(ends[0]);
        close(ends[1]);
        return;
    }
    cell_take_end(&auth->cells, cell, &cell->net, ends[0]);
    cell_take_end(&auth->cells, cell, &cell->jail, ends[1]);
}

static void on_address(struct auth *auth, const struct fm_address *message)
{
    const char *wrong = validate_address(message);
    if (wrong)
        die("auth: border violation: the master's message: %s", wrong);
    struct cell *cell = cell_get(&auth->cells, message->cell); /* created if auth was restarted */
    if (!cell)
        return;
    key_of(&message->peer, &cell->key);
    cell->peer = message->peer;
    cell->has_client = true;
    cell->tls_required = message->listener < auth->config->listener_count &&
                         auth->config->listeners[message->listener].tls_mode == TLS_REQUIRED;
    if (cell->state == CELL_NEW)
        cell->state = CELL_READY;
}

static void on_file(struct auth *auth, const struct fm_file_message *message, int fd)
{
    if (message->which == FM_FILE_USERS) {
        files_take_users(&auth->files, auth->config, message->index, fd);
        login_file_came(auth, message->index);
    } else if (message->which == FM_FILE_GROUPS) {
        files_take_groups(&auth->files, auth->config, fd);
    } else if (message->which == FM_FILE_STATE) {
        bans_take_state(auth, fd);
    } else if (message->which == FM_FILE_BOOT) {
        ledger_book_take_boot(&auth->ledgers, fd);
    } else if (message->which == FM_FILE_QUOTAS) {
        ledger_book_take_file(&auth->ledgers, fd);
    } else {
        close(fd);
    }
}

/* Sent for each half that crashed, and finally when both have ended. */
static void on_gone(struct auth *auth, const struct fm_gone *message)
{
    struct cell *cell = cell_find(&auth->cells, message->cell);
    if (!cell)
        return;
    if (message->reason == GONE_CRASHED && cell->has_client)
        (void)failures_count(auth, &cell->peer, FAILURE_BANS_ONLY);
    else if (message->reason == GONE_ENDED || message->reason == GONE_LOGIN_TIMEOUT)
        login_cell_gone(auth, cell);
}

/* A session that logged in at an earlier auth. */
static void on_logged_in(struct auth *auth, const struct fm_logged_in *message)
{
    struct cell *cell = cell_get(&auth->cells, message->cell);
    if (!cell || cell->counted || !text_ends(message->name, sizeof message->name) ||
        !text_ends(message->group, sizeof message->group))
        return;
    cell->has_client = true;
    cell->orphan = true;
    auth->orphans++;
    /* no memory: it is not counted */
    (void)limits_begin(auth, cell, message->name, message->group);
    cell->state = CELL_IN;
}

static void on_admitted(struct auth *auth, const struct fm_admitted *message)
{
    struct cell *cell = cell_find(&auth->cells, message->cell);
    if (cell)
        login_admitted(auth, cell);
}

static void on_config(struct auth *auth, const struct message_head *head, int fd)
{
    (void)head;
    if (!config_replace(&auth->config, fd)) {
        log_note(LOG_LEVEL_ERROR, "the new configuration can't be read; the old one stays");
        return;
    }
    log_open(FD_SCRIBE, (enum log_level)auth->config->log_level);
    hashers_limit(&auth->hashers, auth->config->auth_concurrency);
    files_take_config(&auth->files, auth->config);
    bans_check_again(auth);
}

static void on_link(struct auth *auth, const struct message_head *head, int fd)
{
    (void)head;
    control_take(auth, fd);
}

static void on_no_groups(struct auth *auth, const struct message_head *head)
{
    (void)head;
    files_take_groups(&auth->files, auth->config, -1);
}

static void on_scribe(const struct auth *auth, const struct message_head *head, int fd)
{
    (void)head;
    if (dup3(fd, FD_SCRIBE, O_CLOEXEC) < 0)
        log_note(LOG_LEVEL_ERROR, "the new scribe's channel is lost: %s", strerror(errno));
    close(fd);
    log_open(FD_SCRIBE, (enum log_level)auth->config->log_level);
}

static void on_errand(struct auth *auth, const struct message_head *head, int fd)
{
    struct errand_end end;
    if (errand_came(auth, head->serial, fd, &end))
        login_errand_ended(auth, &end);
}

static void on_no_errand(struct auth *auth, const struct fm_no_errand *message)
{
    struct errand_end end;
    if (errand_refused(auth, message->head.serial, (int)(message->error & INT32_MAX), &end))
        login_errand_ended(auth, &end);
}

static void on_finish(struct auth *auth, const struct message_head *head)
{
    (void)head;
    auth_finish(auth);
}

static void on_leave(struct auth *auth, const struct message_head *head)
{
    (void)head;
    auth_hand_over(auth);
}

static void on_predecessor(struct auth *auth, const struct message_head *head, int fd)
{
    (void)head;
    auth_take_over(auth, fd);
}

#define HANDLE(name, number, shape, fds, phases, handler)                                          \
    case name:                                                                                     \
        on_##handler(auth, (const BORDER_STRUCT_##shape *)message MASTER_FDS_##fds(came));         \
        break;

static void handle(void *context, const struct message_head *message,
                   const int came[MASTER_FDS_MAX])
{
    struct auth *auth = context;
    switch (message->type) {
        MASTER_TO_AUTH(HANDLE)
    }
}

static const struct master_border border = {
    .process = "auth", .rows = from_master, .row_count = COUNT(from_master), .handle = handle
};

void from_master_read(struct auth *auth, enum master_reading reading)
{
    if (auth->master.fd < 0 || master_channel_read(&border, reading, auth))
        return;
    end_close(&auth->master);
    auth_resume(auth);
    login_master_gone(auth);
    memory_end(&auth->memory, &auth->bans, auth->penalties, now_ms());
    ledger_book_end(&auth->ledgers);
}
