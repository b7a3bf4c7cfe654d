/* SPDX-License-Identifier: BSD-2-Clause */
/* lookup.c - runs in the resolver: own uid, no capability.  Reads what name servers answer. */
#include "daemon/resolver/resolver.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static void take(struct answers *answers, const struct addrinfo *list)
{
    for (; list && answers->count < ANSWERS_MAX; list = list->ai_next) {
        struct sockaddr_in in;
        if (list->ai_family != AF_INET || list->ai_addrlen < sizeof in)
            continue;
        memcpy(&in, list->ai_addr, sizeof in);
        answers->address[answers->count++] = in.sin_addr.s_addr;
    }
}

/* Bounds the wait for name servers that don't answer. */
static void set_options(void)
{
    static bool done;
    if (!done)
        (void)setenv("RES_OPTIONS", "timeout:2 attempts:2", 1);
    done = true;
}

void lookup(const char *name, struct answers *answers)
{
    const struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM };
    struct addrinfo *list = NULL;
    set_options();
    const int error = getaddrinfo(name, NULL, &hints, &list);
    memset(answers, 0, sizeof *answers);
    if (error == 0)
        take(answers, list);
    if (error != 0)
        answers->error = gai_strerror(error);
    else if (answers->count == 0)
        answers->error = "it has no IPv4 address";
    if (list)
        freeaddrinfo(list);
}

uint32_t answers_choose(const struct answers *answers, uint32_t old)
{
    uint32_t chosen = 0;
    for (size_t i = 0; i < answers->count; i++) {
        const uint32_t address = answers->address[i];
        if (!passive_address_is_public(address))
            continue;
        if (address == old)
            return old;
        if (!chosen)
            chosen = address;
    }
    return chosen;
}
