/* SPDX-License-Identifier: BSD-2-Clause */
/* admin.c - runs in the master: answers the questions of the process control,
 * which are fixed structs. */
#include "daemon/master/admin.h"

#include "common/addr.h"
#include "common/text.h"
#include "daemon/ipc/log.h"
#include "daemon/master/cell.h"
#include "daemon/master/control.h"
#include "daemon/master/master.h"
#include "daemon/master/metrics.h"
#include "daemon/master/reload.h"
#include "daemon/master/stop.h"
#include "daemon/master/trace.h"
#include "daemon/master/upgrade.h"

#include <string.h>
#include <unistd.h>

enum { KICK_MS = 5000 };

/* A handler for each of MASTER_VERBS.  False: it is answered later. */

/* Lines that do not fit are left out. */
static void name_configuration(const struct master *master, struct control_answer *answer)
{
    (void)text_format(answer->text, sizeof answer->text, "%s\n", master->config_path);
    for (size_t i = 0; i < master->override_count; i++) {
        const size_t used = strlen(answer->text);
        if (!text_format(answer->text + used, sizeof answer->text - used, "%s\n",
                         master->overrides[i].text))
            answer->text[used] = '\0';
    }
}

static bool on_state(struct master *master, const struct control_ask *ask,
                     struct control_answer *answer)
{
    uint64_t *numbers = answer->numbers;
    (void)ask;
    for (const struct cell *cell = master->cells->busy.first; cell; cell = cell->next)
        numbers[STATE_LOGGED_IN] += cell->logged_in;
    numbers[STATE_PID] = (uint64_t)getpid();
    numbers[STATE_SECONDS] = (uint64_t)(now_ms() - master->since_ms) / 1000;
    numbers[STATE_SESSIONS] = master->cells->busy.count;
    numbers[STATE_ACCEPTED] = master->cells->next_session;
    numbers[STATE_REFUSED] = master->refused;
    numbers[STATE_WAITING_CELLS] = master->cells->idle.count;
    numbers[STATE_ENDING_CELLS] = master->cells->ending.count;
    numbers[STATE_MAX_SESSIONS] = master->config->max_sessions;
    numbers[STATE_LOG_LEVEL] = master->config->log_level;
    name_configuration(master, answer);
    numbers[STATE_STOPPING] = master->stopping == RUNNING    ? 0
                              : master->stopping == DRAINING ? 1
                                                             : 2;
    return true;
}

static void log_kick(const struct control_ask *ask, uint64_t sessions)
{
    struct scribe_admin record = { .event = EVENT_KICK, .number = sessions };
    if (ask->by == CONTROL_BY_SESSION)
        record.session = ask->number;
    else if (ask->by == CONTROL_BY_USER)
        (void)text_copy(record.name, sizeof record.name, ask->name);
    else
        record.address = ask->address;
    log_admin(&record, "an administrator kicks %u sessions", (unsigned)sessions);
}

/* NET sends 421 and ends; where it does not, the master kills it. */
static bool on_kick(struct master *master, const struct control_ask *ask,
                    struct control_answer *answer)
{
    const int64_t now = now_ms();
    for (struct cell *cell = master->cells->busy.first; cell; cell = cell->next) {
        if (cell->end_wanted || !trace_is_named(cell, ask))
            continue;
        cell_kick(cell, STOP_KICKED, now + KICK_MS);
        answer->numbers[0]++;
    }
    answer->result = answer->numbers[0] ? CONTROL_DONE : CONTROL_NONE;
    if (answer->numbers[0])
        log_kick(ask, answer->numbers[0]);
    return true;
}

static bool on_drain(struct master *master, const struct control_ask *ask,
                     struct control_answer *answer)
{
    (void)ask;
    answer->numbers[0] = master->cells->busy.count;
    stop_drain(master);
    return true;
}

static bool on_stop(struct master *master, const struct control_ask *ask,
                    struct control_answer *answer)
{
    answer->numbers[0] = master->cells->busy.count;
    stop_begin(master, ask->number ? STOPPING_NOW : STOPPING_GENTLY);
    return true;
}

/* Also in the image, which the other processes read.  False: no memory for one. */
static bool set_log_level(struct master *master, uint32_t level)
{
    const uint32_t before = master->config->log_level;
    master->config->log_level = level;
    const int image = config_to_fd(master->config);
    if (image < 0) {
        master->config->log_level = before;
        return false;
    }
    close(master->images.config);
    master->images.config = image;
    return true;
}

static bool on_log_level(struct master *master, const struct control_ask *ask,
                         struct control_answer *answer)
{
    if (ask->number < LOG_LEVEL_ERROR || ask->number > LOG_LEVEL_DEBUG) {
        answer->result = CONTROL_BAD;
        return true;
    }
    if (!set_log_level(master, (uint32_t)ask->number)) {
        answer->result = CONTROL_BUSY;
        return true;
    }
    reload_pass_on(master);
    log_admin(&(struct scribe_admin){ .event = EVENT_LOG_LEVEL, .value = (uint32_t)ask->number },
              "an administrator sets the log level");
    return true;
}

static bool on_trace(struct master *master, const struct control_ask *ask,
                     struct control_answer *answer)
{
    if (!trace_add(master, ask, &answer->numbers[0])) {
        answer->result = CONTROL_REFUSED;
        (void)text_format(answer->text, sizeof answer->text, "%d traces are running already",
                          TRACES_MAX);
    }
    return true;
}

static bool on_reload(struct master *master, const struct control_ask *ask,
                      struct control_answer *answer)
{
    (void)answer;
    reload_ask(master, ask->head.serial);
    return false;
}

static bool on_upgrade(struct master *master, const struct control_ask *ask,
                       struct control_answer *answer)
{
    (void)answer;
    upgrade_ask(master, ask->head.serial);
    return false;
}

static bool on_metrics(struct master *master, const struct control_ask *ask,
                       struct control_answer *answer)
{
    (void)answer;
    metrics_answer_control(master, ask->head.serial);
    return false;
}

#define VERB(name, number, patience, kind, handler)                                                \
    case name:                                                                                     \
        return on_##handler(master, ask, answer);

static bool answer_ask(struct master *master, const struct control_ask *ask,
                       struct control_answer *answer)
{
    switch (ask->verb) {
        MASTER_VERBS(VERB)
    default:
        answer->result = CONTROL_BAD;
        return true;
    }
}

void admin_ask(struct master *master, const struct control_ask *ask)
{
    struct control_answer answer;
    control_begin(&answer, ask->head.serial, ask->verb);
    if (answer_ask(master, ask, &answer))
        control_answer(master, &answer);
}
