/* SPDX-License-Identifier: BSD-2-Clause */
/* keep_state.c - runs in the master: writes its state into an image.  What
 * carried.def lists as carried is written here, or by the part that has it. */
#include "daemon/master/keep_state.h"

#include "build_info.h"
#include "common/sealed.h"
#include "common/text.h"
#include "daemon/master/cell_keep.h"
#include "daemon/master/errands.h"
#include "daemon/master/listen.h"
#include "daemon/master/master.h"
#include "daemon/master/metrics.h"
#include "daemon/master/metrics_listener.h"
#include "daemon/master/network.h"
#include "daemon/master/notify.h"
#include "daemon/master/outside.h"
#include "daemon/master/per_address.h"
#include "daemon/master/shared.h"
#include "daemon/master/trace.h"
#include "daemon/master/waiting.h"
#include "daemon/master/zygotes.h"
#include "daemon/program/borders.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Static_assert((int)BORDERS <= (int)KEPT_BORDERS, "the image has room for all borders");
_Static_assert((int)PROGRAMS <= (int)KEPT_PROGRAMS, "the image has room for all programs");

static void keep_versions(struct kept_head *head)
{
    head->magic = KEPT_MAGIC;
    (void)text_copy(head->version, sizeof head->version, WARDFTPD_VERSION);
    head->border_count = BORDERS;
    for (size_t i = 0; i < BORDERS; i++) {
        (void)text_copy(head->borders[i].name, sizeof head->borders[i].name,
                        border_name((enum border)i));
        head->borders[i].number = border_number((enum border)i);
    }
}

static void keep_descriptors(const struct master *master, struct keeping *keeping, int program)
{
    struct kept_head *head = keeping_head(keeping);
    head->empty_root = keeping_fd(keeping, master->empty_root);
    head->config = keeping_fd(keeping, master->images.config);
    head->orders = keeping_fd(keeping, master->images.orders);
    head->certificates = keeping_fd(keeping, master->images.certificates);
    head->pid_file = keeping_fd(keeping, master->pid_file);
    head->control_socket = keeping_fd(keeping, master->control_socket);
    head->events_socket = keeping_fd(keeping, master->events_socket);
    head->program = keeping_fd(keeping, program);
    head->program_count = PROGRAMS;
    for (size_t i = 0; i < PROGRAMS; i++)
        head->programs[i] = keeping_fd(keeping, master->programs.fd[i]);
}

static void keep_facts(const struct master *master, struct kept_head *head, uint32_t serial)
{
    head->foreground = master->foreground;
    head->tls_served = master->images.tls_served;
    head->groups_are_missing = master->groups_are_missing;
    head->log_is_lost = master->log_is_lost;
    head->keys_missing = master->keys_missing;
    head->keys_failed = master->keys_failed;
    head->since_ms = master->since_ms;
    head->shortage_ms = master->shortage_ms;
    head->refused = master->refused;
    head->serial = serial;
}

static void keep_text(struct keeping *keeping, const char *text)
{
    const size_t size = strlen(text) + 1;
    char *to = keeping_add(keeping, size);
    if (!to)
        return;
    memcpy(to, text, size);
    keeping_head(keeping)->text_bytes += (uint32_t)size;
}

static void keep_texts(const struct master *master, struct keeping *keeping)
{
    keep_text(keeping, master->config_path);
    keep_text(keeping, master->program);
    for (size_t i = 0; i < master->override_count; i++)
        keep_text(keeping, master->overrides[i].text);
    keeping_head(keeping)->overrides = (uint32_t)master->override_count;
}

static void keep_parts(struct master *master, struct keeping *keeping)
{
    network_keep(master, keeping);
    notify_keep(master, keeping);
    shared_keep(master, keeping);
    zygotes_keep(master, keeping);
    traces_keep(master, keeping_head(keeping));
    outside_keep(master, keeping_head(keeping));
    errands_keep(master, keeping);
    metrics_keep(master, keeping_head(keeping));
    metrics_listener_keep(master, keeping);
    listeners_keep(master, keeping);
    addresses_keep(master->addresses, keeping);
    cells_keep(master, keeping);
    waiting_keep(master, keeping);
}

static void keep_fd_list(struct keeping *keeping)
{
    const size_t size = keeping->fd_count * sizeof *keeping->fds;
    int32_t *to = keeping_add(keeping, size);
    if (to)
        memcpy(to, keeping->fds, size);
    keeping_head(keeping)->descriptors = (uint32_t)keeping->fd_count;
}

static int seal(struct keeping *keeping)
{
    if (keeping->failed)
        return -ENOMEM;
    keeping_head(keeping)->size = keeping->size;
    return sealed_make("wardftpd-state", keeping->bytes, keeping->size);
}

void kept_fds_free(struct kept_fds *fds)
{
    if (fds->all)
        close(fds->program);
    free(fds->all);
    *fds = (struct kept_fds){ .all = NULL };
}

int keep_state(struct master *master, uint32_t serial, struct kept_fds *fds)
{
    struct keeping keeping = { .bytes = NULL };
    const int program = open("/proc/self/exe", O_PATH | O_CLOEXEC);
    if (program < 0)
        return -errno;
    int image = -ENOMEM;
    if (keeping_add(&keeping, sizeof(struct kept_head))) {
        keep_versions(keeping_head(&keeping));
        keep_descriptors(master, &keeping, program);
        keep_facts(master, keeping_head(&keeping), serial);
        keep_parts(master, &keeping);
        keep_texts(master, &keeping);
        keep_fd_list(&keeping);
        image = seal(&keeping);
    }
    if (fds && image >= 0) {
        *fds = (struct kept_fds){ keeping.fds, keeping.fd_count, program };
        keeping.fds = NULL;
    } else {
        close(program);
    }
    keeping_free(&keeping);
    return image;
}
