/* SPDX-License-Identifier: BSD-2-Clause */
/* doctor.c - what is wrong with the running daemon and its machine, or will be soon. */
#include "tools/wardctl/doctor.h"

#include "common/json.h"
#include "common/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EX_WARNINGS = 1 };

void diagnose(struct diagnosis *diagnosis, enum severity severity, const char *format, ...)
{
    static const char *const names[SEVERITIES] = { "hint", "warning", "fault" };
    char line[2048], safe[4096];
    struct json json;
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(line, sizeof line, format, arguments) < 0)
        (void)text_copy(line, sizeof line, format);
    va_end(arguments);
    diagnosis->count[severity]++;
    if (diagnosis->json) {
        json_begin(&json, stdout);
        json_text(&json, "severity", names[severity]);
        json_text(&json, "message", line);
        json_end(&json);
        return;
    }
    (void)text_escape(safe, sizeof safe, line, strlen(line));
    (void)printf("%s: %s\n", names[severity], safe);
}

static void check_sessions(struct diagnosis *diagnosis)
{
    const uint64_t *numbers = diagnosis->running->numbers;
    const uint64_t sessions = numbers[STATE_SESSIONS], most = numbers[STATE_MAX_SESSIONS];
    if (sessions * 10 >= most * 9)
        diagnose(diagnosis, SEVERITY_WARNING,
                 "%" PRIu64 " of %" PRIu64
                 " sessions are in use: new clients are refused soon; raise daemon.max_sessions",
                 sessions, most);
    if (numbers[STATE_STOPPING])
        diagnose(diagnosis, SEVERITY_WARNING, "the daemon is stopping and takes no clients");
    if (numbers[STATE_WAITING_CELLS] == 0 && sessions < most && !numbers[STATE_STOPPING])
        diagnose(diagnosis, SEVERITY_WARNING,
                 "no process waits for a client: new clients are served slowly or not at all; see "
                 "the log "
                 "for why");
}

static void check_logins(struct diagnosis *diagnosis)
{
    enum { A_DAY = 86400 };
    const uint64_t age = diagnosis->counts[COUNT_LOGIN_AGE], up = diagnosis->counts[COUNT_SECONDS];
    const uint64_t refused = diagnosis->counts[COUNT_REFUSED_LOGINS];
    if (age == UINT64_MAX && up > A_DAY)
        diagnose(diagnosis, SEVERITY_HINT,
                 "no one has logged in for %" PRIu64 " hours, since the log's process started",
                 up / 3600);
    else if (age != UINT64_MAX && age > A_DAY)
        diagnose(diagnosis, SEVERITY_HINT, "the last log-in was %" PRIu64 " hours ago", age / 3600);
    if (age == UINT64_MAX && refused > 0)
        diagnose(diagnosis, SEVERITY_WARNING,
                 "%" PRIu64
                 " log-ins were refused, and none succeeded; wardctl explain user NAME says why",
                 refused);
}

static void check_log(struct diagnosis *diagnosis)
{
    if (diagnosis->counts[COUNT_LOG_REPLACED])
        diagnose(diagnosis, SEVERITY_WARNING,
                 "the log cannot be opened, and syslog is used instead; mend its path and run "
                 "wardctl reload");
    if (diagnosis->counts[COUNT_LOST_LINES])
        diagnose(diagnosis, SEVERITY_WARNING,
                 "%" PRIu64 " lines of the logs were lost; is their disk full?",
                 diagnosis->counts[COUNT_LOST_LINES]);
}

static void complain_of(void *context, bool fatal, const char *line)
{
    if (fatal)
        diagnose(context, SEVERITY_FAULT, "%s: a reload or a restart fails; mend it", line);
}

/* 0, or the exit code. */
static int ask(struct link *link, struct running_config *running, struct diagnosis *diagnosis)
{
    struct control_ask counts = { .verb = CONTROL_COUNTS };
    struct control_answer answer;
    int code = running_config(link, running);
    if (code == 0)
        code = link_simple(link, &counts, &answer);
    if (code == 0)
        memcpy(diagnosis->counts, answer.numbers, sizeof diagnosis->counts);
    return code;
}

static int exit_code(const struct diagnosis *diagnosis, int checked)
{
    if (diagnosis->count[SEVERITY_FAULT] || checked == EX_CONFIG)
        return EX_CONFIG;
    return diagnosis->count[SEVERITY_WARNING] || checked == EX_WARNINGS ? EX_WARNINGS : 0;
}

int command_doctor(struct link *link, const struct request *request)
{
    static struct running_config running;
    struct diagnosis diagnosis = { .json = request->json, .running = &running };
    const int code = ask(link, &running, &diagnosis);
    if (code)
        return code;
    check_sessions(&diagnosis);
    check_logins(&diagnosis);
    check_log(&diagnosis);
    struct config *config = config_load(running.path, running.overrides, running.override_count,
                                        complain_of, &diagnosis);
    diagnosis.config = config;
    if (config) {
        doctor_system(&diagnosis);
        doctor_ports(&diagnosis);
    }
    const int checked = config ? doctor_check(&diagnosis) : 0;
    if (checked < 0)
        diagnose(&diagnosis, SEVERITY_WARNING, "wardftpd -t could not be run; run it by hand");
    free(config);
    const int written = list_end(false);
    return written ? written : exit_code(&diagnosis, checked);
}
