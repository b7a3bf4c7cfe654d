/* SPDX-License-Identifier: BSD-2-Clause */
/* engine_driver.c - the engine for tests: commands on standard input, events as JSON lines on
 * standard output.  Fields of a command are separated by tabs:
 *
 *   site URL [KNOWN-HOSTS]              submit OP SITE PATH SECOND [NAME=VALUE ...]
 *   answer ID CHOICE TEXT ALL           cancel|pause|resume|retry|forget ID
 *   move ID BEFORE                      parallel N, rate N, disconnect SITE, jobs, stop GRACE, quit */
#include "client/engine/wardftp.h"
#include "common/json.h"
#include "common/text.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FIELDS_MAX = 16 };

struct driver {
    struct engine *engine;
    char *field[FIELDS_MAX];
    unsigned fields;
    struct settings settings[16];
    char known_hosts[16][4096];
    unsigned sites;
    bool quit;
};

static const char *const ops[ENGINE_OPS] = {
    [ENGINE_CONNECT] = "connect",
    [ENGINE_NOOP] = "noop",
    [ENGINE_CD] = "cd",
    [ENGINE_PWD] = "pwd",
    [ENGINE_LIST] = "list",
    [ENGINE_STAT] = "stat",
    [ENGINE_MKDIR] = "mkdir",
    [ENGINE_RMDIR] = "rmdir",
    [ENGINE_REMOVE] = "remove",
    [ENGINE_REMOVE_TREE] = "remove-tree",
    [ENGINE_RENAME] = "rename",
    [ENGINE_CHMOD] = "chmod",
    [ENGINE_SET_TIME] = "set-time",
    [ENGINE_HASH] = "hash",
    [ENGINE_FIND] = "find",
    [ENGINE_QUOTE] = "quote",
    [ENGINE_PLAN] = "plan",
    [ENGINE_GET] = "get",
    [ENGINE_PUT] = "put",
};
static const char *const kinds[] = { "state", "progress", "trace",    "note", "wait",
                                     "page",  "reply",    "question", "end" };
static const char *const states[] = { "waiting",   "running", "paused",
                                      "succeeded", "failed",  "cancelled" };
static const char *const pages[] = { "", "entries", "raw", "make", "copy", "delete" };
static const char *const questions[] = { "trust", "password", "exists" };

/* ---- events ---- */

static void show_items(struct json *json, const struct engine_event *event)
{
    struct engine_item item;
    json_text(json, "page", pages[event->page]);
    json_open_object(json, "items");
    for (size_t at = 0; engine_next_item(event, &at, &item);) {
        json_open_object(json, item.entry.name);
        json_integer(json, "type", item.entry.type);
        json_integer(json, "size", item.entry.size);
        if (item.other)
            json_text(json, "other", item.other);
        json_close_object(json);
    }
    json_close_object(json);
}

static void show_question(struct json *json, const struct engine_question *question)
{
    json_text(json, "question", questions[question->kind]);
    if (question->kind == ENGINE_ASKS_TRUST) {
        json_text(json, "fingerprint", question->trust.fingerprint);
        json_text(json, "facts", question->trust.facts);
    } else if (question->kind == ENGINE_ASKS_PASSWORD) {
        json_text(json, "user", question->user);
        json_integer(json, "attempt", question->attempt);
    } else {
        json_text(json, "path", question->path);
        json_integer(json, "source_size", question->source_size);
        json_integer(json, "target_size", question->target_size);
    }
}

static void show_numbers(struct json *json, const struct engine_event *event)
{
    json_integer(json, "total", event->total);
    json_integer(json, "start", event->start);
    json_integer(json, "done", event->done);
    json_integer(json, "moved", event->moved);
    json_integer(json, "number", event->number);
    json_text(json, "value", event->value);
    json_flag(json, "skipped", event->skipped);
    json_flag(json, "doubtful", event->doubtful);
    json_flag(json, "no_session", event->no_session);
}

static void on_event(void *context, const struct engine_event *event)
{
    struct json json;
    (void)context;
    json_begin(&json, stdout);
    json_text(&json, "event", kinds[event->kind]);
    json_integer(&json, "id", (int64_t)event->id);
    json_integer(&json, "slot", event->slot);
    json_text(&json, "state", states[event->state]);
    if (event->kind == ENGINE_EVENT_PAGE)
        show_items(&json, event);
    if (event->kind == ENGINE_EVENT_QUESTION)
        show_question(&json, event->question);
    if (event->kind == ENGINE_EVENT_END || event->kind == ENGINE_EVENT_PROGRESS)
        show_numbers(&json, event);
    if (event->kind == ENGINE_EVENT_STATE)
        json_flag(&json, "moves_on", event->moves_on);
    if (event->text[0])
        json_text(&json, "text", event->text);
    if (event->failure)
        json_text(&json, "failure", event->failure->text);
    if (event->failure)
        json_text(&json, "outcome", outcome_name(event->failure->outcome));
    json_end(&json);
}

/* ---- commands ---- */

static const char *text_at(const struct driver *driver, unsigned i)
{
    return i < driver->fields ? driver->field[i] : "";
}

static uint64_t number_at(const struct driver *driver, unsigned i)
{
    return strtoull(text_at(driver, i), NULL, 10);
}

static void add_site(struct driver *driver)
{
    struct settings *settings = &driver->settings[driver->sites];
    char *known_hosts = driver->known_hosts[driver->sites++];
    struct target target;
    const char *why = NULL;
    settings_init(settings);
    settings->retry_ms = 2000;
    text_copy(known_hosts, sizeof driver->known_hosts[0], text_at(driver, 2));
    if (known_hosts[0])
        settings->known_hosts_file = known_hosts;
    if (!target_parse(text_at(driver, 1), &target, &why))
        exit(2);
    if (target.require_tls)
        settings->tls = TLS_REQUIRE;
    printf("{\"event\": \"site\", \"number\": %d}\n",
           engine_add_site(driver->engine, &target, settings));
}

