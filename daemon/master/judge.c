/* judge.c - runs in the master (or in `wardftpd -t`): has the keeper's program
 * look at the keys and NET's at the certificates, and passes their complaints on. */
#include "daemon/master/master.h"

#include "common/text.h"
#include "daemon/protocol/checking.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHECK_SECONDS = 20, CHECK_MESSAGES_MAX = 1024 };

struct judgement {
    config_complain *complain;
    void *context;
    int faults;
};

static void complain(struct judgement *judgement, bool fatal, const char *line)
{
    judgement->faults += fatal;
    judgement->complain(judgement->context, fatal, line);
}

static void complain_of(struct judgement *judgement, bool fatal, const char *path, const char *what)
{
    char line[CONFIG_PATH_ROOM + 160];
    (void)text_format(line, sizeof line, "%s: %s", path, what);
    complain(judgement, fatal, line);
}

/* Hears the program to its end.  False: it ended before it had looked at everything. */
static bool hear(int channel, struct judgement *judgement)
{
    struct check message;
    for (int i = 0; i < CHECK_MESSAGES_MAX; i++) {
        const ssize_t n = channel_receive(channel, &message, sizeof message, 0);
        if (n <= (ssize_t)offsetof(struct check, text) || !text_ends(message.text, sizeof message.text))
            return false;
        if (message.head.type == CHECK_END)
            return true;
        complain(judgement, message.head.type != CHECK_WARNING, message.text);
    }
    return false;
}

static bool give_key(int channel, uint32_t index, const char *path, struct judgement *judgement)
{
    const struct fm_file_message message = { .head.type = FM_FILE, .which = FM_FILE_KEY, .index = index };
    struct stat about;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
        complain_of(judgement, true, path, "no private key can be read from it (PEM, without passphrase)");
        if (fd >= 0)
            close(fd);
        return true;
    }
    if (about.st_mode & 077) {
        char what[96];
        (void)text_format(what, sizeof what, "others than its owner may use this key (mode %o)",
                          about.st_mode & 07777);
        complain_of(judgement, false, path, what);
    }
    const bool fine = channel_send_fd(channel, &message, sizeof message, fd, 0) == 0;
    close(fd);
    return fine;
}

/* For the keeper's program; then there is no more to come. */
static bool give_keys(int channel, const struct config *config, struct judgement *judgement)
{
    bool fine = give_key(channel, 0, config->key, judgement);
    for (uint32_t i = 0; i < config->host_count && fine; i++) {
        if (config->hosts[i].certificate[0])
            fine = give_key(channel, i + 1, config->hosts[i].key, judgement);
    }
    return fine && shutdown(channel, SHUT_WR) == 0;
}

static bool talk(const struct master *master, enum program program, int channel, struct judgement *judgement)
{
    const struct timeval limit = { .tv_sec = CHECK_SECONDS };
    if (setsockopt(channel, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0)
        return false;
    if (program == PROGRAM_KEEPER && !give_keys(channel, master->config, judgement))
        return false;
    return hear(channel, judgement);
}

/* The wait status of a process that has ended, or is ended now. */
static int collect(pid_t pid, bool at_once)
{
    int status = 0;
    if (at_once)
        (void)kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

static void run(const struct master *master, enum program program, struct judgement *judgement)
{
    int fds[FD_PLACES], ends[2];
    memset(fds, -1, sizeof fds);
    const int error = channel_pair(ends, 0);
    if (error) {
        complain_of(judgement, true, program_name(program), strerror(-error));
        return;
    }
    fds[FD_MASTER] = ends[1];
    const pid_t pid = spawn_program(master, program, "check", fds);
    close(ends[1]);
    const bool heard = pid > 0 && talk(master, program, ends[0], judgement);
    close(ends[0]);
    const int status = pid > 0 ? collect(pid, !heard) : 0;
    if (!heard || status != 0)
        complain_of(judgement, true, program_name(program),
                    "its program ended before it had looked at the certificates");
}

int judge_certificates(const struct master *master, config_complain *complain_to, void *context)
{
    struct judgement judgement = { complain_to, context, 0 };
    if (!master->images.tls_served)
        return 0;
    run(master, PROGRAM_KEEPER, &judgement);
    if (judgement.faults == 0)
        run(master, PROGRAM_NET, &judgement);
    return judgement.faults ? -EINVAL : 0;
}
