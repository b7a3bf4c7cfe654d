/* SPDX-License-Identifier: BSD-2-Clause */
/* test_roles.c - the lists of system calls, for the machines that we know:
 * each name is a call somewhere, and each list makes a filter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/text.h"
#include "daemon/roles.h"

#include <seccomp.h>
#include <string.h>

static const uint32_t machines[] = { SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64 };

static int number_on(uint32_t machine, const struct allowed_call *call)
{
    const int number = seccomp_syscall_resolve_name_arch(machine, call->name);
    return number == __NR_SCMP_ERROR && call->number ? call->number : number;
}

/* What is spelled wrong would be passed over in silence. */
static void every_name_is_a_call_of_one_of_the_machines(void **state)
{
    (void)state;
    for (size_t role = 0; role < ROLES; role++) {
        for (size_t i = 0; i < roles[role].call_count; i++) {
            const struct allowed_call *call = &roles[role].calls[i];
            if (number_on(machines[0], call) == __NR_SCMP_ERROR &&
                number_on(machines[1], call) == __NR_SCMP_ERROR)
                fail_msg("%s: %s is no system call", roles[role].name, call->name);
            if (!call->reason || !*call->reason)
                fail_msg("%s: %s stands without a reason", roles[role].name, call->name);
            if (!call->answer && (!call->rest || !*call->rest))
                fail_msg("%s: %s does not say what its other arguments can do", roles[role].name,
                         call->name);
        }
    }
}

static bool add(scmp_filter_ctx filter, uint32_t machine, const struct allowed_call *call)
{
    struct scmp_arg_cmp pins[COUNT(call->pin)];
    const int number = number_on(machine, call);
    /* not on this machine */
    if (number < 0)
        return true;
    /* libseccomp does not know it, and translates numbers by their names */
    if (number == call->number && machine != seccomp_arch_native())
        return true;
    for (unsigned i = 0; i < call->pins; i++) {
        const struct pin *pin = &call->pin[i];
        pins[i] = pin->differs
                      ? SCMP_CMP64(pin->argument, SCMP_CMP_NE, pin->value, 0)
                      : SCMP_CMP64(pin->argument, SCMP_CMP_MASKED_EQ, pin->mask, pin->value);
    }
    const uint32_t action = call->answer ? SCMP_ACT_ERRNO((uint32_t)call->answer) : SCMP_ACT_ALLOW;
    return seccomp_rule_add_array(filter, action, number, call->pins, pins) == 0;
}

static void every_list_makes_a_filter_on_every_machine(void **state)
{
    (void)state;
    for (size_t m = 0; m < COUNT(machines); m++) {
        for (size_t role = 0; role < ROLES; role++) {
            if (!roles[role].call_count)
                continue;
            scmp_filter_ctx filter =
                seccomp_init(roles[role].others_allowed ? SCMP_ACT_ALLOW : SCMP_ACT_TRAP);
            assert_non_null(filter);
            assert_int_equal(seccomp_arch_remove(filter, SCMP_ARCH_NATIVE), 0);
            assert_int_equal(seccomp_arch_add(filter, machines[m]), 0);
            for (size_t i = 0; i < roles[role].call_count; i++) {
                if (!add(filter, machines[m], &roles[role].calls[i]))
                    fail_msg("%s: %s on machine %zu", roles[role].name, roles[role].calls[i].name,
                             m);
            }
            seccomp_release(filter);
        }
    }
}

static bool same_row(const struct allowed_call *a, const struct allowed_call *b)
{
    return strcmp(a->name, b->name) == 0 && a->answer == b->answer && a->pins == b->pins &&
           memcmp(a->pin, b->pin, a->pins * sizeof a->pin[0]) == 0;
}

static size_t rows_about(enum role role, const struct allowed_call *call, bool whole)
{
    size_t count = 0;
    for (size_t i = 0; i < roles[role].call_count; i++) {
        const struct allowed_call *row = &roles[role].calls[i];
        count += whole ? same_row(row, call) : strcmp(row->name, call->name) == 0;
    }
    return count;
}

/* A zygote's child has the zygote's filter and one that refuses what only the
 * zygote's list names.  So: all that the child may its zygote may, and of a call
 * that both pass both have the same rows. */
static void a_zygote_and_its_child_differ_by_whole_calls(void **state)
{
    size_t seen = 0;
    (void)state;
    for (size_t role = 0; role < ROLES; role++) {
        const enum role zygote = zygote_of((enum role)role);
        if (zygote == ROLE_MASTER)
            continue;
        seen++;
        for (size_t i = 0; i < roles[role].call_count; i++) {
            const struct allowed_call *call = &roles[role].calls[i];
            if (call->answer) /* refused in the child, whatever the zygote may */
                continue;
            if (!rows_about(zygote, call, true) ||
                rows_about(zygote, call, false) != rows_about((enum role)role, call, false))
                fail_msg("%s: %s differs from its zygote's", roles[role].name, call->name);
        }
    }
    assert_int_equal(seen, 2);
}

static void check_allowed(enum role role, const char *const names[], size_t count)
{
    for (size_t m = 0; m < COUNT(machines); m++) {
        for (size_t k = 0; k < count; k++) {
            const int wanted = seccomp_syscall_resolve_name_arch(machines[m], names[k]);
            bool found = wanted < 0; /* another name does it there */
            for (size_t i = 0; i < roles[role].call_count && !found; i++)
                found = number_on(machines[m], &roles[role].calls[i]) == wanted;
            if (!found)
                fail_msg("%s lacks %s on machine %zu", roles[role].name, names[k], m);
        }
    }
}

/* libc of arm64 waits, renames and looks by other calls than that of x86-64. */
static void what_libc_calls_there_is_listed(void **state)
{
    static const char *const net[] = { "poll",     "ppoll",   "read",   "write",
                                       "sendfile", "recvmsg", "accept4" };
    static const char *const jail[] = { "poll",       "ppoll",     "openat2",    "fstat",
                                        "newfstatat", "renameat2", "unlinkat",   "mkdirat",
                                        "fchmodat",   "utimensat", "getdents64", "sendmsg",
                                        "ftruncate",  "readlinkat" };
    static const char *const loop[] = { "epoll_wait", "epoll_pwait", "epoll_ctl", "recvmsg" };
    static const char *const gives[] = { "sendmsg" };
    (void)state;
    check_allowed(ROLE_NET, net, COUNT(net));
    check_allowed(ROLE_JAIL, jail, COUNT(jail));
    check_allowed(ROLE_DIALER, loop, COUNT(loop));
    check_allowed(ROLE_DIALER, gives, COUNT(gives));
    check_allowed(ROLE_SCRIBE, loop, COUNT(loop));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_is_a_call_of_one_of_the_machines),
        cmocka_unit_test(every_list_makes_a_filter_on_every_machine),
        cmocka_unit_test(a_zygote_and_its_child_differ_by_whole_calls),
        cmocka_unit_test(what_libc_calls_there_is_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
