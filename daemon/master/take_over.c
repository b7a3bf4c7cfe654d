/* SPDX-License-Identifier: BSD-2-Clause */
/* take_over.c - runs in the master, once it has executed another program: makes the
 * state again from the image, and serves.  Filter, limits, capabilities and
 * namespaces are in force already.
 *
 * No other process learns of it before everything is in place.  Until then
 * every failure leads back: to the program before, with the same image, which takes
 * its own processes and configuration as they are. */
#include "daemon/master/take_over.h"

#include "build_info.h"
#include "common/text.h"
#include "daemon/ipc/log.h"
#include "daemon/master/cell_keep.h"
#include "daemon/master/confine.h"
#include "daemon/master/errands.h"
#include "daemon/master/filters.h"
#include "daemon/master/kept_image.h"
#include "daemon/master/listen.h"
#include "daemon/master/master.h"
#include "daemon/master/metrics.h"
#include "daemon/master/metrics_listener.h"
#include "daemon/master/network.h"
#include "daemon/master/notify.h"
#include "daemon/master/outside.h"
#include "daemon/master/passed.h"
#include "daemon/master/per_address.h"
#include "daemon/master/renewal.h"
#include "daemon/master/run.h"
#include "daemon/master/shared.h"
#include "daemon/master/spawn.h"
#include "daemon/master/trace.h"
#include "daemon/master/upgrade.h"
#include "daemon/master/waiting.h"
#include "daemon/master/zygotes.h"
#include "daemon/program/borders.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { TEXT_ROOM = 1024, VARIABLE_ROOM = 1200 };

/* The first complaint, which is said where the process goes back. */
static void complain_to_text(void *context, bool fatal, const char *line)
{
    char *text = context;
    log_note(fatal ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING, "upgrade: %s", line);
    if (fatal && !text[0])
        (void)text_format(text, TEXT_ROOM, "%s", line);
}

static bool fail(const struct complaint *to, const char *what)
{
    to->complain(to->context, true, what);
    return false;
}

/* Each descriptor that the image names must be open; none may reach a child. */
static bool close_on_exec(const struct kept_image *image, const struct complaint *to)
{
    const int32_t *fds = kept_image_fds(image);
    if (!fds)
        return fail(to, "the image of the running daemon is cut");
    for (uint32_t i = 0; i < image->head->descriptors; i++) {
        if (fcntl(fds[i], F_SETFD, FD_CLOEXEC) != 0)
            return fail(to, "a descriptor of the running daemon is missing");
    }
    return fcntl(image->fd, F_SETFD, FD_CLOEXEC) == 0 || fail(to, "the image is missing");
}

static void take_facts(struct master *master, const struct kept_head *head)
{
    master->foreground = head->foreground != 0;
    master->empty_root = head->empty_root;
    master->pid_file = head->pid_file;
    master->control_socket = head->control_socket;
    master->events_socket = head->events_socket;
    master->groups_are_missing = head->groups_are_missing != 0;
    master->log_is_lost = head->log_is_lost != 0;
    master->keys_missing = head->keys_missing;
    master->keys_failed = head->keys_failed;
    master->since_ms = head->since_ms;
    master->shortage_ms = head->shortage_ms;
    master->refused = head->refused;
    master->images = (struct images){ .config = head->config,
                                      .orders = head->orders,
                                      .certificates = head->certificates,
                                      .tls_served = head->tls_served != 0 };
}

/* What the children are started with: this version's.  Those before are closed at the end. */
static bool prepare_children(struct master *master, const struct complaint *to)
{
    return programs_open(&master->programs, to) == 0 &&
           images_make(master->config, &master->ids, &master->images, to) == 0 &&
           spawn_programs_fit(master, to);
}

/* ... or those of the process that this program is given back. */
static bool keep_children(struct master *master, const struct kept_head *head,
                          const struct complaint *to)
{
    if (head->program_count != PROGRAMS)
        return fail(to, "the programs of the running daemon are others");
    return programs_adopt(&master->programs, head->programs);
}

static bool restore_parts(struct master *master, struct kept_image *image,
                          const struct complaint *to)
{
    const struct kept_head *head = image->head;
    struct kept_reader *reader = &image->reader;
    if (!network_restore(master, head) || !shared_restore(master, head) ||
        !zygotes_restore(master, head) || !errands_restore(master, head))
        return fail(to, "the processes of the running daemon can't be watched");
    if (!listeners_restore(master, head, reader) ||
        !addresses_restore(master->addresses, head, reader))
        return fail(to, "the listeners of the running daemon can't be watched");
    if (!cells_restore(master, head, reader) || !waiting_restore(master, head, reader))
        return fail(to, "the sessions of the running daemon can't be watched");
    traces_restore(master, head);
    outside_restore(master, head);
    metrics_restore(master, head);
    metrics_listener_restore(master, head);
    master->notify = notify_restore(head);
    return true;
}

