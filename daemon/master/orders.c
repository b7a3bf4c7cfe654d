/* SPDX-License-Identifier: BSD-2-Clause */
/* orders.c - runs in the master: resolves the rows of roles.c for this machine
 * and configuration, and puts them with the compiled filters into one sealed
 * memfd, from which each role program confines itself. */
#include "daemon/master/orders.h"

#include "common/sealed.h"
#include "common/text.h"
#include "daemon/master/filters.h"
#include "daemon/master/programs.h"
#include "daemon/program/borders.h"
#include "daemon/sandbox/orders.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static bool asks_for_port_20(const struct config *config)
{
    for (uint32_t i = 0; i < config->listener_count; i++) {
        if (config->listeners[i].active && config->listeners[i].active_port == ACTIVE_20)
            return true;
    }
    return false;
}

static uint64_t capabilities_of(enum role role, const struct config *config)
{
    uint64_t bits = 0;
    if (role == ROLE_DIALER && !asks_for_port_20(config))
        return 0;
    for (size_t i = 0; i < roles[role].capability_count; i++)
        bits |= (uint64_t)1 << roles[role].capabilities[i];
    return bits;
}

/* The kernel refuses to send a descriptor when more of the sender's uid are unread than the sender
 * may have open.  Each session leaves at most one unread, but those of other daemons with the same
 * account count as well, and must not starve this one. */
static uint32_t nofile_of(const struct role_limits *limits, uint32_t of_all_cells)
{
    enum { IN_FLIGHT = 65536 };
    struct rlimit now;
    if (limits->nofile)
        return limits->nofile;
    if (!limits->shares_flight || of_all_cells >= IN_FLIGHT || getrlimit(RLIMIT_NOFILE, &now) != 0)
        return of_all_cells;
    const rlim_t most = now.rlim_max < IN_FLIGHT ? now.rlim_max : IN_FLIGHT;
    return most > of_all_cells ? (uint32_t)most : of_all_cells;
}

static void fill_limits(struct role_orders *to, enum role role, uint32_t nofile)
{
    const struct role_limits *limits = &roles[role].limits;
    /* the others lower what the first role has set */
    const bool from_start = program_of(role) != PROGRAMS;
    to->nofile = from_start       ? nofile_of(limits, nofile)
                 : limits->nofile ? limits->nofile
                                  : LIMIT_UNTOUCHED;
    to->nproc = limits->nproc == UINT32_MAX ? LIMIT_UNTOUCHED : limits->nproc;
    to->fsize = limits->fsize;
    to->memlock = limits->memlock ? RLIM_INFINITY : 0;
    to->data = limits->data_mib ? (uint64_t)limits->data_mib << 20 : LIMIT_UNTOUCHED;
}

/* Appends a filter to the image, which is small and made rarely. */
static bool add_code(struct orders **image, const struct sock_filter *code, size_t count,
                     struct filter_place *place)
{
    const size_t old = (*image)->size, size = old + count * sizeof *code;
    struct orders *larger = realloc(*image, size);
    if (!larger)
        return false;
    *place = (struct filter_place){ .at = larger->code_count, .count = (uint32_t)count };
    memcpy((char *)larger + old, code, count * sizeof *code);
    larger->size = size;
    larger->code_count += (uint32_t)count;
    *image = larger;
    return true;
}

static bool fill_filters(struct orders **image, enum role role, const struct config *config,
                         const struct role_ids *ids)
{
    const struct sock_fprog *program = filter_program(role);
    struct sock_filter code[ID_FILTER_MAX];
    struct filter_place place, pinned = { 0, 0 };
    if (role == ROLE_JAIL_ZYGOTE && config->sandbox == SANDBOX_STRICT) {
        const size_t count = id_filter_make(config, ids, code);
        if (!add_code(image, code, count, &pinned))
            return false;
    }
    if (!add_code(image, program->filter, program->len, &place))
        return false;
    (*image)->roles[role].filter = place;
    (*image)->roles[role].ids = pinned;
    return true;
}

static bool fill_role(struct orders **image, enum role role, const struct order_facts *facts)
{
    struct role_orders *to = &(*image)->roles[role];
    const struct role_row *row = &roles[role];
    (void)text_copy(to->name, sizeof to->name, row->name);
    to->uid = facts->ids->uid[role];
    to->gid = facts->ids->gid[role];
    to->capabilities = capabilities_of(role, facts->config);
    to->files = row->files;
    to->network = row->network;
    to->empty_root = row->empty_root;
    to->is_root = row->is_root;
    fill_limits(to, role, facts->nofile);
    return fill_filters(image, role, facts->config, facts->ids);
}

static void fill_call_names(struct orders *image)
{
    for (int i = 0; i < CALLS_MAX; i++) {
        const char *name = filter_call_name(i);
        if (strcmp(name, "?") != 0)
            (void)text_copy(image->calls[i], sizeof image->calls[i], name);
    }
}

static struct orders *make(const struct order_facts *facts)
{
    struct orders *image = calloc(1, sizeof *image);
    uid_t passing[2];
    if (!image)
        return NULL;
    image->size = sizeof *image;
    for (size_t i = 0; i < BORDERS; i++)
        image->borders[i] = border_number((enum border)i);
    image->ids = *facts->ids;
    image->strict = facts->config->sandbox == SANDBOX_STRICT;
    image->as_root = geteuid() == 0;
    id_filter_passing(facts->config, facts->ids, passing);
    image->passing[0] = passing[0];
    image->passing[1] = passing[1];
    fill_call_names(image);
    for (size_t i = 0; i < ROLES; i++) {
        if (i != ROLE_MASTER && !fill_role(&image, (enum role)i, facts)) {
            free(image);
            return NULL;
        }
    }
    return image;
}

int orders_to_fd(const struct order_facts *facts)
{
    struct orders *image = make(facts);
    const int fd = image ? sealed_make("wardftpd-orders", image, image->size) : -ENOMEM;
    free(image);
    return fd;
}
