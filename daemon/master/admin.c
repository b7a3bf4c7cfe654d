/* admin.c - runs in the master: binds the control socket, and does what an
 * administrator asks through the process control.  It reads fixed structs of
 * that process only; what comes to the socket it never sees. */
#include "daemon/master/master.h"

#include "common/addr.h"
#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 64, LAST_WORDS_MS = 1000, KICK_MS = 5000 };

/* ---- the socket ---- */

/* Does somebody serve it?  The control of a master that was killed may still
 * be about to end: then our connection ends with it. */
static bool is_served(const struct sockaddr_un *address)
{
    const int64_t until = now_ms() + LAST_WORDS_MS;
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

static int refuse(config_complain *complain, void *context, const char *path, const char *what)
{
    char line[512];
    (void)text_format(line, sizeof line, "control_socket %s: %s", path, what);
    complain(context, true, line);
    return -EINVAL;
}

/* A socket that a killed daemon has left is taken away; nothing else is. */
static int make_way(const struct sockaddr_un *address, config_complain *complain, void *context)
{
    struct stat about;
    if (lstat(address->sun_path, &about) != 0)
        return errno == ENOENT ? 0 : refuse(complain, context, address->sun_path, strerror(errno));
    if (!S_ISSOCK(about.st_mode))
        return refuse(complain, context, address->sun_path, "exists, and is no socket");
    if (is_served(address))
        return refuse(complain, context, address->sun_path, "another wardftpd serves it");
    if (unlink(address->sun_path) != 0 && errno != ENOENT)
        return refuse(complain, context, address->sun_path, strerror(errno));
    return 0;
}

int admin_open(struct master *master, config_complain *complain, void *context)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const char *path = master->config->control_socket;
    if (!text_copy(address.sun_path, sizeof address.sun_path, path))
        return refuse(complain, context, path, "too long");
    const int error = make_way(&address, complain, context);
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
        return refuse(complain, context, path, strerror(why));
    }
    master->control_socket = fd;
    return 0;
}

void admin_close(struct master *master)
{
    if (master->control_socket < 0)
        return;
    (void)unlink(master->config->control_socket);
    close(master->control_socket);
    master->control_socket = -1;
}

void admin_give(struct master *master)
{
    const struct fm_file_message message = { .head.type = FM_FILE, .which = FM_FILE_CONTROL };
    shared_tell(master, SHARED_CONTROL, &message, sizeof message, master->control_socket);
    admin_link(master);
}

void admin_link(struct master *master)
{
    const struct message_head message = { .type = FM_LINK };
    int ends[2];
    const int error = channel_pair(ends, sizeof(union control_any));
    if (error) {
        log_note(LOG_LEVEL_ERROR, "no channel between control and auth: %s", strerror(-error));
        return;
    }
    shared_tell(master, SHARED_AUTH, &message, sizeof message, ends[0]);
    shared_tell(master, SHARED_CONTROL, &message, sizeof message, ends[1]);
    close(ends[0]);
    close(ends[1]);
}

/* ---- the questions: a handler for each of MASTER_VERBS; false: it is answered later ---- */

static void send_answer(struct master *master, struct control_answer *answer)
{
    answer->head.type = FM_CONTROL;
    shared_tell(master, SHARED_CONTROL, answer, sizeof *answer, -1);
}

static bool on_state(struct master *master, const struct control_ask *ask, struct control_answer *answer)
{
    uint64_t *numbers = answer->numbers;
    (void)ask;
    for (const struct cell *cell = master->busy.first; cell; cell = cell->next)
        numbers[STATE_LOGGED_IN] += cell->logged_in;
    numbers[STATE_PID] = (uint64_t)getpid();
    numbers[STATE_SECONDS] = (uint64_t)(now_ms() - master->since_ms) / 1000;
    numbers[STATE_SESSIONS] = master->busy.count;
    numbers[STATE_ACCEPTED] = master->next_session;
    numbers[STATE_REFUSED] = master->refused;
    numbers[STATE_WAITING_CELLS] = master->idle.count;
    numbers[STATE_ENDING_CELLS] = master->ending.count;
    numbers[STATE_MAX_SESSIONS] = master->config->max_sessions;
    numbers[STATE_LOG_LEVEL] = master->config->log_level;
    numbers[STATE_STOPPING] = master->stopping == RUNNING ? 0 : master->stopping == DRAINING ? 1 : 2;
    return true;
}

