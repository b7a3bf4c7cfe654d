/* SPDX-License-Identifier: BSD-2-Clause */
/* hostile.c - a NET or a JAIL that an attacker has taken, for
 * tests/border/test_*.py.  Linked into programs of NET and of JAIL (--wrap), so
 * that it runs where the real one would, confined as the real one is; a daemon
 * has them in a folder of its own.  Instead of the protocol it follows the
 * test's orders, one per line:
 *
 *   CALL NAME ARG...   the system call; 200 RESULT ERRNO
 *                      an ARG is a number, s:TEXT, h:HEX (pointers to bytes) or z:N (N zeros)
 *   NUMBER NAME        200 the call's number on this machine
 *   SEND FD N HEX      a datagram, N times; 200 0, or 200 and the error of the first that failed
 *   READ FD MS         what comes within MS milliseconds: 200 BYTES HEX FD; 0 bytes: end of file
 *   LOGIN NAME PASSWORD   asks auth; 230 RESULT
 *   GIVE FD            JAIL: its answer brings this descriptor; NET's answer then ends with the
 *                      number it has there
 *   JAIL LINE          the same in this cell's JAIL, where that is hostile too
 *   ORPHAN NAME ARG... the same as CALL, once the client has reset its connection
 *   QUIT               221
 *
 * HOSTILE, when it is compiled, chooses: `net` (its JAIL is the real
 * one), `jail` (both, JAIL after the log-in), `early` (both, JAIL before it),
 * `liar` (JAIL alone: NET is the real one, and a client's paths tell JAIL how to
 * answer it, see lie_next()), `auth` (NET and auth: it tells JAIL the id that
 * the user's name ends in, and asks for homes and hashes, see evil_errand()). */
#include "daemon/auth/admission.h"
#include "daemon/auth/errand.h"
#include "daemon/auth/state.h"
#include "daemon/jail/jail.h"
#include "daemon/net/net.h"

#include "common/text.h"
#include "daemon/protocol/auth_jail.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"
#include "daemon/protocol/net_auth.h"
#include "daemon/protocol/net_jail.h"
#include "daemon/protocol/to_net.h"
#include "daemon/jail/become.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LINE_ROOM = 96 * 1024, ARGUMENTS = 6, FOREVER = -1 };

static char line[LINE_ROOM], answer[2 * LINE_ROOM], arena[LINE_ROOM], datagram[LINE_ROOM / 2];

/* Where the lines come from: the client's socket, or NET's channel. */
static int control;

/* What JAIL's next answer brings along. */
static int gift = -1;

static size_t from_hex(const char *text, char *to)
{
    static const char digits[] = "0123456789abcdef";
    size_t n = 0;
    for (; text[0] && text[1]; text += 2) {
        const char *high = strchr(digits, text[0]), *low = strchr(digits, text[1]);
        if (!high || !low)
            break;
        to[n++] = (char)((high - digits) << 4 | (low - digits));
    }
    return n;
}

static void to_hex(const char *bytes, size_t n, char *to)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        *to++ = digits[(unsigned char)bytes[i] >> 4];
        *to++ = digits[(unsigned char)bytes[i] & 15];
    }
    *to = '\0';
}

/* One word as the system call will see it; buffers are laid out in the arena. */
static long argument(const char *word, size_t *used)
{
    char *place = arena + *used;
    size_t n;
    if (strncmp(word, "s:", 2) == 0) {
        n = strlen(word + 2) + 1;
        memcpy(place, word + 2, n);
    } else if (strncmp(word, "h:", 2) == 0) {
        n = from_hex(word + 2, place);
    } else if (strncmp(word, "z:", 2) == 0) {
        n = (size_t)strtoul(word + 2, NULL, 10);
        memset(place, 0, n);
    } else {
        return (long)strtoull(word, NULL, 0); /* takes a minus sign, and 64 bits without one */
    }
    *used += (n + 15) & ~(size_t)15;
    return (long)(uintptr_t)place;
}

static void call(char *words)
{
    long arguments[ARGUMENTS] = { 0 };
    size_t used = 0;
    char *rest = NULL;
    const char *name = strtok_r(words, " ", &rest);
    const int number = name ? seccomp_syscall_resolve_name(name) : -1;
    const char *word;
    for (size_t i = 0; i < ARGUMENTS && (word = strtok_r(NULL, " ", &rest)) != NULL; i++)
        arguments[i] = argument(word, &used);
    errno = 0;
    const long result = number < 0 ? -1
                                   : syscall(number, arguments[0], arguments[1], arguments[2],
                                             arguments[3], arguments[4], arguments[5]);
    (void)text_format(answer, sizeof answer, "200 %ld %d", result, number < 0 ? -1 : errno);
}

