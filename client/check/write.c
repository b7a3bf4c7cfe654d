/* SPDX-License-Identifier: BSD-2-Clause */
/* write.c - checks that write, all in one new directory below that of --write. */
#include "client/check/check.h"

#include "client/engine/data.h"
#include "client/engine/listing.h"
#include "common/ftptime.h"
#include "common/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum { CLOCK_SLACK_S = 600, NAMES_MAX = 64, UPLOAD_BYTES = 200000 };

static const char text[] = "line one\r\nline two\r\nline three\r\n";

static const char *at(const struct check *check, const char *name)
{
    static char path[TARGET_PATH_SIZE];
    if (!text_format(path, sizeof path, "%s/%s", check->directory, name))
        path[0] = '\0';
    return path;
}

void make_directory(struct check *check)
{
    struct session *session = &check->main;
    uint32_t random;
    const size_t n = strlen(check->write);
    char path[TARGET_PATH_SIZE];
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random ||
        !text_format(path, sizeof path, "%s%swardftp-check-%08x", check->write,
                     n > 0 && check->write[n - 1] != '/' ? "/" : "", random))
        return;
    if (session_command(session, "MKD %s", path) != OUTCOME_OK || session->reply.code / 100 != 2)
        return;
    (void)text_copy(check->directory, sizeof check->directory, path);
    if (store(session, 0, "STOR", at(check, "text"), text, sizeof text - 1) == OUTCOME_OK)
        (void)text_copy(check->file, sizeof check->file, at(check, "text"));
}

/* One upload of the text under this name. */
static bool put(struct check *check, const char *name)
{
    if (store(&check->main, 0, "STOR", at(check, name), text, sizeof text - 1) == OUTCOME_OK)
        return true;
    said_failure(check, &check->main);
    return false;
}

/* Says PASS where the file has these bytes. */
static void compare(struct check *check, const char *name, const char *bytes, size_t n)
{
    if (fetch(check, &check->main, 0, "RETR", at(check, name)) != OUTCOME_OK)
        said_failure(check, &check->main);
    else
        said(check,
             check->n == n && memcmp(check->bytes, bytes, n) == 0 ? VERDICT_PASS : VERDICT_FAIL,
             "%zu bytes were expected, %zu are there%s", n, check->n,
             check->n == n && memcmp(check->bytes, bytes, n) != 0 ? ", others" : "");
}

static bool has_directory(struct check *check)
{
    if (check->directory[0])
        return true;
    said(check, VERDICT_UNKNOWN, "the directory could not be made");
    return false;
}

void check_mkd(struct check *check)
{
    char name[TARGET_PATH_SIZE];
    if (!check->directory[0]) {
        said(check, VERDICT_FAIL, "no directory can be made below %s", check->write);
        return;
    }
    if (text_copy(name, sizeof name, at(check, "directory")) &&
        ask(check, &check->main, "MKD %s", name))
        said_reply(check, check->main.reply.code == 257 ? VERDICT_PASS : VERDICT_FAIL,
                   &check->main);
}

void check_stor(struct check *check)
{
    if (has_directory(check) && put(check, "stor"))
        compare(check, "stor", text, sizeof text - 1);
}

/* Half of an upload that replaces `name`; the data connection stays open. */
static bool begin_upload(struct check *check, struct session *session, struct data *data,
                         const char *name)
{
    memset(check->bytes, 'n', UPLOAD_BYTES);
    if (data_begin(session, data, 0, "STOR", at(check, name)) != OUTCOME_OK) {
        said_failure(check, session);
        return false;
    }
    if (link_write(&data->link, check->bytes, UPLOAD_BYTES, session->settings->stall_ms) == 0)
        return true;
    said(check, VERDICT_FAIL, "the upload broke");
    data_abort(session, data);
    return false;
}

void check_stor_whole(struct check *check)
{
    struct session *reader = &check->main;
    struct data data;
    if (!has_directory(check) || !put(check, "whole") || !open_second(check) ||
        !begin_upload(check, &check->other, &data, "whole"))
        return;
    if (session_command(reader, "SIZE %s", at(check, "whole")) != OUTCOME_OK)
        said_failure(check, reader);
    else if (said_missing(check, reader))
        ;
    else if (reader->reply.code == 213 && strtoul(reader->reply.text, NULL, 10) == sizeof text - 1)
        said(check, VERDICT_PASS, "others see the old file meanwhile");
    else
        said(check, VERDICT_DIFFERS, "meanwhile SIZE gets %d %.80s", reader->reply.code,
             reader->reply.text);
    if (data_end(&check->other, &data) != OUTCOME_OK)
        said_failure(check, &check->other);
}