static void take_option(struct engine_request *request, struct plan_options *plan, char *text)
{
    char *value = strchr(text, '=');
    if (!value)
        exit(2);
    *value++ = '\0';
    if (strcmp(text, "exists") == 0)
        request->exists = (enum engine_exists)strtol(value, NULL, 10);
    else if (strcmp(text, "number") == 0)
        request->number = strtoll(value, NULL, 10);
    else if (strcmp(text, "held") == 0)
        request->held = true;
    else if (strcmp(text, "resume") == 0)
        request->resume = true;
    else if (strcmp(text, "upload") == 0)
        plan->upload = true;
    else if (strcmp(text, "delete") == 0)
        plan->delete_extra = true;
    else if (strcmp(text, "exclude") == 0)
        plan->exclude[plan->excludes++] = value;
    else
        exit(2);
}

static void submit(struct driver *driver)
{
    struct plan_options plan = { .upload = false };
    enum engine_op op = ENGINE_CONNECT;
    while (op < ENGINE_OPS && strcmp(ops[op], text_at(driver, 1)) != 0)
        op++;
    struct engine_request request = engine_request_of(op, (unsigned)number_at(driver, 2),
                                                      text_at(driver, 3), text_at(driver, 4));
    for (unsigned i = 5; i < driver->fields; i++)
        take_option(&request, &plan, driver->field[i]);
    request.plan = op == ENGINE_PLAN ? &plan : NULL;
    printf("{\"event\": \"submitted\", \"id\": %llu}\n",
           (unsigned long long)engine_submit(driver->engine, &request));
}

static void show_jobs(const struct engine *engine)
{
    const void *cursor = NULL;
    struct engine_job_view view;
    struct json json;
    json_begin(&json, stdout);
    json_text(&json, "event", "jobs");
    json_open_object(&json, "jobs");
    while (engine_next_job(engine, &cursor, &view)) {
        char id[24];
        text_format(id, sizeof id, "%llu", (unsigned long long)view.id);
        json_text(&json, id, states[view.state]);
    }
    json_close_object(&json);
    json_end(&json);
}

static bool change(struct driver *driver, const char *verb)
{
    static const struct {
        const char *verb;
        bool (*run)(struct engine *, engine_id);
    } changes[] = { { "cancel", engine_cancel },
                    { "pause", engine_pause },
                    { "resume", engine_resume },
                    { "retry", engine_retry },
                    { "forget", engine_forget } };
    for (size_t i = 0; i < COUNT(changes); i++)
        if (strcmp(changes[i].verb, verb) == 0)
            return changes[i].run(driver->engine, number_at(driver, 1));
    if (strcmp(verb, "move") == 0)
        return engine_move(driver->engine, number_at(driver, 1), number_at(driver, 2));
    if (strcmp(verb, "answer") == 0)
        return engine_answer(driver->engine, number_at(driver, 1), (unsigned)number_at(driver, 2),
                             text_at(driver, 3), number_at(driver, 4));
    exit(2);
}

static void run(struct driver *driver)
{
    const char *verb = driver->field[0];
    if (strcmp(verb, "site") == 0)
        add_site(driver);
    else if (strcmp(verb, "submit") == 0)
        submit(driver);
    else if (strcmp(verb, "jobs") == 0)
        show_jobs(driver->engine);
    else if (strcmp(verb, "parallel") == 0)
        engine_set_parallel(driver->engine, (unsigned)number_at(driver, 1));
    else if (strcmp(verb, "rate") == 0)
        engine_set_rate(driver->engine, (int64_t)number_at(driver, 1));
    else if (strcmp(verb, "disconnect") == 0)
        engine_disconnect(driver->engine, (unsigned)number_at(driver, 1));
    else if (strcmp(verb, "stop") == 0)
        engine_stop(driver->engine, (int)number_at(driver, 1));
    else if (strcmp(verb, "quit") == 0)
        driver->quit = true;
    else
        printf("{\"event\": \"%s\", \"done\": %s}\n", verb,
               change(driver, verb) ? "true" : "false");
    fflush(stdout);
}

/* One byte at a time, so that no command waits in a buffer that poll does not see. */
static void read_command(struct driver *driver)
{
    static char line[16384];
    size_t n = 0;
    while (n < sizeof line - 1) {
        if (read(STDIN_FILENO, line + n, 1) <= 0) {
            driver->quit = true;
            return;
        }
        if (line[n] == '\n')
            break;
        n++;
    }
    line[n] = '\0';
    driver->fields = 0;
    for (char *at = line; at && driver->fields < FIELDS_MAX;)
        driver->field[driver->fields++] = strsep(&at, "\t");
    run(driver);
}

int main(void)
{
    static struct driver driver;
    const struct engine_options options = { .parallel = 2,
                                            .keep_sessions = true,
                                            .keep_failed = true,
                                            .asks_trust = true,
                                            .asks_password = true,
                                            .asks_exists = true,
                                            .event = on_event };
    driver.engine = engine_new(&options);
    while (driver.engine && !driver.quit) {
        struct pollfd fds[] = { { .fd = STDIN_FILENO, .events = POLLIN },
                                { .fd = engine_fd(driver.engine), .events = POLLIN } };
        poll(fds, 2, -1);
        if (fds[0].revents)
            read_command(&driver);
        engine_dispatch(driver.engine);
    }
    engine_free(driver.engine);
    return 0;
}