/* Its answer is not needed: what it did is seen elsewhere. */
static void call_orphaned(char *words)
{
    struct pollfd client = { .fd = control, .events = POLLRDHUP };
    while (!(client.revents & (POLLERR | POLLHUP)))
        (void)poll(&client, 1, FOREVER);
    call(words);
}

static void send_bytes(char *words)
{
    char *rest = NULL;
    const int fd = (int)strtol(words, &rest, 10);
    const long times = strtol(rest, &rest, 10);
    const size_t n = from_hex(*rest ? rest + 1 : rest, datagram);
    int error = 0;
    for (long i = 0; i < times && error == 0; i++)
        error = channel_send(fd, datagram, n, MSG_DONTWAIT);
    (void)text_format(answer, sizeof answer, "200 %d", -error);
}

/* In a JAIL no descriptor can come: its filter has no recvmsg. */
static ssize_t receive(int fd, int *came)
{
    *came = -1;
    return control == FD_MASTER ? channel_receive(fd, datagram, sizeof datagram, 0)
                                : channel_receive_fd(fd, datagram, sizeof datagram, came, 0);
}

static void read_bytes(char *words)
{
    char *rest = NULL;
    struct pollfd end = { .fd = (int)strtol(words, &rest, 10), .events = POLLIN };
    int came = -1;
    if (poll(&end, 1, (int)strtol(rest, NULL, 10)) != 1) {
        (void)text_copy(answer, sizeof answer, "450 nothing came");
        return;
    }
    const ssize_t n = receive(end.fd, &came);
    (void)text_format(answer, sizeof answer, "200 %zd ", n);
    size_t length = strlen(answer);
    to_hex(datagram, n > 0 ? (size_t)n : 0, answer + length);
    length = strlen(answer);
    (void)text_format(answer + length, sizeof answer - length, "%s %d", n > 0 ? "" : "-", came);
}

static void log_in(char *words)
{
    static struct auth_login ask;
    static struct auth_login_answer reply;
    char *rest = NULL;
    int none = -1;
    const char *name = strtok_r(words, " ", &rest), *password = strtok_r(NULL, " ", &rest);
    ask.head.type = AUTH_LOGIN;
    if (!name || !password || !text_copy(ask.name, sizeof ask.name, name) ||
        !text_copy(ask.password, sizeof ask.password, password))
        return;
    const int sent = channel_send(FD_AUTH, &ask, sizeof ask, 0);
    const ssize_t n = channel_receive_fd(FD_AUTH, &reply, sizeof reply, &none, 0);
    (void)text_format(answer, sizeof answer, "230 %d",
                      sent == 0 && n == sizeof reply ? (int)reply.result : -1);
}

static void tell_jail(char *words)
{
    struct pollfd end = { .fd = FD_JAIL, .events = POLLIN };
    int came = -1;
    (void)channel_send(FD_JAIL, words, strlen(words) + 1, 0);
    (void)poll(&end, 1, FOREVER);
    const ssize_t n = channel_receive_fd(FD_JAIL, answer, sizeof answer - 1, &came, 0);
    if (n <= 0)
        (void)text_copy(answer, sizeof answer, "451 its JAIL is gone");
    else if (came >= 0)
        (void)text_format(answer, sizeof answer, "200 %d", came);
}

static void give(char *words)
{
    gift = (int)strtol(words, NULL, 10);
    (void)text_copy(answer, sizeof answer, "200 given");
}

static void look_up(char *words)
{
    (void)text_format(answer, sizeof answer, "200 %d", seccomp_syscall_resolve_name(words));
}

static const struct {
    const char *verb;
    void (*run)(char *words);
} verbs[] = {
    { "CALL ", call },       { "NUMBER ", look_up },       { "SEND ", send_bytes },
    { "READ ", read_bytes }, { "LOGIN ", log_in },         { "JAIL ", tell_jail },
    { "GIVE ", give },       { "ORPHAN ", call_orphaned },
};

/* False: the order is to end. */
static bool obey(void)
{
    (void)text_copy(answer, sizeof answer, "500 what?");
    for (size_t i = 0; i < COUNT(verbs); i++) {
        const size_t length = strlen(verbs[i].verb);
        if (strncmp(line, verbs[i].verb, length) == 0)
            verbs[i].run(line + length);
    }
    if (strcmp(line, "QUIT") != 0)
        return true;
    (void)text_copy(answer, sizeof answer, "221 bye");
    return false;
}

