/* SPDX-License-Identifier: BSD-2-Clause */
/* ports.c - runs in `wardftpd -t`: listeners and passive ports against each
 * other, against the machine's addresses, and against other programs. */
#include "daemon/checkup/checkup.h"

#include "common/addr.h"
#include "common/text.h"
#include "daemon/checkup/running.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { OTHERS_MAX = 4096, SHOWN_MAX = 5, SCARCE = 4 };

/* The listening sockets of other programs: only the ports, because a passive
 * socket is bound to the address of its session, and a listener on any address is
 * in its way. */
struct others {
    size_t count;
    uint16_t ports[OTHERS_MAX];
};

static uint32_t uid_of(const char *account)
{
    const struct passwd *entry = getpwnam(account);
    return entry ? entry->pw_uid : UINT32_MAX;
}

static unsigned long parse_number(const char *text, int base)
{
    char *end;
    errno = 0;
    const unsigned long number = strtoul(text, &end, base);
    return errno == 0 && end != text && *end == '\0' ? number : ULONG_MAX;
}

/* A line of /proc/net/tcp: number, local address:port, remote, state, queues, timer, retransmits,
 * uid.  Takes it apart. */
static bool read_listener(char *line, unsigned long *port, unsigned long *uid)
{
    enum { LOCAL = 1, STATE = 3, UID = 7, FIELDS, LISTENING = 0x0a };
    const char *field[FIELDS];
    size_t count = 0;
    for (char *word; count < FIELDS && (word = strsep(&line, " \n")) != NULL;) {
        if (*word != '\0')
            field[count++] = word;
    }
    const char *colon = count == FIELDS ? strrchr(field[LOCAL], ':') : NULL;
    if (!colon)
        return false;
    *port = parse_number(colon + 1, 16);
    *uid = parse_number(field[UID], 10);
    return parse_number(field[STATE], 16) == LISTENING && *port <= UINT16_MAX && *uid <= UINT32_MAX;
}

static void read_table(const char *path, uint32_t own_uid, struct others *others)
{
    char line[512];
    unsigned long port, uid;
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        if (read_listener(line, &port, &uid) && uid != own_uid && others->count < OTHERS_MAX)
            others->ports[others->count++] = (uint16_t)port;
    }
    if (file)
        (void)fclose(file);
}

static void read_others(const struct config *config, struct others *others)
{
    const uint32_t own = uid_of(config->dialer_user);
    others->count = 0;
    read_table("/proc/net/tcp", own, others);
    read_table("/proc/net/tcp6", own, others);
}

static bool is_other(const struct others *others, uint16_t port)
{
    for (size_t i = 0; i < others->count; i++) {
        if (others->ports[i] == port)
            return true;
    }
    return false;
}

static bool is_own_listener(const struct config *config, uint16_t port)
{
    for (uint32_t l = 0; l < config->listener_count; l++) {
        for (uint32_t a = 0; a < config->listeners[l].address_count; a++) {
            if (addr_port(&config->listeners[l].addresses[a]) == port)
                return true;
        }
    }
    return false;
}

/* ---- the passive range ---- */

static void check_own_ports(const struct config *config, const struct listener_config *listener,
                            struct findings *findings)
{
    for (unsigned port = listener->passive_ports.first; port <= listener->passive_ports.last;
         port++) {
        if (is_own_listener(config, (uint16_t)port))
            findings_add(
                findings, SEVERITY_WARNING,
                "listener %s.passive_ports: port %u of the range is a listener's own; take it out "
                "of the range",
                listener->name, port);
    }
}

static void check_others_ports(const struct config *config, const struct listener_config *listener,
                               const struct others *others, struct findings *findings)
{
    char list[SHOWN_MAX * 8] = "";
    unsigned count = 0;
    for (unsigned port = listener->passive_ports.first; port <= listener->passive_ports.last;
         port++) {
        if (!is_other(others, (uint16_t)port) || is_own_listener(config, (uint16_t)port))
            continue;
        const size_t n = strlen(list);
        if (count++ < SHOWN_MAX)
            (void)text_format(list + n, sizeof list - n, "%s%u", n ? ", " : "", port);
    }
    if (count)
        findings_add(
            findings, SEVERITY_HINT,
            "listener %s.passive_ports: other programs listen on %u ports of the range (%s%s), "
            "which sessions "
            "do without; choose a range of its own",
            listener->name, count, list, count > SHOWN_MAX ? ", ..." : "");
}

static void check_size(const struct config *config, const struct listener_config *listener,
                       struct findings *findings)
{
    const unsigned ports = 1U + listener->passive_ports.last - listener->passive_ports.first;
    if (ports * SCARCE < config->max_sessions)
        findings_add(findings, SEVERITY_HINT,
                     "listener %s.passive_ports: %u ports for up to %u sessions: transfers beyond "
                     "them are refused "
                     "with 425; widen the range, here and in the firewall",
                     listener->name, ports, config->max_sessions);
}

/* ---- the listeners ---- */

/* Could it be bound if the port was free?  Port 0 is free. */
static int bind_error(const struct sockaddr_storage *address)
{
    struct sockaddr_storage any_port = *address;
    const int fd = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    addr_set_port(&any_port, 0);
    const int error = fd < 0                                                               ? errno
                      : bind(fd, (const struct sockaddr *)&any_port, sizeof any_port) == 0 ? 0
                                                                                           : errno;
    if (fd >= 0)
        close(fd);
    return error;
}

static bool is_any(const struct sockaddr_storage *address)
{
    struct sockaddr_storage any;
    return addr_parse_host("::", &any) && addr_same_host(&any, address);
}

static void check_address(const struct listener_config *listener,
                          const struct sockaddr_storage *address, const struct others *others,
                          bool running, struct findings *findings)
{
    char text[ADDR_TEXT_ROOM];
    const uint16_t port = addr_port(address);
    const int error = bind_error(address);
    if (address->ss_family == AF_INET6 && (error == EAFNOSUPPORT || error == EADDRNOTAVAIL) &&
        is_any(address))
        return; /* a machine without IPv6: this address is skipped */
    if (error)
        findings_add(
            findings, SEVERITY_WARNING, "listener %s.address: %s cannot be listened on: %s",
            listener->name, addr_text(address, text),
            error == EADDRNOTAVAIL ? "no interface of this machine has it" : strerror(error));
    else if (port && !running && is_other(others, port))
        findings_add(
            findings, SEVERITY_WARNING,
            "listener %s.address: another program listens on port %u already; stop it (ss -ltnp "
            "shows which), or "
            "choose another port",
            listener->name, (unsigned)port);
}

void checkup_ports(const struct config *config, struct findings *findings)
{
    static struct others others;
    const bool running = running_pid(config) > 0;
    read_others(config, &others);
    for (uint32_t l = 0; l < config->listener_count; l++) {
        const struct listener_config *listener = &config->listeners[l];
        for (uint32_t a = 0; a < listener->address_count; a++)
            check_address(listener, &listener->addresses[a], &others, running, findings);
        check_own_ports(config, listener, findings);
        check_others_ports(config, listener, &others, findings);
        check_size(config, listener, findings);
    }
}
