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

char terminal_key(const char *text)
{
    struct termios old, raw;
    char key = '\0';
    const int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return '\0';
    if (tcgetattr(fd, &old) == 0) {
        raw = old;
        raw.c_lflag &= ~(tcflag_t)(ECHO | ICANON);
        raw.c_lflag |= ISIG;
        raw.c_cc[VMIN] = 1;
        raw.c_cc[VTIME] = 0;
        (void)tcsetattr(fd, TCSANOW, &raw);
        if (say(fd, text) == 0 && read(fd, &key, 1) != 1)
            key = '\0';
        (void)tcsetattr(fd, TCSANOW, &old);
        (void)say(fd, "\n");
    }
    close(fd);
    return (char)tolower((unsigned char)key);
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

/* Stars for what is behind a comma in the word of `-u NAME,PASSWORD`. */
static bool hide_after_comma(char *word)
{
    const size_t n = strcspn(word, " \t\n;");
    char *comma = memchr(word, ',', n);
    if (!comma || comma + 1 == word + n)
        return false;
    memset(comma + 1, '*', (size_t)(word + n - comma) - 1);
    return true;
}

/* `-u NAME,PASSWORD` within a command. */
static bool hide_login_options(char *text)
{
    bool found = false;
    for (char *at = strstr(text, "-u"); at; at = strstr(at + 2, "-u"))
        if (at == text || strchr(" \t\n;", at[-1]))
            found = hide_after_comma(at + 2 + strspn(at + 2, " \t")) || found;
    return found;
}

/* Does a command begin here? */
static bool begins_command(const char *text, const char *at)
{
    while (at > text && strchr(" \t", at[-1]))
        at--;
    return at == text || strchr(";\n(&|", at[-1]);
}

/* `user NAME PASSWORD`: stars for the third word. */
static bool hide_user_command(char *text)
{
    bool found = false;
    for (char *at = strstr(text, "user"); at; at = strstr(at + 4, "user")) {
        char *word = at + 4;
        if (!begins_command(text, at) || !*word || !strchr(" \t", *word))
            continue;
        word += strspn(word, " \t");
        word += strcspn(word, " \t\n;&|)");
        word += strspn(word, " \t");
        const size_t n = strcspn(word, " \t\n;&|)");
        memset(word, '*', n);
        found = found || n > 0;
    }
    return found;
}

/* Is argument i a text of commands? */
static bool is_commands(char **argv, int i)
{
    return strcmp(argv[i - 1], "-c") == 0 || strcmp(argv[i - 1], "--command") == 0 ||
           strncmp(argv[i], "-c", 2) == 0 || strncmp(argv[i], "--command=", 10) == 0;
}

bool secret_in_arguments(int argc, char **argv)
{
    bool found = false;
    for (int i = 1; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        found = hide_passwords(argv[i]) || found;
        if (strcmp(argv[i - 1], "-u") == 0) /* `wardftp open -u NAME,PASSWORD HOST` */
            found = hide_after_comma(argv[i]) || found;
        if (!is_commands(argv, i))
            continue;
        found = hide_login_options(argv[i]) || found;
        found = hide_user_command(argv[i][0] == '-' && equals ? equals + 1 : argv[i]) || found;
    }
    return found;
}

bool secret_in_line(const char *line)
{
    char *copy = strdup(line);
    const char *at = strrchr(line, '@');
    bool found = !copy || (at && memchr(line, ':', (size_t)(at - line)));
    found =
        found || strcasestr(line, "PASS ") || strcasestr(line, "ACCT ") || strstr(line, "account ");
    found = found || hide_login_options(copy) || hide_user_command(copy);
    free(copy);
    return found;
}
