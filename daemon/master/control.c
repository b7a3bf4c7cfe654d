/* SPDX-License-Identifier: BSD-2-Clause */
/* control.c - runs in the master: binds the control socket, gives it to the
 * process control, and sends that process its answers.  What comes to the socket
 * the master never reads. */
#include "daemon/master/control.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"
#include "daemon/master/door.h"
#include "daemon/master/master.h"
#include "daemon/master/shared.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int control_socket_open(struct master *master, const struct complaint *to)
{
    const struct door door = { .key = "control_socket",
                               .path = master->config->control_socket,
                               .type = SOCK_SEQPACKET,
                               .group = (gid_t)-1 };
    const int fd = door_open(&door, to);
    if (fd < 0)
        return fd;
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

static void answer_lines(struct master *master, uint32_t serial, enum control_verb verb, bool done,
                         const char *lines)
{
    struct control_answer answer;
    control_begin(&answer, serial, verb);
    answer.result = done ? CONTROL_DONE : CONTROL_REFUSED;
    (void)text_format(answer.text, sizeof answer.text, "%s", lines);
    control_answer(master, &answer);
}

void control_answer_reload(struct master *master, uint32_t serial, bool reloaded, const char *lines)
{
    answer_lines(master, serial, CONTROL_RELOAD, reloaded, lines);
}

void control_answer_upgrade(struct master *master, uint32_t serial, bool upgraded,
                            const char *lines)
{
    answer_lines(master, serial, CONTROL_UPGRADE, upgraded, lines);
}
