/* SPDX-License-Identifier: BSD-2-Clause */
/* check_certificates.c - runs in the master (or in `wardftpd -t`): has the
 * keeper's program check the keys and NET's the certificates. */
#include "daemon/master/check_certificates.h"

#include "common/text.h"
#include "daemon/master/check_program.h"
#include "daemon/master/master.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool give_key(int channel, uint32_t index, const char *path, struct check_run *run)
{
    struct stat about;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
        check_program_complain(run, true, path,
                               "no private key can be read from it (PEM, without passphrase)");
        if (fd >= 0)
            close(fd);
        return true;
    }
    if (about.st_mode & 077) {
        char what[96];
        (void)text_format(what, sizeof what, "others than its owner may use this key (mode %o)",
                          about.st_mode & 07777);
        check_program_complain(run, false, path, what);
    }
    return check_program_give(channel, FM_FILE_KEY, index, fd);
}

/* All keys, to the keeper's program. */
static bool give_keys(int channel, const struct config *config, struct check_run *run)
{
    bool fine = give_key(channel, 0, config->key, run);
    for (uint32_t i = 0; i < config->host_count && fine; i++) {
        if (config->hosts[i].certificate[0])
            fine = give_key(channel, i + 1, config->hosts[i].key, run);
    }
    return fine;
}

static void note_date(void *context, const struct check_certificate *certificate)
{
    struct certificate_dates *dates = context;
    if (certificate->number < COUNT(dates->expires))
        dates->expires[certificate->number] = certificate->expires;
}

int check_certificates(const struct master *master, struct certificate_dates *dates,
                       const struct complaint *to)
{
    struct check_run keys = { .to = to, .give = give_keys };
    struct check_run certificates = { .to = to, .on_certificate = note_date, .context = dates };
    memset(dates, 0, sizeof *dates);
    if (master->images.tls_served)
        check_program(master, PROGRAM_KEEPER, &keys);
    if (keys.faults == 0)
        check_program(master, PROGRAM_NET, &certificates);
    if (keys.broken || certificates.broken)
        return -ECHILD;
    return keys.faults || certificates.faults ? -EINVAL : 0;
}
