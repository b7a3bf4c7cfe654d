/* SPDX-License-Identifier: BSD-2-Clause */
/* prompt.c - passwords from standard input and from the terminal. */
#include "tools/wardpasswd/prompt.h"

#include "common/text.h"
#include "tools/wardpasswd/complain.h"
#include "tools/wardpasswd/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <termios.h>
#include <unistd.h>

int password_generate(char password[PASSWORD_ROOM])
{
    static const char alphabet[] = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    enum { LENGTH = 20, LETTERS = sizeof alphabet - 1, FAIR = 256 - 256 % LETTERS };
    unsigned char byte;
    for (size_t i = 0; i < LENGTH;) {
        if (getrandom(&byte, 1, 0) != 1)
            return complain(EX_OSERR, "no random numbers: %s", strerror(errno));
        if (byte < FAIR) /* each letter as often as the others */
            password[i++] = alphabet[byte % LETTERS];
    }
    password[LENGTH] = '\0';
    return 0;
}

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
    caught = number;
}

/* Waits for input.  Signals are blocked during a prompt except here (awake), so
 * that one that came just before ends the wait; read(2) would sleep.  awake NULL:
 * read(2) waits. */
static bool input_comes(int fd, const sigset_t *awake)
{
    struct pollfd input = { .fd = fd, .events = POLLIN };
    while (awake && ppoll(&input, 1, NULL, awake) < 0) {
        if (errno != EINTR || caught)
            return false;
    }
    return true;
}

/* One line, to its LF or the end of file; byte by byte, so that what follows
 * stays unread.  Bytes beyond the room are read, counted and dropped.
 * The number of bytes, or -1 with errno. */
static ssize_t line_read(int fd, const sigset_t *awake, char line[PASSWORD_ROOM])
{
    size_t length = 0;
    for (;;) {
        char byte;
        if (!input_comes(fd, awake))
            return -1;
        const ssize_t n = read(fd, &byte, 1);
        if (n < 0 && errno == EINTR && !caught)
            continue;
        if (n < 0)
            return -1;
        if (n == 0 || byte == '\n')
            break;
        if (length < PASSWORD_ROOM - 1)
            line[length] = byte;
        length++;
    }
    line[length < PASSWORD_ROOM ? length : PASSWORD_ROOM - 1] = '\0';
    return (ssize_t)length;
}

/* NUL ends a C string, CR a line of FTP. */
static int password_judge(const char *password, size_t length)
{
    if (length == 0)
        return complain(EX_DATAERR, "the password must not be empty");
    if (length > PASSWORD_MAX)
        return complain(EX_DATAERR, "passwords are limited to %d bytes", PASSWORD_MAX);
    if (memchr(password, '\0', length) || memchr(password, '\r', length))
        return complain(EX_DATAERR, "passwords must not contain NUL or carriage return");
    return 0;
}

int password_from_input(char password[PASSWORD_ROOM])
{
    const ssize_t length = line_read(STDIN_FILENO, NULL, password);
    if (length < 0)
        return complain(EX_IOERR, "cannot read the password: %s", strerror(errno));
    return password_judge(password, (size_t)length);
}

static bool say(int terminal, const char *text)
{
    return write(terminal, text, strlen(text)) >= 0;
}

/* Asks once.  The length, or -1 with errno. */
static ssize_t ask(int terminal, const sigset_t *awake, const char *question,
                   char password[PASSWORD_ROOM])
{
    if (!say(terminal, question))
        return -1;
    const ssize_t length = line_read(terminal, awake, password);
    const int error = errno;
    (void)say(terminal, "\n"); /* the user's own was not echoed */
    errno = error;
    return length;
}

static int ask_all(int terminal, const sigset_t *awake, const char *name, bool twice,
                   char password[PASSWORD_ROOM])
{
    char safe[NAME_ROOM * 4], question[sizeof safe + 32], again[PASSWORD_ROOM];
    (void)text_escape(safe, sizeof safe, name, strlen(name));
    (void)text_format(question, sizeof question,
                      twice ? "New password for %s: " : "Password for %s: ", safe);
    const ssize_t length = ask(terminal, awake, question, password);
    if (length < 0)
        return complain(EX_IOERR, "cannot read the password: %s", strerror(errno));
    int code = password_judge(password, (size_t)length);
    if (code || !twice)
        return code;
    const ssize_t second = ask(terminal, awake, "Retype password: ", again);
    if (second < 0)
        code = complain(EX_IOERR, "cannot read the password: %s", strerror(errno));
    else if (second != length || memcmp(again, password, (size_t)length) != 0)
        code = complain(EX_DATAERR, "the passwords differ; nothing changed");
    wipe(again, sizeof again);
    return code;
}

static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };

/* Between these two, a signal only ends the reading: the terminal gets its echo
 * back before the signal has its effect. */
static void signals_hold(struct sigaction before[COUNT(signals)], sigset_t *mask)
{
    sigset_t held;
    sigemptyset(&held);
    /* no SA_RESTART: read(2) must return */
    const struct sigaction hold = { .sa_handler = on_signal };
    for (size_t i = 0; i < COUNT(signals); i++) {
        (void)sigaction(signals[i], &hold, &before[i]);
        sigaddset(&held, signals[i]);
    }
    (void)sigprocmask(SIG_BLOCK, &held, mask);
}

static void signals_release(const struct sigaction before[COUNT(signals)], const sigset_t *mask)
{
    (void)sigprocmask(SIG_SETMASK, mask, NULL); /* what came meanwhile is caught now */
    for (size_t i = 0; i < COUNT(signals); i++)
        (void)sigaction(signals[i], &before[i], NULL);
    if (caught)
        (void)raise(caught);
}

int password_from_terminal(const char *name, bool twice, char password[PASSWORD_ROOM])
{
    struct termios echoing, silent;
    struct sigaction before[COUNT(signals)];
    sigset_t mask;
    const int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0)
        return complain(EX_NOINPUT, "there is no terminal to ask for the password (use --stdin)");
    if (tcgetattr(terminal, &echoing) != 0) {
        const int error = errno;
        close(terminal);
        return complain(EX_IOERR, "terminal: %s", strerror(error));
    }
    silent = echoing;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
    signals_hold(before, &mask);
    int code;
    if (tcsetattr(terminal, TCSAFLUSH, &silent) == 0)
        code = ask_all(terminal, &mask, name, twice, password);
    else
        code = complain(EX_IOERR, "cannot turn off the terminal's echo: %s", strerror(errno));
    (void)tcsetattr(terminal, TCSAFLUSH, &echoing);
    close(terminal);
    signals_release(before, &mask);
    return code;
}
