/* SPDX-License-Identifier: BSD-2-Clause */
/* rehearse.c - runs in a child of the master, which has executed the new program:
 * reads the image of the master's state and the configuration, and runs the self-test. */
#include "daemon/master/rehearse.h"

#include "common/text.h"
#include "daemon/master/check_certificates.h"
#include "daemon/master/complaint.h"
#include "daemon/master/confine.h"
#include "daemon/master/filters.h"
#include "daemon/master/kept_image.h"
#include "daemon/master/master.h"
#include "daemon/master/network.h"
#include "daemon/master/self_test.h"
#include "daemon/master/spawn.h"

#include <fcntl.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

static void complain_to_stdout(void *context, bool fatal, const char *line)
{
    (void)context;
    (void)printf("%s%s\n", fatal ? "" : "warning: ", line);
}

/* The rehearsal has the descriptors of the image alone, so it reads the configuration's file, and
 * takes any directory for the empty root. */
static int prepare(struct master *master, const struct kept_image *image,
                   const struct complaint *to)
{
    master->config = config_load(master->config_path, master->overrides, master->override_count,
                                 to->complain, to->context);
    if (!master->config)
        return EX_CONFIG;
    master->empty_root = open(master->config->empty_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (master->empty_root < 0) {
        (void)complain_about(to, true, master->config->empty_root, "cannot be opened");
        return EX_CANTCREAT;
    }
    master->images.tls_served = image->head->tls_served != 0;
    if (roles_look_up(master->config, &master->ids, to->complain, to->context) != 0)
        return EX_NOUSER;
    if (filters_compile(master->config, to->complain, to->context) != 0)
        return EX_OSERR;
    if (programs_open(&master->programs, to) != 0)
        return EX_UNAVAILABLE;
    return images_make(master->config, &master->ids, &master->images, to) == 0 &&
                   spawn_programs_fit(master, to)
               ? 0
               : EX_CONFIG;
}

static int try_all(struct master *master, const struct kept_image *image,
                   const struct complaint *to)
{
    if (!kept_image_texts(image, master)) {
        (void)complain_about(to, true, "the image of the running daemon", "it is cut");
        return EX_DATAERR;
    }
    const int error = prepare(master, image, to);
    if (error)
        return error;
    if (!confine_is_in_force(master, image->head->own_network >= 0)) {
        to->complain(to->context, true,
                     "this version needs a capability that the running one has "
                     "given up; drain and restart");
        return EX_NOPERM;
    }
    if (check_certificates(master, &master->dates, to) != 0)
        return EX_CONFIG;
    return self_test(master, to) == 0 ? EX_OK : EX_OSERR;
}

int rehearse(struct master *master, const char *number)
{
    const struct complaint to = { .complain = complain_to_stdout };
    struct kept_image image;
    if (kept_image_open(&image, number, &to) != 0)
        return EX_DATAERR;
    (void)fcntl(image.fd, F_SETFD, FD_CLOEXEC);
    if (kept_image_fits(&image, &to) != 0)
        return EX_PROTOCOL;
    if (!spawn_reserve_descriptors())
        return EX_OSERR;
    return try_all(master, &image, &to);
}