/* The upload was broken: was it refused, and is the old file there? */
static void judge_broken(struct check *check, const char *name)
{
    const struct session *session = &check->other;
    const int code = session->reply.code;
    if (code < 400) {
        said(check, VERDICT_FAIL, "it gets %d", code);
        return;
    }
    compare(check, name, text, sizeof text - 1);
    if (check->now->verdict == VERDICT_PASS)
        said(check, VERDICT_PASS, "%d, and the old file stays", code);
    else
        said(check, VERDICT_DIFFERS, "%d, and the old file is gone or changed", code);
}

void check_stor_cut(struct check *check)
{
    struct session *session = &check->other;
    struct data data;
    if (!has_directory(check) || !put(check, "cut") || !open_second(check) ||
        !begin_upload(check, session, &data, "cut"))
        return;
    link_reset(&data.link);
    if (!data.ended && session_receive_final(session) != OUTCOME_OK)
        said_failure(check, session);
    else
        judge_broken(check, "cut");
}

void check_stor_truncated(struct check *check)
{
    struct session *session = &check->other;
    struct settings without;
    struct data data;
    if (!check->main.protected) {
        said(check, VERDICT_UNKNOWN, "data connections have no TLS");
        return;
    }
    if (!has_directory(check) || !put(check, "truncated") || !open_second(check) ||
        !begin_upload(check, session, &data, "truncated"))
        return;
    without = check->settings;
    without.faults.no_close_notify = 1;
    session->settings = &without;
    (void)data_end(session, &data);
    session->settings = &check->settings;
    if (session->open)
        judge_broken(check, "truncated");
    else
        said_failure(check, session);
}

/* An upload did not work: a server may be set up to refuse it. */
static void said_refusal(struct check *check)
{
    if (check->main.open && check->main.failure.code >= 400)
        said_reply(check, VERDICT_DIFFERS, &check->main);
    else
        said_failure(check, &check->main);
}

void check_stor_rest(struct check *check)
{
    char wanted[sizeof text];
    memcpy(wanted, text, sizeof text);
    memcpy(wanted + 5, "ONE", 3);
    if (!has_directory(check) || !put(check, "rest"))
        return;
    /* from byte 5 to the end: a server may cut behind what it writes */
    if (store(&check->main, 5, "STOR", at(check, "rest"), wanted + 5, sizeof text - 1 - 5) !=
        OUTCOME_OK)
        said_refusal(check);
    else
        compare(check, "rest", wanted, sizeof text - 1);
}

void check_appe(struct check *check)
{
    static const char twice[] = "line one\r\nline two\r\nline three\r\n"
                                "line one\r\nline two\r\nline three\r\n";
    if (!has_directory(check) || !put(check, "appe"))
        return;
    if (store(&check->main, 0, "APPE", at(check, "appe"), text, sizeof text - 1) != OUTCOME_OK)
        said_refusal(check);
    else
        compare(check, "appe", twice, sizeof twice - 1);
}

/* In a session of its own, since the file appears in the current directory. */
void check_stou(struct check *check)
{
    struct session *session = &check->other;
    struct data data;
    char first[120];
    int code;
    if (!has_directory(check) || !open_second(check) ||
        !ask(check, session, "CWD %s", check->directory))
        return;
    if (session->reply.code / 100 != 2) {
        said_reply(check, VERDICT_UNKNOWN, session);
        return;
    }
    if (data_begin(session, &data, 0, "STOU", NULL) != OUTCOME_OK) {
        if (!session->open || !said_missing(check, session))
            said_failure(check, session);
        return;
    }
    code = session->reply.code;
    (void)text_format(first, sizeof first, "%s", session->reply.text);
    if (data_end(session, &data) != OUTCOME_OK)
        said_failure(check, session);
    else
        said(check, strncmp(first, "FILE: ", 6) == 0 ? VERDICT_PASS : VERDICT_DIFFERS, "%d %s",
             code, first);
}

void check_rename(struct check *check)
{
    struct session *session = &check->main;
    if (!has_directory(check) || !put(check, "old") ||
        !ask(check, session, "RNFR %s", at(check, "old")))
        return;
    if (session->reply.code == 350 && !ask(check, session, "RNTO %s", at(check, "new")))
        return;
    if (session->reply.code != 250)
        said_reply(check, VERDICT_FAIL, session);
    else
        compare(check, "new", text, sizeof text - 1);
}