/* The client's next line, however the bytes come.  False: it is gone. */
static bool next_line(void)
{
    size_t n = 0;
    while (n + 1 < sizeof line) {
        struct pollfd end = { .fd = control, .events = POLLIN };
        (void)poll(&end, 1, FOREVER);
        const ssize_t got = read(control, line + n, 1);
        if (got <= 0)
            return false;
        if (line[n] == '\n')
            break;
        n += line[n] != '\r';
    }
    line[n] = '\0';
    return true;
}

static void say(void)
{
    const size_t n = strlen(answer);
    memcpy(answer + n, "\r\n", 3);
    for (size_t done = 0; done < n + 2;) {
        const ssize_t sent = write(control, answer + done, n + 2 - done);
        if (sent < 0 && errno != EAGAIN)
            _exit(0);
        done += sent > 0 ? (size_t)sent : 0;
    }
}

static bool is_hostile(const char *which)
{
    return strcmp(HOSTILE, which) == 0;
}

_Noreturn void __real_net_run(const struct config *config);
_Noreturn void __wrap_net_run(const struct config *config);
_Noreturn void __wrap_net_run(const struct config *config)
{
    static union {
        struct message_head head;
        struct to_net_client client;
        struct to_net_end end;
    } message;
    if (is_hostile("liar"))
        __real_net_run(config);
    log_open(FD_SCRIBE, config->log_level);
    do {
        if (channel_receive_fd(FD_MASTER, &message, sizeof message, &control, 0) <= 0)
            _exit(0);
    } while (message.head.type != TO_NET_CLIENT);
    (void)text_copy(answer, sizeof answer, "220 hostile");
    bool on = true;
    while (on) {
        say();
        if (!next_line())
            _exit(0);
        on = obey();
    }
    say();
    _exit(0);
}

_Noreturn static void serve_hostile_jail(void)
{
    control = FD_MASTER;
    for (;;) {
        const ssize_t n = channel_receive(FD_MASTER, line, sizeof line - 1, 0);
        if (n <= 0)
            _exit(0);
        (void)obey();
        (void)channel_send_fd(FD_MASTER, answer, strlen(answer) + 1, gift, 0);
        gift = -1;
    }
}

/* A path "/=LIE,LIE..." tells how this question and those behind it are
 * answered: a LIE is the datagram in hex, whose head is the question's where
 * its first 8 bytes are zero; with an "f" before it, it brings a descriptor.
 * NULL: no lie is left. */
static char *lies;

static const char *lie_next(void)
{
    return lies ? strsep(&lies, ",") : NULL;
}

static void hear_lies(const char *question, size_t n)
{
    static char kept[LINE_ROOM];
    const size_t at = offsetof(struct jail_path, path);
    if (n <= at + 2 || strncmp(question + at, "/=", 2) != 0)
        return;
    (void)text_copy(kept, sizeof kept, question + at + 2);
    lies = kept;
}

/* Any path is a directory, and a page is the last one: what NET needs for a log-in. */
static void answer_honestly(const struct message_head *head)
{
    const struct jail_answer honest = { .head = *head, .file.type = FILE_DIRECTORY };
    (void)channel_send_fd(FD_MASTER, &honest, sizeof honest, -1, 0);
}

static void answer_falsely(const struct message_head *head, const char *lie)
{
    static const struct message_head none;
    const int fd = *lie == 'f' ? STDIN_FILENO : -1;
    const size_t n = from_hex(lie + (*lie == 'f'), datagram);
    if (n >= sizeof none && memcmp(datagram, &none, sizeof none) == 0)
        memcpy(datagram, head, sizeof *head);
    (void)channel_send_fd(FD_MASTER, datagram, n, fd, 0);
}

_Noreturn static void serve_lying_jail(void)
{
    struct message_head head;
    for (;;) {
        const ssize_t n = channel_receive(FD_MASTER, line, sizeof line - 1, 0);
        if (n < (ssize_t)sizeof head)
            _exit(0);
        memcpy(&head, line, sizeof head);
        line[n] = '\0';
        hear_lies(line, (size_t)n);
        const char *lie = lie_next();
        if (lie)
            answer_falsely(&head, lie);
        else
            answer_honestly(&head);
    }
}

