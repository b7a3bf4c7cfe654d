/* check_certificates.c - runs in the master (or in `wardftpd -t`): has the
 * keeper's program check the keys and NET's the certificates, and passes their
 * complaints on. */
#include "daemon/master/check_certificates.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/master/master.h"
#include "daemon/master/spawn.h"
#include "daemon/protocol/checking.h"
#include "daemon/protocol/from_master.h"

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

struct check_run {
    const struct complaint *to;
    int faults;
};

static void complain(struct check_run *run, bool fatal, const char *line)
{
    run->faults += fatal;
    run->to->complain(run->to->context, fatal, line);
}

static void complain_of(struct check_run *run, bool fatal, const char *path, const char *fault)
{
    run->faults += fatal;
    (void)complain_about(run->to, fatal, path, fault);
}

/* Passes on what the program says.  False: it ended before it had checked everything. */
static bool receive_complaints(int channel, struct check_run *run)
{
    struct check message;
    for (int i = 0; i < CHECK_MESSAGES_MAX; i++) {
        const ssize_t n = channel_receive(channel, &message, sizeof message, 0);
        if (n <= (ssize_t)offsetof(struct check, text) || !text_ends(message.text, sizeof message.text))
            return false;
        if (message.head.type == CHECK_END)
            return true;
        complain(run, message.head.type != CHECK_WARNING, message.text);
    }
    return false;
}

static bool give_key(int channel, uint32_t index, const char *path, struct check_run *run)
{
    const struct fm_file_message message = { .head.type = FM_FILE, .which = FM_FILE_KEY, .index = index };
    struct stat about;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
        complain_of(run, true, path, "no private key can be read from it (PEM, without passphrase)");
        if (fd >= 0)
            close(fd);
        return true;
    }
    if (about.st_mode & 077) {
        char what[96];
        (void)text_format(what, sizeof what, "others than its owner may use this key (mode %o)",
                          about.st_mode & 07777);
        complain_of(run, false, path, what);
    }
    const bool fine = channel_send_fd(channel, &message, sizeof message, fd, 0) == 0;
    close(fd);
    return fine;
}

/* All keys, to the keeper's program; then the end of file. */
static bool give_keys(int channel, const struct config *config, struct check_run *run)
{
    bool fine = give_key(channel, 0, config->key, run);
    for (uint32_t i = 0; i < config->host_count && fine; i++) {
        if (config->hosts[i].certificate[0])
            fine = give_key(channel, i + 1, config->hosts[i].key, run);
    }
    return fine && shutdown(channel, SHUT_WR) == 0;
}

static bool exchange(const struct master *master, enum program program, int channel, struct check_run *run)
{
    const struct timeval limit = { .tv_sec = CHECK_SECONDS };
    if (setsockopt(channel, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0)
        return false;
    if (program == PROGRAM_KEEPER && !give_keys(channel, master->config, run))
        return false;
    return receive_complaints(channel, run);
}

/* The wait status of a process that ends by itself, or by SIGKILL. */
static int collect(pid_t pid, bool at_once)
{
    int status = 0;
    if (at_once)
        (void)kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

static void run_check(const struct master *master, enum program program, struct check_run *run)
{
    int fds[FD_PLACES], ends[2];
    memset(fds, -1, sizeof fds);
    const int error = channel_pair(ends, 0);
    if (error) {
        complain_of(run, true, program_name(program), strerror(-error));
        return;
    }
    fds[FD_MASTER] = ends[1];
    const pid_t pid = spawn_program(master, program, "check", fds);
    close(ends[1]);
    const bool complete = pid > 0 && exchange(master, program, ends[0], run);
    close(ends[0]);
    const int status = pid > 0 ? collect(pid, !complete) : 0;
    if (!complete || status != 0)
        complain_of(run, true, program_name(program),
                    "its program ended before it had checked the certificates");
}

int check_certificates(const struct master *master, const struct complaint *to)
{
    struct check_run run = { to, 0 };
    if (!master->images.tls_served)
        return 0;
    run_check(master, PROGRAM_KEEPER, &run);
    if (run.faults == 0)
        run_check(master, PROGRAM_NET, &run);
    return run.faults ? -EINVAL : 0;
}
