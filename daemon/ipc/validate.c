/* SPDX-License-Identifier: BSD-2-Clause */
/* validate.c - checks what a message means before it is used (invariant I8).  In
 * every process; pure. */
#include "daemon/ipc/validate.h"

#include "common/addr.h"
#include "common/passive.h"
#include "common/proxy_header.h"
#include "common/text.h"
#include "daemon/ipc/policy.h"

#include <string.h>

static bool error_fits(uint32_t error)
{
    return error <= ERRNO_MAX || (error >= JAIL_DENIED && error < JAIL_ERRORS_END);
}

/* Any time is valid; sizes are limited as the kernel limits them. */
static bool file_fits(const struct jail_file *file)
{
    return file->size <= INT64_MAX && file->mtime_ns < 1000000000 && file->type <= FILE_OTHER &&
           file->mode <= 07777;
}

/* Does the answer carry the facts of an existing file? */
static bool has_file(uint32_t type)
{
    return type == JAIL_STAT || type == JAIL_OPEN_READ || type == JAIL_LIST_OPEN;
}

static bool offset_fits(const struct jail_answer *answer, uint32_t type)
{
    if (type == JAIL_PACE)
        return answer->offset <= (uint64_t)WAIT_MAX_S * 1000000;
    return answer->offset <= INT64_MAX;
}

const char *validate_jail_answer(const struct jail_answer *answer, uint32_t type)
{
    if (!error_fits(answer->error))
        return "an invalid error";
    if (!text_ends(answer->name, sizeof answer->name) || strpbrk(answer->name, "/\n"))
        return "an invalid name";
    if (answer->more > 1)
        return "a flag that is neither 0 nor 1";
    if (!offset_fits(answer, type))
        return "an offset out of range";
    if (answer->used.bytes > INT64_MAX || answer->used.files > INT64_MAX)
        return "a usage out of range";
    if (!file_fits(&answer->file))
        return "invalid facts of a file";
    if (answer->error == 0 && has_file(type) && answer->file.type == 0)
        return "a file without a type";
    if (answer->error == 0 && type == JAIL_OPEN_READ && answer->file.type != FILE_REGULAR)
        return "an open file that is not a regular one";
    return NULL;
}

/* Are these whole lines, each ended by CR LF?  A CR elsewhere may be part of a name (law N1). */
static bool lines_fit(const char *text, size_t n)
{
    if (n > 0 && text[n - 1] != '\n')
        return false;
    while (n > 0) {
        const char *lf = memchr(text, '\n', n);
        const size_t line_n = (size_t)(lf - text) + 1; /* the last byte is a line feed */
        if (line_n < 2 || text[line_n - 2] != '\r')
            return false;
        text += line_n;
        n -= line_n;
    }
    return true;
}

const char *validate_jail_page(const struct jail_page *page, size_t n)
{
    const size_t head_n = offsetof(struct jail_page, text);
    if (n < head_n || n > sizeof *page)
        return "a page of the wrong size";
    if (!error_fits(page->error) || page->last > 1)
        return "a page with an invalid head";
    if (memchr(page->text, '\0', n - head_n))
        return "a page with a NUL";
    return lines_fit(page->text, n - head_n) ? NULL : "a line that does not end in CR LF";
}

/* The data timeout is added to clocks, in milliseconds. */
static const char *validate_policy(const struct net_policy *policy)
{
    if (policy->data_timeout > INT32_MAX)
        return "a time-out out of range";
    return policy_fits_net(policy) ? NULL : "a policy out of range";
}

const char *validate_login_answer(const struct auth_login_answer *answer)
{
    if (answer->result >= AUTH_RESULTS)
        return "an invalid result";
    if (!text_ends(answer->start, sizeof answer->start))
        return "a directory without NUL";
    return validate_policy(&answer->policy);
}

const char *validate_dial_answer(const struct dial_answer *answer)
{
    if (answer->error > ERRNO_MAX)
        return "an invalid error";
    if (answer->port > UINT16_MAX)
        return "a port out of range";
    if (answer->error == 0 && answer->head.type == DIAL_LISTEN && answer->port == 0)
        return "a listener without a port";
    if (answer->may_keep > (answer->error == 0 && answer->head.type == DIAL_LISTEN))
        return "a listener to keep that does not exist";
    return NULL;
}