_Noreturn void __real_jail_run(const struct config *config, const struct role_ids *ids);
_Noreturn void __wrap_jail_run(const struct config *config, const struct role_ids *ids);
_Noreturn void __wrap_jail_run(const struct config *config, const struct role_ids *ids)
{
    static struct jail_who who;
    if (is_hostile("net") || is_hostile("auth"))
        __real_jail_run(config, ids);
    log_open(FD_SCRIBE, config->log_level);
    if (is_hostile("early"))
        serve_hostile_jail();
    become_user(config, ids, &who);
    log_confined();
    if (is_hostile("liar"))
        serve_lying_jail();
    serve_hostile_jail();
}

static const char good_hash[] =
    "$y$j9T$GHIsRN1Jy4p9JbCbPDjnF/$1bd1jUwu0FvOSyWhqsJwmPhLlJWpiUVKf.Pdo8OQTl5";

/* What a taken auth asks homes for: "home@KIND" asks for a home that it may not have. */
static void evil_home(struct auth *auth, struct attempt *attempt, const char *kind)
{
    struct attempt asked = *attempt;
    (void)text_copy(asked.name, sizeof asked.name, "made");
    if (strcmp(kind, "root") == 0)
        asked.who.uid = 0;
    else if (strcmp(kind, "minimum") == 0)
        asked.who.uid = 499;
    else if (strcmp(kind, "gid") == 0)
        asked.who.gid = 0;
    else if (strcmp(kind, "path") == 0)
        (void)text_copy(asked.name, sizeof asked.name, "../outside");
    else if (strcmp(kind, "dot") == 0)
        (void)text_copy(asked.name, sizeof asked.name, ".wardftpd-new");
    else if (strcmp(kind, "byte") == 0)
        (void)text_copy(asked.name, sizeof asked.name, "a\nb");
    else if (strcmp(kind, "pattern") == 0)
        (void)text_copy(asked.policy.rules.home, sizeof asked.policy.rules.home, "/etc/%u");
    (void)errand_home(auth, &asked);
}

/* "hash@KIND": asks rehash for a change that it may not make.  The user's own hash is in the
 * attempt. */
static void evil_hash(struct auth *auth, struct attempt *attempt, const char *kind)
{
    struct attempt asked = *attempt;
    const char *to = good_hash;
    if (strcmp(kind, "weak") == 0)
        to = "$1$saltsalt$qwertyqwertyqwertyqwer";
    else if (strcmp(kind, "line") == 0)
        to = "$y$j9T$x$\nroot::0:0::/:/bin/sh";
    else if (strcmp(kind, "field") == 0)
        to = "$y$j9T$abc$x:0:0::/:/bin/sh";
    else if (strcmp(kind, "other") == 0)
        (void)text_copy(asked.name, sizeof asked.name, "alice");
    else if (strcmp(kind, "none") == 0)
        asked.hash[0] = '\0';
    else if (strcmp(kind, "guess") == 0)
        (void)text_copy(asked.hash, sizeof asked.hash, good_hash);
    auth->errands.not_before_ms = 0;
    errand_rehash(auth, &asked, to);
}

static void evil_errand(struct auth *auth, struct attempt *attempt)
{
    if (strncmp(attempt->name, "home@", 5) == 0)
        evil_home(auth, attempt, attempt->name + 5);
    else if (strncmp(attempt->name, "hash@", 5) == 0)
        evil_hash(auth, attempt, attempt->name + 5);
}

/* Auth judges, and the users uid-N, gid-N and group-N become something else than it found. */
bool __real_admission_check(const struct auth *auth, struct attempt *attempt);
bool __wrap_admission_check(const struct auth *auth, struct attempt *attempt);
bool __wrap_admission_check(const struct auth *auth, struct attempt *attempt)
{
    const bool judged = __real_admission_check(auth, attempt);
    const char *dash = strrchr(attempt->name, '-');
    const uint32_t id = dash ? (uint32_t)strtoul(dash + 1, NULL, 10) : 0;
    struct jail_who *who = &attempt->who;
    if (is_hostile("auth"))
        evil_errand((struct auth *)(uintptr_t)auth, attempt);
    if (!is_hostile("auth") || !dash)
        return judged;
    if (strncmp(attempt->name, "uid", 3) == 0)
        who->uid = id;
    else if (strncmp(attempt->name, "gid", 3) == 0)
        who->gid = id;
    else
        who->groups[who->group_count++] = id;
    return judged;
}