/* A configuration that was read again may have other listeners. */
static bool follow_config(struct master *master, const struct kept_head *head,
                          const struct complaint *to)
{
    if (kept_border_is_same(head, border_name(BORDER_CONFIG)))
        return true;
    if (metrics_listener_prepare(master, master->config, to) != 0 ||
        listeners_open(master, master->config, to) != 0)
        return false;
    (void)metrics_listener_take(master);
    waiting_follow_listeners(master);
    return true;
}

static bool restore(struct master *master, struct kept_image *image, bool given_back,
                    const struct complaint *to)
{
    const struct kept_head *head = image->head;
    if (kept_image_fits(image, to) != 0 || !close_on_exec(image, to))
        return false;
    if (!kept_image_texts(image, master))
        return fail(to, "the image of the running daemon is cut");
    take_facts(master, head);
    master->config = kept_image_config(image, master, to);
    if (!master->config || !run_prepare(master))
        return fail(to, "no memory, or no descriptors");
    if (roles_look_up(master->config, &master->ids, to->complain, to->context) != 0 ||
        filters_compile(master->config, to->complain, to->context) != 0)
        return false;
    if (!restore_parts(master, image, to))
        return false;
    if (!confine_again(master))
        return fail(to, "the confinement of the running daemon is not what it must be");
    return given_back ? keep_children(master, head, to)
                      : prepare_children(master, to) && follow_config(master, head, to);
}

/* Does not return, unless the program before can't be executed. */
static void give_back(const struct kept_image *image, const char *why, char **arguments)
{
    const int32_t *fds = image->head ? kept_image_fds(image) : NULL;
    char number[16];
    if (!fds || image->head->program < 0)
        return;
    for (uint32_t i = 0; i < image->head->descriptors; i++)
        (void)fcntl(fds[i], F_SETFD, 0);
    (void)fcntl(image->fd, F_SETFD, 0);
    (void)text_format(number, sizeof number, "%d", image->fd);
    if (setenv(upgrade_image_variable, number, 1) == 0 &&
        setenv(upgrade_failed_variable, why, 1) == 0)
        (void)execveat(image->head->program, "", arguments, environ, AT_EMPTY_PATH);
}

/* Of the program before: nothing of it is needed any longer. */
static void close_before(const struct kept_head *head, bool given_back)
{
    const int32_t images[] = { head->config, head->orders, head->certificates };
    close(head->program);
    if (given_back)
        return;
    for (size_t i = 0; i < COUNT(images); i++)
        close(images[i]);
    for (uint32_t i = 0; i < head->program_count && i < KEPT_PROGRAMS; i++)
        close(head->programs[i]);
}

/* From here on there is no way back. */
static void go_on(struct master *master, struct kept_image *image, const char *failed)
{
    char text[TEXT_ROOM];
    const uint32_t serial = image->head->serial;
    (void)text_format(text, sizeof text, "%.*s to %s", KEPT_VERSION_ROOM - 1, image->head->version,
                      WARDFTPD_VERSION);
    close_before(image->head, failed != NULL);
    kept_image_close(image);
    if (!spawn_reserve_descriptors()) /* what was closed may have had such a number */
        die("master: the descriptors of its children: %s", strerror(errno));
    notify_ready(master);
    if (failed) {
        upgrade_refuse(master, serial, failed);
        return;
    }
    log_admin(&(struct scribe_admin){ .event = EVENT_UPGRADE, .value = 1 }, "upgraded from %s",
              text);
    renewal_begin(master, serial, text);
}

/* What a variable holds; it is taken out of the environment. */
static char *take_variable(const char *name)
{
    const char *value = getenv(name);
    char *copy = value ? strdup(value) : NULL;
    (void)unsetenv(name);
    return copy;
}

int take_over(struct master *master, const char *number, char **arguments)
{
    static char why[TEXT_ROOM];
    const struct complaint to = { .complain = complain_to_text, .context = why };
    char *failed = take_variable(upgrade_failed_variable);
    struct kept_image image;
    master->arguments = arguments;
    master->passed = passed_none();
    const bool fine = kept_image_open(&image, number, &to) == 0 &&
                      unsetenv(upgrade_image_variable) == 0 &&
                      restore(master, &image, failed != NULL, &to);
    if (!fine && !failed)
        give_back(&image, why, arguments);
    if (!fine)
        die("master: the upgrade has failed, and so has the way back: %s", why);
    go_on(master, &image, failed);
    free(failed);
    return run_serve(master);
}
