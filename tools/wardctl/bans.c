/* SPDX-License-Identifier: BSD-2-Clause */
/* bans.c - bans of addresses. */
#include "common/json.h"
#include "common/addr.h"
#include "common/text.h"
#include "tools/wardctl/wardctl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* An address, or an IPv6 network of the two sizes that bans have. */
static int address_read(const char *word, struct control_ask *ask)
{
    char host[ADDR_TEXT_ROOM];
    const char *slash = strchr(word, '/');
    const size_t n = slash ? (size_t)(slash - word) : strlen(word);
    uint64_t bits = 0;
    if (slash && (!number_parse(slash + 1, 1, 128, &bits) ||
                  (bits != ADDR_KEY_BITS && bits != ADDR_NETWORK_BITS)))
        return complain(EX_USAGE, "%s: only IPv6 networks of /%d and /%d can be banned", word,
                        ADDR_KEY_BITS, ADDR_NETWORK_BITS);
    if (!text_format(host, sizeof host, "%.*s", (int)(n < sizeof host ? n : sizeof host), word) ||
        !addr_parse_host(host, &ask->address) || (slash && ask->address.ss_family != AF_INET6))
        return complain(EX_USAGE, "%s: invalid address", word);
    ask->bits = (uint32_t)bits;
    return 0;
}

int command_ban(struct link *link, const struct request *request)
{
    struct control_ask ask = { .verb = CONTROL_BAN, .number = request->seconds };
    struct control_answer answer;
    int code = address_read(request->arguments[0], &ask);
    if (code == 0)
        code = link_simple(link, &ask, &answer);
    if (code == 0 && answer.result == CONTROL_REFUSED)
        return complain(EX_CONFIG, "%s is not banned: %s", request->arguments[0], answer.text);
    return code;
}

int command_unban(struct link *link, const struct request *request)
{
    struct control_ask ask = { .verb = CONTROL_UNBAN };
    struct control_answer answer;
    int code = address_read(request->arguments[0], &ask);
    if (code == 0)
        code = link_simple(link, &ask, &answer);
    if (code == 0 && answer.result == CONTROL_NONE)
        return complain(EX_NOINPUT, "%s is not banned; its failed log-ins are cleared",
                        request->arguments[0]);
    return code;
}

static void show_json(const struct control_ban *row)
{
    char address[ADDR_TEXT_ROOM];
    struct json json;
    json_begin(&json, stdout);
    json_text(&json, "address", addr_text(&row->address, address));
    json_integer(&json, "bits", row->bits);
    json_integer(&json, "seconds_left", (int64_t)row->left_s);
    json_flag(&json, "by_hand", row->by_hand);
    json_end(&json);
}

static void show_line(const struct control_ban *row)
{
    char host[ADDR_TEXT_ROOM], address[ADDR_TEXT_ROOM + 16];
    (void)addr_text(&row->address, host);
    if (row->address.ss_family == AF_INET6)
        (void)text_format(address, sizeof address, "%s/%u", host, row->bits);
    else
        (void)text_copy(address, sizeof address, host);
    (void)printf("%-40s %10" PRIu64 "  %s\n", address, row->left_s,
                 row->by_hand ? "administrator" : "failures");
}

int command_bans(struct link *link, const struct request *request)
{
    static struct control_bans page;
    struct control_ask ask = { .verb = CONTROL_BANS };
    bool first = true;
    do {
        const int code = link_ask(link, &ask, &page, sizeof page);
        if (code)
            return code;
        if (page.count > CONTROL_BAN_ROWS)
            return complain(EX_PROTOCOL, "invalid answer from the daemon");
        if (first && request->json)
            json_list_begin();
        else if (first)
            (void)printf("%-40s %10s  %s\n", "ADDRESS", "SECONDS", "BY");
        for (uint32_t i = 0; i < page.count; i++, first = false) {
            if (request->json)
                json_list_next(first);
            (request->json ? show_json : show_line)(&page.rows[i]);
        }
        if (page.count) {
            ask.address = page.rows[page.count - 1].address;
            ask.bits = page.rows[page.count - 1].bits;
        }
        ask.number = 1;
    } while (page.count == CONTROL_BAN_ROWS);
    return list_end(request->json);
}
