/* SPDX-License-Identifier: BSD-2-Clause */
/* data.c - checks of listings and downloads. */
#include "client/check/check.h"

#include "common/ftptime.h"
#include "common/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TIME_DIGITS = 14, REST_BEHIND = 100 };

static const char missing[] = "wardftp-check-missing";

/* The outcome of a transfer that has to succeed. */
static bool fetched(struct check *check, struct session *session, int64_t restart, const char *verb,
                    const char *argument)
{
    if (fetch(check, session, restart, verb, argument) == OUTCOME_OK) {
        if (check->more)
            said(check, VERDICT_UNKNOWN, "more than %d bytes came", FETCH_MAX);
        return !check->more;
    }
    said_failure(check, session);
    return false;
}

static const char *place(const struct check *check)
{
    return check->target.path[0] && strcmp(check->file, check->target.path) != 0
               ? check->target.path
               : NULL;
}

void check_list(struct check *check)
{
    struct session *session = &check->main;
    if (fetched(check, session, 0, "LIST", place(check)))
        said_reply(check,
                   session->reply.code == 226 || session->reply.code == 250 ? VERDICT_PASS
                                                                            : VERDICT_FAIL,
                   session);
}

void check_list_lines(struct check *check)
{
    struct session *session = &check->main;
    size_t lines = 0, bare = 0;
    if (session_type(session, TYPE_ASCII) != OUTCOME_OK) {
        said_failure(check, session);
        return;
    }
    const bool done = fetched(check, session, 0, "LIST", place(check));
    if (session->open)
        (void)session_type(session, TYPE_IMAGE);
    if (!done)
        return;
    for (size_t i = 0; i < check->n; i++) {
        lines += check->bytes[i] == '\n';
        bare += check->bytes[i] == '\n' && (i == 0 || check->bytes[i - 1] != '\r');
    }
    if (bare > 0 || (check->n > 0 && check->bytes[check->n - 1] != '\n'))
        said(check, VERDICT_FAIL, "%zu of %zu lines end with LF only, or the last has no end", bare,
             lines);
    else
        said(check, VERDICT_PASS, "%zu lines", lines);
}

/* A transfer that has to be refused; a 1xx reply before the refusal is a promise not kept. */
static void expect_no_transfer(struct check *check, const char *verb, const char *name,
                               enum verdict otherwise)
{
    struct session *session = &check->main;
    if (fetch(check, session, 0, verb, name) == OUTCOME_OK)
        said(check, otherwise, "%d and %zu bytes", session->reply.code, check->n);
    else if (session->open && session->failure.code >= 400)
        said_reply(check, check->begun ? VERDICT_DIFFERS : VERDICT_PASS, session);
    else
        said_failure(check, session);
}

void check_list_missing(struct check *check)
{
    expect_no_transfer(check, "LIST", missing, VERDICT_DIFFERS);
}

void check_retr_missing(struct check *check)
{
    expect_no_transfer(check, "RETR", missing, VERDICT_FAIL);
}

/* What is wrong with a line of facts (RFC 3659 section 7.2), or NULL. */
static const char *fact_fault(const char *line, size_t n)
{
    const char *space = memchr(line, ' ', n);
    bool typed = false;
    if (!space || space + 1 == line + n)
        return "no space before the name";
    for (const char *at = line; at < space;) {
        const char *end = memchr(at, ';', (size_t)(space - at));
        const char *is = end ? memchr(at, '=', (size_t)(end - at)) : NULL;
        if (!is || is == at)
            return "a fact is not NAME=VALUE;";
        for (const char *c = at; c < is; c++)
            if (!isalnum((unsigned char)*c) && !strchr(".-_", *c))
                return "the name of a fact has strange characters";
        if (is - at == 4 && strncasecmp(at, "type", 4) == 0)
            typed = true;
        if (is - at == 6 && strncasecmp(at, "modify", 6) == 0) {
            int64_t seconds;
            uint32_t nanoseconds;
            if (!ftptime_parse(is + 1, (size_t)(end - is - 1), &seconds, &nanoseconds))
                return "the time of modify is not YYYYMMDDHHMMSS";
        }
        at = end + 1;
    }
    return typed ? NULL : "there is no type";
}

void check_mlst(struct check *check)
{
    struct session *session = &check->main;
    const char *line, *fault = NULL;
    if (!ask(check, session, "MLST") || said_missing(check, session))
        return;
    line = strchr(session->reply.text, '\n');
    if (session->reply.code != 250 || !line || line[1] != ' ')
        fault = "there is no line of facts behind one space";
    else
        fault = fact_fault(line + 2, strcspn(line + 2, "\n"));
    if (fault)
        said(check, VERDICT_FAIL, "%d: %s", session->reply.code, fault);
    else
        said(check, VERDICT_PASS, "%.*s", (int)strcspn(line + 2, "\n"), line + 2);
}

static void judge_lines(struct check *check)
{
    const char *at = check->bytes, *end = check->bytes + check->n;
    size_t lines = 0;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *fault;
        if (!newline || newline == at || newline[-1] != '\r')
            fault = "it does not end with CRLF";
        else
            fault = fact_fault(at, (size_t)(newline - at) - 1);
        lines++;
        if (fault) {
            said(check, VERDICT_FAIL, "line %zu: %s", lines, fault);
            return;
        }
        at = newline + 1;
    }
    said(check, VERDICT_PASS, "%zu lines", lines);
}

