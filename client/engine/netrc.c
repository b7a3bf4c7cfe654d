/* SPDX-License-Identifier: BSD-2-Clause */
/* netrc.c - reads ~/.netrc. */
#include "client/engine/netrc.h"

#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 256 * 1024, TOKEN_SIZE = 600 };

/* The next token of *at, quoted or not; false at the end. */
static bool next_token(const char **at, char token[TOKEN_SIZE])
{
    size_t n = 0;
    const char *s = *at + strspn(*at, " \t\r\n,");
    const bool quoted = *s == '"';
    if (!*s)
        return false;
    for (s += quoted; *s && (quoted ? *s != '"' : !strchr(" \t\r\n,", *s)); s++) {
        if (*s == '\\' && s[1])
            s++;
        if (n + 1 < TOKEN_SIZE)
            token[n++] = *s;
    }
    token[n] = '\0';
    *at = *s ? s + 1 : s;
    return true;
}

struct machine {
    bool ours; /* the host matches, or it is the default */
    bool wrong_user;
    char user[TARGET_NAME_SIZE], password[TARGET_PASSWORD_SIZE];
    bool has_password;
    char account[TARGET_NAME_SIZE];
};

static bool take(const struct machine *machine, struct target *target)
{
    if (!machine->ours || machine->wrong_user || (!machine->user[0] && !machine->has_password))
        return false;
    if (!target->user[0])
        text_copy(target->user, sizeof target->user, machine->user);
    if (machine->has_password && !target->has_password) {
        text_copy(target->password, sizeof target->password, machine->password);
        target->has_password = true;
    }
    if (!target->account[0])
        text_copy(target->account, sizeof target->account, machine->account);
    return true;
}

/* A macro's lines last up to an empty line. */
static void skip_macro(const char **at)
{
    const char *end = strstr(*at, "\n\n");
    *at = end ? end + 2 : *at + strlen(*at);
}

enum netrc_result netrc_find_in(const char *text, struct target *target)
{
    struct machine machine = { .ours = false };
    char token[TOKEN_SIZE], value[TOKEN_SIZE];
    while (next_token(&text, token)) {
        const bool is_default = strcmp(token, "default") == 0;
        if (strcmp(token, "macdef") == 0) {
            skip_macro(&text);
        } else if (is_default || strcmp(token, "machine") == 0) {
            if (take(&machine, target))
                return NETRC_FOUND;
            machine = (struct machine){ .ours = is_default };
            if (!is_default && next_token(&text, value))
                machine.ours = strcasecmp(value, target->host) == 0;
        } else if (strcmp(token, "login") == 0 && next_token(&text, value)) {
            machine.wrong_user = target->user[0] && strcmp(target->user, value) != 0;
            text_copy(machine.user, sizeof machine.user, value);
        } else if (strcmp(token, "password") == 0 && next_token(&text, value)) {
            machine.has_password = text_copy(machine.password, sizeof machine.password, value);
        } else if (strcmp(token, "account") == 0) {
            if (next_token(&text, value))
                text_copy(machine.account, sizeof machine.account, value);
        }
    }
    wipe(value, sizeof value);
    return take(&machine, target) ? NETRC_FOUND : NETRC_NONE;
}

static size_t read_file(int fd, char *text, size_t room)
{
    size_t n = 0;
    while (n < room) {
        const ssize_t got = read(fd, text + n, room - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    return n;
}

static enum netrc_result find_in_file(int fd, char *text, struct target *target)
{
    struct stat status;
    struct target found = *target;
    text[read_file(fd, text, FILE_MAX)] = '\0';
    enum netrc_result result = netrc_find_in(text, &found);
    const bool secret =
        (found.has_password && !target->has_password) || (found.account[0] && !target->account[0]);
    if (result == NETRC_FOUND && secret && (fstat(fd, &status) < 0 || (status.st_mode & 077) != 0))
        result = NETRC_OPEN_TO_OTHERS;
    if (result == NETRC_FOUND)
        *target = found;
    wipe(&found, sizeof found);
    return result;
}

enum netrc_result netrc_find(const char *file, struct target *target)
{
    enum netrc_result result = NETRC_NONE;
    const int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char *text = fd >= 0 ? malloc(FILE_MAX + 1) : NULL;
    if (text) {
        result = find_in_file(fd, text, target);
        wipe(text, FILE_MAX + 1);
    }
    free(text);
    if (fd >= 0)
        close(fd);
    return result;
}