const char *validate_keeper_answer(const struct keeper_answer *answer)
{
    if (answer->error > ERRNO_MAX)
        return "an invalid error";
    if (answer->length > sizeof answer->signature)
        return "a signature that is too long";
    return (answer->error == 0) == (answer->length > 0)
               ? NULL
               : "both a signature and an error, or neither";
}

static bool is_internet(const struct sockaddr_storage *address)
{
    return address->ss_family == AF_INET || address->ss_family == AF_INET6;
}

const char *validate_client(const struct to_net_client *client)
{
    if (!is_internet(&client->peer) || !is_internet(&client->local))
        return "a client without a valid address";
    return client->accepted_ms < 0 ? "a client with an invalid time" : NULL;
}

const char *validate_stop(const struct to_net_stop *stop)
{
    if (stop->kind != STOP_GENTLY && stop->kind != STOP_NOW)
        return "an invalid way to stop";
    return stop->reason >= STOP_SHUTDOWN && stop->reason <= STOP_BANNED ? NULL
                                                                        : "an invalid reason";
}

const char *validate_address(const struct fm_address *address)
{
    if (!is_internet(&address->peer) || !is_internet(&address->local))
        return "a client without a valid address";
    return address->accepted_ms < 0 ? "a client with an invalid time" : NULL;
}

const char *validate_logged_in(const struct tm_logged_in *message)
{
    if (!text_ends(message->name, sizeof message->name) ||
        !text_ends(message->group, sizeof message->group))
        return "a name without NUL";
    return message->uid == 0 || message->uid == UINT32_MAX ? "an invalid uid" : NULL;
}

const char *validate_resolved(const struct tm_resolved *message)
{
    if (!text_ends(message->name, sizeof message->name) || !passive_name_is_valid(message->name))
        return "an invalid host name";
    return passive_address_is_public(message->address) ? NULL : "an address that is not public";
}

const char *validate_greeted(const struct tm_greeted *message)
{
    if (message->found == GREETING_PENDING || message->found >= GREETINGS)
        return "an unknown kind of PROXY header";
    if (message->found != GREETING_CLIENT)
        return NULL;
    return proxy_address_is_usable(&message->source) &&
                   proxy_address_is_usable(&message->destination)
               ? NULL
               : "an address that no client has";
}

/* Whole IPv4 addresses; of IPv6 the /64 and the /48. */
static bool bits_fit(const struct sockaddr_storage *address, uint32_t bits)
{
    return address->ss_family == AF_INET ? bits == 32
                                         : bits == ADDR_KEY_BITS || bits == ADDR_NETWORK_BITS;
}

const char *validate_ban(const struct tm_ban *ban)
{
    if (!is_internet(&ban->address))
        return "a ban of no address";
    return bits_fit(&ban->address, ban->bits) ? NULL : "a ban of no network";
}

/* The master looks up what it is about. */
const char *validate_errand(const struct tm_errand *errand)
{
    if (errand->kind == 0 || errand->kind >= ERRAND_KINDS)
        return "an errand that there is not";
    return text_ends(errand->pattern, sizeof errand->pattern) ? NULL : "a pattern without NUL";
}

/* Which ids and which home may log in, auth decides as for a row of the user file. */
const char *validate_found(const struct errand_found *found)
{
    if (found->verdict == 0 || found->verdict >= FOUND_VERDICTS)
        return "a verdict that there is not";
    if (found->group_count > GROUPS_MAX)
        return "too many groups";
    if (!text_ends(found->home, sizeof found->home) || (*found->home && *found->home != '/'))
        return "a home that is none";
    return NULL;
}