void check_mlsd(struct check *check)
{
    struct session *session = &check->main;
    if (fetch(check, session, 0, "MLSD", place(check)) == OUTCOME_OK)
        judge_lines(check);
    else if (!session->open || !said_missing(check, session))
        said_failure(check, session);
}

void check_retr(struct check *check)
{
    struct session *session = &check->main;
    if (fetched(check, session, 0, "RETR", check->file))
        said(check,
             session->reply.code == 226 || session->reply.code == 250 ? VERDICT_PASS : VERDICT_FAIL,
             "%d and %zu bytes", session->reply.code, check->n);
}

/* The number of a 213 reply. */
static bool size_of(struct check *check, struct session *session, uint64_t *size)
{
    if (!ask(check, session, "SIZE %s", check->file) || said_missing(check, session))
        return false;
    if (session->reply.code == 213 && number_parse(session->reply.text, 0, INT64_MAX, size))
        return true;
    said_reply(check, VERDICT_FAIL, session);
    return false;
}

static void compare_size(struct check *check, uint64_t size)
{
    if (fetched(check, &check->main, 0, "RETR", check->file))
        said(check, size == check->n ? VERDICT_PASS : VERDICT_FAIL,
             "SIZE says %llu, and %zu bytes come", (unsigned long long)size, check->n);
}

void check_size(struct check *check)
{
    uint64_t size;
    if (size_of(check, &check->main, &size))
        compare_size(check, size);
}

void check_size_ascii(struct check *check)
{
    struct session *session = &check->main;
    uint64_t size;
    if (session_type(session, TYPE_ASCII) != OUTCOME_OK) {
        said_failure(check, session);
        return;
    }
    if (size_of(check, session, &size))
        compare_size(check, size);
    else if (session->open && session->reply.code >= 503)
        said_reply(check, VERDICT_PASS, session);
    if (session->open)
        (void)session_type(session, TYPE_IMAGE);
}

void check_mdtm(struct check *check)
{
    struct session *session = &check->main;
    char time[TIME_DIGITS + 1], *modify;
    if (!ask(check, session, "MDTM %s", check->file) || said_missing(check, session))
        return;
    if (session->reply.code != 213 || strspn(session->reply.text, "0123456789") != TIME_DIGITS) {
        said_reply(check, VERDICT_FAIL, session);
        return;
    }
    memcpy(time, session->reply.text, TIME_DIGITS);
    time[TIME_DIGITS] = '\0';
    said_reply(check, VERDICT_PASS, session);
    if (!ask(check, session, "MLST %s", check->file))
        return;
    modify = session->reply.code == 250 ? strcasestr(session->reply.text, "modify=") : NULL;
    if (modify && strncmp(modify + strlen("modify="), time, TIME_DIGITS) != 0)
        said(check, VERDICT_FAIL, "MDTM says %s and MLST %.14s", time, modify + strlen("modify="));
    else
        said(check, VERDICT_PASS, "%s", time);
}

/* The file's bytes, in memory of their own; free them. */
static char *whole_file(struct check *check, size_t *n)
{
    char *whole;
    if (!fetched(check, &check->main, 0, "RETR", check->file))
        return NULL;
    whole = malloc(check->n + 1);
    if (whole)
        memcpy(whole, check->bytes, check->n);
    *n = check->n;
    return whole;
}

void check_rest(struct check *check)
{
    size_t n, half;
    char *whole = whole_file(check, &n);
    if (!whole)
        return;
    half = n / 2;
    if (half == 0)
        said(check, VERDICT_UNKNOWN, "the file is too short");
    else if (fetched(check, &check->main, (int64_t)half, "RETR", check->file))
        said(check,
             check->n == n - half && memcmp(check->bytes, whole + half, check->n) == 0
                 ? VERDICT_PASS
                 : VERDICT_FAIL,
             "REST %zu of %zu: %zu bytes come", half, n, check->n);
    free(whole);
}

void check_rest_once(struct check *check)
{
    struct session *session = &check->main;
    size_t n;
    if (!fetched(check, session, 1, "RETR", check->file))
        return;
    n = check->n;
    if (fetched(check, session, 0, "RETR", check->file))
        said(check, check->n == n + 1 ? VERDICT_PASS : VERDICT_FAIL,
             "%zu bytes, and then %zu without REST", n, check->n);
}

void check_rest_beyond(struct check *check)
{
    struct session *session = &check->main;
    if (!fetched(check, session, 0, "RETR", check->file))
        return;
    if (fetch(check, session, (int64_t)check->n + REST_BEHIND, "RETR", check->file) == OUTCOME_OK)
        said(check, check->n == 0 ? VERDICT_DIFFERS : VERDICT_FAIL, "%d and %zu bytes",
             session->reply.code, check->n);
    else if (session->open && session->failure.code >= 400)
        said_reply(check, VERDICT_PASS, session);
    else
        said_failure(check, session);
}
