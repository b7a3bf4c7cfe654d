/* SPDX-License-Identifier: BSD-2-Clause */
/* secret.c - reading passwords. */
#include "client/secret.h"

#include "common/text.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

int secret_from_fd(int fd, char *to, size_t room)
{
    size_t n = 0;
    for (;;) {
        char c;
        const ssize_t got = read(fd, &c, 1);
        if (got < 0 && errno == EINTR)
            return -EINTR;
        if (got < 0)
            return -errno;
        if (got == 0 || c == '\n')
            break;
        if (n + 1 >= room)
            return -E2BIG;
        to[n++] = c;
    }
    if (n > 0 && to[n - 1] == '\r')
        n--;
    to[n] = '\0';
    return 0;
}

static int say(int fd, const char *text)
{
    return write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -EIO;
}

int secret_ask(const char *prompt, char *to, size_t room)
{
    struct termios old, silent;
    int result, fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return -ENOTTY;
    if (tcgetattr(fd, &old) < 0) {
        close(fd);
        return -ENOTTY;
    }
    silent = old;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    silent.c_lflag |= ICANON | ISIG;
    (void)tcsetattr(fd, TCSAFLUSH, &silent);
    result = say(fd, prompt);
    if (result == 0)
        result = secret_from_fd(fd, to, room);
    (void)tcsetattr(fd, TCSAFLUSH, &old);
    (void)say(fd, "\n");
    close(fd);
    return result;
}

static bool read_answer(const char *text, char *answer, size_t room)
{
    const int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return false;
    const bool read = say(fd, text) == 0 && secret_from_fd(fd, answer, room) == 0;
    close(fd);
    return read;
}

bool terminal_confirm(const char *text)
{
    char answer[16] = "";
    return read_answer(text, answer, sizeof answer) && strcmp(answer, "yes") == 0;
}

char terminal_choose(const char *text)
{
    char answer[16] = "";
    return read_answer(text, answer, sizeof answer) ? (char)tolower((unsigned char)answer[0])
                                                    : '\0';
}

/* Stars for the password of "user:password@host", if there is one. */
static bool hide_password(char *authority, size_t n)
{
    char *at = memrchr(authority, '@', n);
    char *colon = at ? memchr(authority, ':', (size_t)(at - authority)) : NULL;
    if (colon)
        memset(colon + 1, '*', (size_t)(at - colon) - 1);
    return colon != NULL;
}

/* In a bare "user:password@host" and wherever "://" announces one, as within commands. */
static bool hide_passwords(char *text)
{
    char *scheme = strstr(text, "://");
    bool found = !scheme && hide_password(text, strcspn(text, "/ "));
    for (; scheme; scheme = strstr(scheme, "://")) {
        scheme += 3;
        found = hide_password(scheme, strcspn(scheme, "/ \t\n;\"'")) || found;
    }
    return found;
}

bool secret_in_arguments(int argc, char **argv)
{
    bool found = false;
    for (int i = 1; i < argc; i++)
        found = hide_passwords(argv[i]) || found;
    return found;
}
