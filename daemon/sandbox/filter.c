/* filter.c - compiles the lists of roles.c in the master, loads them in each
 * child.  The default is a trap, whose handler can say what was tried. */
#include "daemon/sandbox/filter.h"

#include "common/text.h"
#include "daemon/border/channel.h"
#include "daemon/border/log.h"
#include "daemon/sandbox/sandbox.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    INSTRUCTIONS_MAX = 4096, /* the kernel's own limit */
    NAMES_MAX = 640,         /* calls whose names are kept */
};

static struct sock_fprog programs[ROLES];    /* compiled before the forks, shared copy-on-write */
static struct sock_fprog differences[ROLES]; /* to the cradle's */
static const char *names[NAMES_MAX];         /* looked up beforehand: a handler may not allocate */

/* For the handler, which gets no argument of ours. */
static enum role own_role;
static void (*tell_refusal)(int call);
static bool rehearsing; /* refusals are told, and that is all */

static uint32_t action_of(const struct role_row *row, const struct allowed_call *call, bool report)
{
    if (!call->answer)
        return SCMP_ACT_ALLOW;
    return report && row->others_allowed ? SCMP_ACT_LOG : SCMP_ACT_ERRNO((uint32_t)call->answer);
}

/* What is on no list. */
static uint32_t others(bool report)
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
    if (number == __NR_SCMP_ERROR)
        return true; /* not on this machine */
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
    scmp_filter_ctx filter = seccomp_init(row->others_allowed ? SCMP_ACT_ALLOW : others(report));
    const bool fine = filter && seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0 &&
                      add_list(filter, row, report) && export_program(filter, program);
    if (filter)
        seccomp_release(filter);
    return fine;
}

/* The first of the role's rows about a call of this name; NULL: there is none. */
static const struct allowed_call *row_about(const struct role_row *row, const char *name)
{
    for (size_t i = 0; i < row->call_count; i++) {
        if (strcmp(row->calls[i].name, name) == 0)
            return &row->calls[i];
    }
    return NULL;
}

/* Calls that both lists pass have the same rows in both (tests/unit/test_roles.c), so names alone decide. */
static bool add_difference(scmp_filter_ctx filter, const struct role_row *cradle, const struct role_row *row,
                           bool report)
{
    for (size_t i = 0; i < cradle->call_count; i++) {
        const struct allowed_call *own = row_about(row, cradle->calls[i].name);
        const struct allowed_call whole = { .name = cradle->calls[i].name, .answer = own ? own->answer : 0 };
        if (cradle->calls[i].answer || (own && !own->answer))
            continue;
        if (!add_call(filter, &whole, own ? action_of(row, own, report) : others(report)))
            return false;
    }
    return true;
}

static bool compile_difference(const struct role_row *cradle, const struct role_row *row, bool report,
                               struct sock_fprog *program)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    const bool fine =
        filter && add_difference(filter, cradle, row, report) && export_program(filter, program);
    if (filter)
        seccomp_release(filter);
    return fine;
}

static bool compile_all_of(enum role role, bool report)
{
    const enum role cradle = cradle_of(role);
    return (!roles[role].call_count || compile(&roles[role], report, &programs[role])) &&
           (cradle == ROLE_MASTER ||
            compile_difference(&roles[cradle], &roles[role], report, &differences[role]));
}

/* They stay for the life of the daemon.  libseccomp does not know the newest. */
static void look_up_names(void)
{
    for (int i = 0; i < NAMES_MAX; i++) {
        if (!names[i])
            names[i] = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, i);
    }
    for (size_t i = 0; i < roles[ROLE_MASTER].call_count; i++) {
        const struct allowed_call *call = &roles[ROLE_MASTER].calls[i];
        if (call->number > 0 && call->number < NAMES_MAX)
            names[call->number] = call->name;
    }
}

const char *filter_call_name(int number)
{
    return number >= 0 && number < NAMES_MAX && names[number] ? names[number] : "?";
}

int filters_compile(const struct config *config, config_complain *complain, void *context)
{
    char line[128];
    look_up_names();
    for (size_t i = 0; i < ROLES; i++) {
        if (compile_all_of((enum role)i, config->sandbox == SANDBOX_REPORT))
            continue;
        (void)text_format(line, sizeof line, "the filter of %s can't be compiled", roles[i].name);
        complain(context, true, line);
        return -EINVAL;
    }
    if (config->sandbox == SANDBOX_REPORT)
        complain(context, false, "sandbox = report: forbidden system calls are logged and NOT refused");
    return 0;
}

size_t filter_size(enum role role, bool difference)
{
    return difference ? differences[role].len : programs[role].len;
}

/* Says what was tried, then tries it once more: with the handler gone (it is
 * one-shot) that is the end, and the wait status says SIGSYS. */
static void on_refused(int signal_number, siginfo_t *info, void *context)
{
    (void)signal_number, (void)context;
    if (tell_refusal)
        tell_refusal(info->si_syscall);
    else
        log_note(LOG_LEVEL_ERROR, "the filter of %s refused system call %d (%s)", roles[own_role].name,
                 info->si_syscall, filter_call_name(info->si_syscall));
    if (rehearsing)
        return;
    (void)syscall(info->si_syscall, -1, -1, -1, -1, -1, -1);
    __builtin_trap(); /* allowed with these arguments: it ends all the same */
}

void filter_tell_refusals(void (*tell)(int call))
{
    tell_refusal = tell;
}

void filter_rehearse(void (*tell)(int call))
{
    tell_refusal = tell;
    rehearsing = true;
}

static void catch_refusals(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_refused;
    action.sa_flags = SA_SIGINFO | SA_NODEFER | (rehearsing ? 0 : (int)SA_RESETHAND);
    if (sigaction(SIGSYS, &action, NULL) != 0)
        die("sigaction: %s", strerror(errno));
}

static void load(enum role role, const struct sock_fprog *program)
{
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, program) != 0)
        die("%s: confinement failed at its filter: %s", roles[role].name, strerror(errno));
}

void filter_load(enum role role)
{
    if (!programs[role].len || WITH_SANITIZERS) /* their run-time calls what no list has */
        return;
    if (!roles[role].others_allowed) {
        own_role = role;
        log_confined();
        catch_refusals();
    }
    load(role, &programs[role]);
}

/* The cradle's handler is inherited with its filter. */
void filter_load_difference(enum role role)
{
    own_role = role;
    if (!WITH_SANITIZERS)
        load(role, &differences[role]);
}
