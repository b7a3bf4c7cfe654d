/* SPDX-License-Identifier: BSD-2-Clause */
/* rehearsal.c - runs in the resolver's self-test: its work on a small scale.  Sends nothing. */
#include "daemon/resolver/resolver.h"

#include "daemon/program/rehearsal.h"

#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DOMAIN_PORT = 53 };

/* /etc/hosts has it nearly everywhere; where it has not, the name servers' answer is lost here. */
static bool looks_up(void)
{
    struct answers answers;
    lookup("localhost", &answers);
    return true;
}

/* A datagram socket is connected without a packet. */
static bool reaches_servers(void)
{
    const struct sockaddr_in server = { .sin_family = AF_INET,
                                        .sin_port = htons(DOMAIN_PORT),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* a network without loopback is no fault */
    if (fd < 0)
        return false;
    (void)connect(fd, (const struct sockaddr *)&server, sizeof server);
    return close(fd) == 0;
}

const char *resolver_rehearse(enum role role)
{
    const char *failed = rehearse_basics(false);
    (void)role;
    if (failed)
        return failed;
    DOES(waits());
    DOES(looks_up());
    DOES(reaches_servers());
    return NULL;
}