/* A command that must be refused with this code. */
static void expect_code(struct check *check, int code, const char *verb, const char *name)
{
    struct session *session = &check->main;
    if (!has_directory(check) || !ask(check, session, "%s %s", verb, at(check, name)))
        return;
    said_reply(check,
               session->reply.code == code  ? VERDICT_PASS
               : session->reply.code >= 400 ? VERDICT_DIFFERS
                                            : VERDICT_FAIL,
               session);
}

void check_rnfr_missing(struct check *check)
{
    expect_code(check, 550, "RNFR", "missing");
}

void check_rnto_alone(struct check *check)
{
    expect_code(check, 503, "RNTO", "missing");
}

void check_times_utc(struct check *check)
{
    struct session *session = &check->main;
    int64_t seconds = 0, off;
    uint32_t nanoseconds;
    if (!has_directory(check) || !put(check, "time") ||
        !ask(check, session, "MDTM %s", at(check, "time")) || said_missing(check, session))
        return;
    if (session->reply.code != 213 ||
        !ftptime_parse(session->reply.text, session->reply.text_bytes, &seconds, &nanoseconds)) {
        said_reply(check, VERDICT_FAIL, session);
        return;
    }
    off = seconds - (int64_t)time(NULL);
    said(check, off > -CLOCK_SLACK_S && off < CLOCK_SLACK_S ? VERDICT_PASS : VERDICT_FAIL,
         "it is %lld s from our clock", (long long)off);
}

void check_mfmt(struct check *check)
{
    struct session *session = &check->main;
    static const char wanted[] = "20010203040506";
    if (!has_directory(check) || !put(check, "mfmt") ||
        !ask(check, session, "MFMT %s %s", wanted, at(check, "mfmt")) ||
        said_missing(check, session))
        return;
    if (session->reply.code != 213) {
        said_reply(check, VERDICT_FAIL, session);
        return;
    }
    if (ask(check, session, "MDTM %s", at(check, "mfmt")))
        said_reply(check,
                   strncmp(session->reply.text, wanted, sizeof wanted - 1) == 0 ? VERDICT_PASS
                                                                                : VERDICT_FAIL,
                   session);
}

void check_dele(struct check *check)
{
    struct session *session = &check->main;
    if (!has_directory(check) || !put(check, "dele") ||
        !ask(check, session, "DELE %s", at(check, "dele")))
        return;
    if (session->reply.code != 250) {
        said_reply(check, VERDICT_FAIL, session);
        return;
    }
    if (ask(check, session, "DELE %s", at(check, "dele")))
        said_reply(check, session->reply.code >= 400 ? VERDICT_PASS : VERDICT_FAIL, session);
}

/* Deletes what NLST names, in our directory only. */
static void empty_directory(struct check *check)
{
    struct session *session = &check->main;
    char *line, *rest;
    if (fetch(check, session, 0, "NLST", check->directory) != OUTCOME_OK || check->n == FETCH_MAX)
        return;
    check->bytes[check->n] = '\0';
    line = strtok_r(check->bytes, "\r\n", &rest);
    for (int i = 0; line && i < NAMES_MAX; i++, line = strtok_r(NULL, "\r\n", &rest)) {
        const char *slash = strrchr(line, '/'), *name = slash ? slash + 1 : line;
        if (!name_is_safe(name, strlen(name)))
            continue;
        if (session_command(session, "DELE %s", at(check, name)) != OUTCOME_OK)
            return;
        if (session->reply.code >= 400)
            (void)session_command(session, "RMD %s", at(check, name));
    }
}

void check_clean_up(struct check *check)
{
    struct session *session = &check->main;
    if (!check->directory[0]) {
        said(check, VERDICT_UNKNOWN, "nothing was made");
        return;
    }
    check->log_ins = 0;
    if (!open_main(check)) {
        said(check, VERDICT_FAIL, "%s is left: %s", check->directory, session->failure.text);
        return;
    }
    empty_directory(check);
    if (session->open && session_command(session, "RMD %s", check->directory) == OUTCOME_OK &&
        session->reply.code / 100 == 2)
        said_reply(check, VERDICT_PASS, session);
    else
        said(check, VERDICT_FAIL, "%s is left: %s", check->directory,
             session->open ? reply_last_line(&session->reply) : session->failure.text);
}