static bool is_meant(const struct cell *cell, const struct control_ask *ask)
{
    switch (ask->by) {
    case CONTROL_BY_SESSION:
        return cell->session == ask->number;
    case CONTROL_BY_USER:
        return cell->logged_in && strcmp(cell->user, ask->name) == 0;
    case CONTROL_BY_ADDRESS:
        return addr_same_host(&cell->client.peer, &ask->address);
    default:
        return false;
    }
}

/* Its NET says 421 and ends; where it does not, the master ends it. */
static bool on_kick(struct master *master, const struct control_ask *ask, struct control_answer *answer)
{
    const int64_t now = now_ms();
    for (struct cell *cell = master->busy.first; cell; cell = cell->next) {
        if (cell->wanted_gone || !is_meant(cell, ask))
            continue;
        cell_stop(cell, STOP_NOW, STOP_KICKED);
        cell->wanted_gone = true;
        cell->kill_at_ms = now + KICK_MS;
        answer->numbers[0]++;
    }
    answer->result = answer->numbers[0] ? CONTROL_DONE : CONTROL_NONE;
    if (answer->numbers[0])
        log_note(LOG_LEVEL_INFO, "an administrator ends %u sessions", (unsigned)answer->numbers[0]);
    return true;
}

static bool on_drain(struct master *master, const struct control_ask *ask, struct control_answer *answer)
{
    (void)ask;
    answer->numbers[0] = master->busy.count;
    master_drain(master);
    return true;
}

static bool on_stop(struct master *master, const struct control_ask *ask, struct control_answer *answer)
{
    answer->numbers[0] = master->busy.count;
    master_stop(master, ask->number ? STOPPING_NOW : STOPPING_GENTLY);
    return true;
}

/* Also in the image, which is what the other processes read.  False: there is no memory for one. */
static bool set_log_level(struct master *master, uint32_t level)
{
    const uint32_t before = master->config->log_level;
    master->config->log_level = level;
    const int image = config_to_fd(master->config);
    if (image < 0) {
        master->config->log_level = before;
        return false;
    }
    close(master->images.config);
    master->images.config = image;
    return true;
}

static bool on_log_level(struct master *master, const struct control_ask *ask, struct control_answer *answer)
{
    if (ask->number < LOG_LEVEL_ERROR || ask->number > LOG_LEVEL_DEBUG) {
        answer->result = CONTROL_BAD;
        return true;
    }
    if (set_log_level(master, (uint32_t)ask->number))
        config_spread(master);
    else
        answer->result = CONTROL_BUSY;
    return true;
}

static bool on_reload(struct master *master, const struct control_ask *ask, struct control_answer *answer)
{
    (void)answer;
    reload_ask(master, ask->head.serial);
    return false;
}

static void begin_answer(struct control_answer *answer, uint32_t serial, uint32_t verb)
{
    memset(answer, 0, sizeof *answer);
    answer->head.serial = serial;
    answer->verb = verb;
}

#define VERB(name, number, patience, kind, handler)                                                          \
    case name:                                                                                               \
        return on_##handler(master, ask, answer);

static bool answer_ask(struct master *master, const struct control_ask *ask, struct control_answer *answer)
{
    switch (ask->verb) {
        MASTER_VERBS(VERB)
    default:
        answer->result = CONTROL_BAD;
        return true;
    }
}

void admin_obey(struct master *master, const struct control_ask *ask)
{
    struct control_answer answer;
    begin_answer(&answer, ask->head.serial, ask->verb);
    if (answer_ask(master, ask, &answer))
        send_answer(master, &answer);
}

void admin_reloaded(struct master *master, uint32_t serial, bool switched, const char *lines)
{
    struct control_answer answer;
    begin_answer(&answer, serial, CONTROL_RELOAD);
    answer.result = switched ? CONTROL_DONE : CONTROL_REFUSED;
    (void)text_format(answer.text, sizeof answer.text, "%s", lines);
    send_answer(master, &answer);
}