/* A verb that is none is answered so. */
const char *validate_control_ask(const struct control_ask *ask)
{
    const bool bans = ask->verb == CONTROL_BAN || ask->verb == CONTROL_UNBAN;
    if (!text_ends(ask->name, sizeof ask->name))
        return "a name without NUL";
    if (bans && ask->bits != 0 && !bits_fit(&ask->address, ask->bits))
        return "a network that is none";
    if (ask->by > CONTROL_BY_ADDRESS)
        return "a kick by nothing";
    if (ask->verb == CONTROL_EXPLAIN && ask->by == CONTROL_BY_USER && ask->address.ss_family != 0 &&
        !is_internet(&ask->address))
        return "an address that is none";
    if (ask->by == CONTROL_BY_ADDRESS &&
        (ask->verb == CONTROL_EXPLAIN || ask->verb == CONTROL_REFUSALS) &&
        !is_internet(&ask->address))
        return "an address that is none";
    const bool names =
        ask->verb == CONTROL_KICK || ask->verb == CONTROL_TRACE || ask->verb == CONTROL_TRACED;
    if (ask->verb == CONTROL_TRACE && (ask->by == 0 || ask->seconds > TRACE_MAX_S))
        return "an invalid trace";
    if ((bans || (names && ask->by == CONTROL_BY_ADDRESS)) && !is_internet(&ask->address))
        return "an invalid address";
    return NULL;
}

const char *validate_quota_answer(const struct quota_answer *answer)
{
    return answer->result <= QUOTA_LATER ? NULL : "an invalid result";
}

/* The name becomes a column of a listing. */
const char *validate_owner_answer(const struct owner_answer *answer)
{
    return text_ends(answer->name, sizeof answer->name) ? NULL : "a name without NUL";
}

const char *validate_rate_answer(const struct rate_answer *answer)
{
    return answer->wait_us <= (uint64_t)WAIT_MAX_S * 1000000 ? NULL : "a wait out of range";
}

const char *validate_hash_answer(const struct hash_answer *answer)
{
    return answer->granted <= 1 ? NULL : "a flag that is neither 0 nor 1";
}

static bool session_fits(const struct control_session *row)
{
    return row->state <= SESSION_UPLOAD && row->tls <= 1 &&
           text_ends(row->user, sizeof row->user) && text_ends(row->command, sizeof row->command) &&
           text_ends(row->path, sizeof row->path);
}

static const char *validate_who(const void *message, size_t n)
{
    const struct control_who *who = message;
    if (n != sizeof *who)
        return "rows of the wrong size";
    if (who->count > CONTROL_WHO_ROWS)
        return "too many rows";
    for (uint32_t i = 0; i < who->count; i++) {
        if (!session_fits(&who->rows[i]))
            return "invalid facts of a session";
    }
    return NULL;
}

static const char *validate_bans(const void *message, size_t n)
{
    const struct control_bans *bans = message;
    if (n != sizeof *bans)
        return "rows of the wrong size";
    if (bans->count > CONTROL_BAN_ROWS)
        return "too many rows";
    for (uint32_t i = 0; i < bans->count; i++) {
        const struct control_ban *row = &bans->rows[i];
        if (!is_internet(&row->address) || !bits_fit(&row->address, row->bits) || row->by_hand > 1)
            return "an invalid ban";
    }
    return NULL;
}

const char *validate_metrics(const void *message, size_t n)
{
    const struct control_metrics *metrics = message;
    if (n != sizeof *metrics)
        return "metrics of the wrong size";
    if (metrics->certificate_count > METRIC_CERTIFICATES)
        return "too many certificates";
    for (uint32_t i = 0; i < metrics->certificate_count; i++) {
        if (!text_ends(metrics->certificates[i].host, sizeof metrics->certificates[i].host))
            return "a host without NUL";
    }
    return NULL;
}

static const char *validate_numbers(const void *message, size_t n)
{
    const struct control_answer *answer = message;
    if (n != sizeof *answer)
        return "an answer of the wrong size";
    return text_ends(answer->text, sizeof answer->text) ? NULL : "a text without NUL";
}

/* By the kind of the answer in the verb's row. */
#define VALIDATE(name, number, patience, kind, handler) [name] = validate_##kind,
typedef const char *validate_answer(const void *message, size_t n);
static validate_answer *const validators[CONTROL_VERBS] = { ALL_VERBS(VALIDATE) };

/* All kinds begin with the same fields. */
const char *validate_control_answer(const void *message, size_t n, uint32_t verb)
{
    const struct control_answer *answer = message;
    if (n < offsetof(struct control_answer, numbers) || answer->verb != verb ||
        answer->result > CONTROL_BAD)
        return "an answer to another question";
    if (answer->result != CONTROL_DONE || verb >= CONTROL_VERBS || !validators[verb])
        return validate_numbers(message, n);
    return validators[verb](message, n);
}
