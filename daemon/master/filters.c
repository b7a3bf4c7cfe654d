/* SPDX-License-Identifier: BSD-2-Clause */
/* filters.c - runs in the master: compiles the lists of roles.c to BPF programs,
 * which go to the role programs with their orders (orders.c).  A call on no list
 * is trapped, so that the handler of SIGSYS can report it. */
#include "daemon/master/filters.h"

#include "common/text.h"

#include <errno.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { INSTRUCTIONS_MAX = 4096 }; /* the kernel's own limit */
                                  /* of a zygote's child: what differs from the zygote's */
static struct sock_fprog programs[ROLES];

static uint32_t action_of(const struct role_row *row, const struct allowed_call *call, bool report)
{
    if (!call->answer)
        return SCMP_ACT_ALLOW;
    return report && row->others_allowed ? SCMP_ACT_LOG : SCMP_ACT_ERRNO((uint32_t)call->answer);
}

/* For calls on no list. */
static uint32_t default_action(bool report)
{
    return report ? SCMP_ACT_LOG : SCMP_ACT_TRAP;
}

int filter_call_number(const struct allowed_call *call)
{
    const int number = seccomp_syscall_resolve_name(call->name);
    return number == __NR_SCMP_ERROR && call->number ? call->number : number;
}

static struct scmp_arg_cmp comparison(const struct pin *pin)
{
    if (pin->differs)
        return SCMP_CMP64(pin->argument, SCMP_CMP_NE, pin->value, 0);
    return SCMP_CMP64(pin->argument, SCMP_CMP_MASKED_EQ, pin->mask, pin->value);
}

static bool add_call(scmp_filter_ctx filter, const struct allowed_call *call, uint32_t action)
{
    struct scmp_arg_cmp pins[COUNT(call->pin)];
    const int number = filter_call_number(call);
    /* this machine has no such call */
    if (number == __NR_SCMP_ERROR)
        return true;
    for (unsigned i = 0; i < call->pins; i++)
        pins[i] = comparison(&call->pin[i]);
    return seccomp_rule_add_array(filter, action, number, call->pins, pins) == 0;
}

static bool read_program(int fd, struct sock_fprog *program)
{
    const off_t size = lseek(fd, 0, SEEK_END);
    if (size <= 0 || (size_t)size > INSTRUCTIONS_MAX * sizeof(struct sock_filter))
        return false;
    struct sock_filter *code = malloc((size_t)size);
    if (!code || pread(fd, code, (size_t)size, 0) != size) {
        free(code);
        return false;
    }
    free(program->filter);
    program->filter = code;
    program->len = (unsigned short)((size_t)size / sizeof *code);
    return true;
}

enum { MEMORY_NEEDED = 4 * 1024 * 1024 };

static bool export_program(scmp_filter_ctx filter, struct sock_fprog *program)
{
    const int fd = memfd_create("filter", MFD_CLOEXEC);
    const bool fine = fd >= 0 && seccomp_export_bpf(filter, fd) == 0 && read_program(fd, program);
    if (fd >= 0)
        close(fd);
    return fine;
}

static bool add_list(scmp_filter_ctx filter, const struct role_row *row, bool report)
{
    for (size_t i = 0; i < row->call_count; i++) {
        if (!add_call(filter, &row->calls[i], action_of(row, &row->calls[i], report)))
            return false;
    }
    return true;
}

static bool compile(const struct role_row *row, bool report, struct sock_fprog *program)
{
    scmp_filter_ctx filter =
        seccomp_init(row->others_allowed ? SCMP_ACT_ALLOW : default_action(report));
    const bool fine = filter && seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0 &&
                      add_list(filter, row, report) && export_program(filter, program);
    if (filter)
        seccomp_release(filter);
    return fine;
}

/* The first of the role's rows about a call of this name; NULL: there is none. */
static const struct allowed_call *row_for(const struct role_row *row, const char *name)
{
    for (size_t i = 0; i < row->call_count; i++) {
        if (strcmp(row->calls[i].name, name) == 0)
            return &row->calls[i];
    }
    return NULL;
}

/* Calls that both lists allow have the same rows in both (tests/unit/test_roles.c), so the names
 * decide. */
static bool add_difference(scmp_filter_ctx filter, const struct role_row *zygote,
                           const struct role_row *row, bool report)
{
    for (size_t i = 0; i < zygote->call_count; i++) {
        const struct allowed_call *own = row_for(row, zygote->calls[i].name);
        const struct allowed_call whole = { .name = zygote->calls[i].name,
                                            .answer = own ? own->answer : 0 };
        if (zygote->calls[i].answer || (own && !own->answer))
            continue;
        if (!add_call(filter, &whole, own ? action_of(row, own, report) : default_action(report)))
            return false;
    }
    return true;
}

static bool compile_difference(const struct role_row *zygote, const struct role_row *row,
                               bool report, struct sock_fprog *program)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    const bool fine =
        filter && add_difference(filter, zygote, row, report) && export_program(filter, program);
    if (filter)
        seccomp_release(filter);
    return fine;
}

static bool compile_for(enum role role, bool report)
{
    const enum role zygote = zygote_of(role);
    if (zygote != ROLE_MASTER)
        return compile_difference(&roles[zygote], &roles[role], report, &programs[role]);
    return compile(&roles[role], report, &programs[role]);
}

const struct sock_fprog *filter_program(enum role role)
{
    return &programs[role];
}

/* libseccomp crashes where it gets no memory, so more than it needs is asked for first. */
static bool has_memory(void)
{
    void *const memory = malloc(MEMORY_NEEDED);
    free(memory);
    return memory != NULL;
}

int filters_compile(const struct config *config, config_complain *complain, void *context)
{
    char line[128];
    if (!has_memory()) {
        complain(context, true, "cannot compile the filters: Cannot allocate memory");
        return -ENOMEM;
    }
    for (size_t i = 0; i < ROLES; i++) {
        if (compile_for((enum role)i, config->sandbox == SANDBOX_REPORT))
            continue;
        (void)text_format(line, sizeof line, "cannot compile the filter of %s", roles[i].name);
        complain(context, true, line);
        return -EINVAL;
    }
    if (config->sandbox == SANDBOX_REPORT)
        complain(context, false,
                 "sandbox = report: forbidden system calls are logged and NOT refused");
    return 0;
}

/* libseccomp does not know the newest calls, which only the master's list names. */
static const char *newest_name(int number)
{
    for (size_t i = 0; i < roles[ROLE_MASTER].call_count; i++) {
        const struct allowed_call *call = &roles[ROLE_MASTER].calls[i];
        if (call->number == number)
            return call->name;
    }
    return "?";
}

const char *filter_call_name(int number)
{
    static char name[64];
    char *known = number >= 0 ? seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number) : NULL;
    if (!known || !text_copy(name, sizeof name, known))
        (void)text_copy(name, sizeof name, number > 0 ? newest_name(number) : "?");
    free(known);
    return name;
}
