/* SPDX-License-Identifier: BSD-2-Clause */
/* control.c - runs in the master: binds the control socket, gives it to the
 * process control, and sends that process its answers.  What comes to the socket
 * the master never reads. */
#include "daemon/master/control.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"
#include "daemon/master/master.h"
#include "daemon/master/shared.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 64, END_MS = 1000 };

/* Does a process serve it?  The control of a master that was killed may be about
 * to end: then our connection ends with it. */
static bool is_served(const struct sockaddr_un *address)
{
    const int64_t until = now_ms() + END_MS;
    while (now_ms() < until) {
        const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct pollfd end = { .fd = fd, .events = POLLIN };
        if (fd < 0)
            return true;
        const bool connected = connect(fd, (const struct sockaddr *)address, sizeof *address) == 0;
        const bool busy = !connected && errno == EAGAIN;
        const int64_t left = until - now_ms();
        const bool ends = connected && poll(&end, 1, left > 0 ? (int)left : 0) == 1;
        close(fd);
        if (!connected)
            return busy;
        if (!ends)
            return true;
    }
    return true;
}

static int control_refuse(const struct complaint *to, const char *path, const char *fault)
{
    char subject[CONFIG_PATH_ROOM + 32];
    (void)text_format(subject, sizeof subject, "control_socket %s", path);
    return complain_about(to, true, subject, fault);
}

/* Removes a socket that a killed daemon has left, and nothing else. */
static int make_way(const struct sockaddr_un *address, const struct complaint *to)
{
    struct stat about;
    if (lstat(address->sun_path, &about) != 0)
        return errno == ENOENT ? 0 : control_refuse(to, address->sun_path, strerror(errno));
    if (!S_ISSOCK(about.st_mode))
        return control_refuse(to, address->sun_path, "exists and is not a socket");
    if (is_served(address))
        return control_refuse(to, address->sun_path, "another wardftpd serves it");
    if (unlink(address->sun_path) != 0 && errno != ENOENT)
        return control_refuse(to, address->sun_path, strerror(errno));
    return 0;
}

int control_socket_open(struct master *master, const struct complaint *to)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const char *path = master->config->control_socket;
    if (!text_copy(address.sun_path, sizeof address.sun_path, path))
        return control_refuse(to, path, "too long");
    const int error = make_way(&address, to);
    if (error)
        return error;
    const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const mode_t before = umask(0177);
    const bool bound = fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    (void)umask(before);
    if (!bound || listen(fd, BACKLOG) != 0) {
        const int why = errno;
        if (bound)
            (void)unlink(path);
        if (fd >= 0)
            close(fd);
        return control_refuse(to, path, strerror(why));
    }
    master->control_socket = fd;
    return 0;
}

void control_socket_close(struct master *master)
{
    if (master->control_socket < 0)
        return;
    (void)unlink(master->config->control_socket);
    close(master->control_socket);
    master->control_socket = -1;
}

void control_give_socket(struct master *master)
{
    const struct fm_file_message message = { .head.type = FM_FILE, .which = FM_FILE_CONTROL };
    shared_send(master, SHARED_CONTROL, &message, sizeof message, master->control_socket);
    control_link(master);
}

void control_link(struct master *master)
{
    const struct message_head message = { .type = FM_LINK };
    int ends[2];
    const int error = channel_pair(ends, sizeof(union control_any));
    if (error) {
        log_note(LOG_LEVEL_ERROR, "cannot make a channel between control and auth: %s",
                 strerror(-error));
        return;
    }
    shared_send(master, SHARED_AUTH, &message, sizeof message, ends[0]);
    shared_send(master, SHARED_CONTROL, &message, sizeof message, ends[1]);
    close(ends[0]);
    close(ends[1]);
}

void control_begin(struct control_answer *answer, uint32_t serial, uint32_t verb)
{
    memset(answer, 0, sizeof *answer);
    answer->head.type = FM_CONTROL;
    answer->head.serial = serial;
    answer->verb = verb;
}

void control_answer(struct master *master, const struct control_answer *answer)
{
    shared_send(master, SHARED_CONTROL, answer, sizeof *answer, -1);
}

void control_answer_reload(struct master *master, uint32_t serial, bool reloaded, const char *lines)
{
    struct control_answer answer;
    control_begin(&answer, serial, CONTROL_RELOAD);
    answer.result = reloaded ? CONTROL_DONE : CONTROL_REFUSED;
    (void)text_format(answer.text, sizeof answer.text, "%s", lines);
    control_answer(master, &answer);
}
