/* SPDX-License-Identifier: BSD-2-Clause */
/* arguments.c - what the filter of each role says to a call with given arguments, for
 * tests/border/test_arguments.py.  The filters are the daemon's, compiled from daemon/roles.c and
 * loaded into the running kernel in the order in which a process of that role gets them.
 *
 *   arguments --list       one line for each row: ROLE NAME ANSWER PIN...
 *                          ANSWER is 0 (allowed) or an errno; a PIN is ARGUMENT:MASK:VALUE or
 *                          ARGUMENT!VALUE
 *   arguments --try ROLE   reads lines of NAME ARG..., numbers; prints for each of them
 *                          passes, refused, none (no such call here) or the errno of the answer
 *   arguments --size ROLE  the instructions of all filters that a process of that role has
 *
 * No call takes effect: a filter of our own, loaded first, answers DRY to each that the
 * role's filters pass.  It knows the calls to be tried by where they come from, the function syscall(2) of libc. */
#include "daemon/sandbox/filter.h"

#include "common/text.h"
#include "daemon/master/filters.h"
#include "daemon/master/orders.h"
#include "daemon/sandbox/orders.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    DRY = ENOANO,
    SYSCALL_BYTES = 128,
    ARGUMENTS = 6,
    ATTEMPTS_MAX = 8192,
    STEPS = 3,
    MINIMUM_UID = 500
};

/* The roles that a process has had before, itself last; each began with the master's filter. */
static const enum role ways[ROLES][STEPS] = {
    [ROLE_AUTH_BEFORE] = { ROLE_AUTH_BEFORE },
    [ROLE_AUTH] = { ROLE_AUTH_BEFORE, ROLE_AUTH },
    [ROLE_HASH_POOL] = { ROLE_AUTH_BEFORE, ROLE_HASH_POOL },
    [ROLE_HASHER] = { ROLE_AUTH_BEFORE, ROLE_HASH_POOL, ROLE_HASHER },
    [ROLE_DIALER] = { ROLE_DIALER },
    [ROLE_KEEPER] = { ROLE_KEEPER },
    [ROLE_SCRIBE] = { ROLE_SCRIBE },
    [ROLE_CONTROL] = { ROLE_CONTROL },
    [ROLE_RESOLVER] = { ROLE_RESOLVER },
    [ROLE_GREETER] = { ROLE_GREETER },
    [ROLE_HOMES] = { ROLE_HOMES },
    [ROLE_REHASH] = { ROLE_REHASH },
    [ROLE_CHECKER] = { ROLE_CHECKER },
    [ROLE_EVENTS] = { ROLE_EVENTS },
    [ROLE_METRICS] = { ROLE_METRICS },
    [ROLE_NET_ZYGOTE] = { ROLE_NET_ZYGOTE },
    [ROLE_JAIL_ZYGOTE] = { ROLE_JAIL_ZYGOTE },
    [ROLE_NET] = { ROLE_NET_ZYGOTE, ROLE_NET },
    [ROLE_JAIL_BEFORE] = { ROLE_JAIL_ZYGOTE, ROLE_JAIL_BEFORE },
    [ROLE_JAIL] = { ROLE_JAIL_ZYGOTE, ROLE_JAIL_BEFORE, ROLE_JAIL },
};

enum outcome { PASSES, REFUSED, NONE, ANSWERED };

struct attempt {
    int number;
    long argument[ARGUMENTS];
    enum outcome outcome;
    int error;
};
/* shared with the child, which has no other way to tell */
static struct attempt *attempts;
static size_t attempt_count;
static volatile int refused;

static void note_refusal(int call)
{
    refused = call;
}

static void complain(void *context, bool error, const char *line)
{
    (void)context, (void)error;
    (void)fprintf(stderr, "%s\n", line);
}

static _Noreturn void fail(const char *what)
{
    (void)fprintf(stderr, "arguments: %s: %s\n", what, strerror(errno));
    exit(1);
}

static enum role role_of(const char *name)
{
    for (size_t i = 0; i < ROLES; i++) {
        if (strcmp(roles[i].label, name) == 0)
            return (enum role)i;
    }
    errno = EINVAL;
    fail(name);
}

static void list(void)
{
    for (size_t role = 0; role < ROLES; role++) {
        for (size_t i = 0; i < roles[role].call_count; i++) {
            const struct allowed_call *call = &roles[role].calls[i];
            if (filter_call_number(call) < 0)
                continue;
            (void)printf("%s %s %d", roles[role].label, call->name, call->answer);
            for (size_t k = 0; k < call->pins; k++) {
                const struct pin *pin = &call->pin[k];
                if (pin->differs)
                    (void)printf(" %u!%#" PRIx64, pin->argument, pin->value);
                else
                    (void)printf(" %u:%#" PRIx64 ":%#" PRIx64, pin->argument, pin->mask,
                                 pin->value);
            }
            (void)printf("\n");
        }
    }
}

/* Answers DRY to calls out of syscall(2), but for the one that loads the filters under test. */
static void load_dry_filter(void)
{
    const uint64_t from = (uintptr_t)&syscall;
    const uint32_t low = (uint32_t)from, high = (uint32_t)(from >> 32);
    const uint32_t place = offsetof(struct seccomp_data, instruction_pointer);
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 5, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, place + 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, high, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, place),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, low, 0, 1),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, low + SYSCALL_BYTES, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | DRY),
    };
    const struct sock_fprog program = { .len = COUNT(code), .filter = code };
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
        fail("its own filter");
}

/* Every role has an account of its own, from 101 on. */
static struct role_ids accounts(void)
{
    struct role_ids ids;
    for (size_t i = 0; i < ROLES; i++) {
        ids.uid[i] = i == ROLE_MASTER ? 0 : 101 + (uid_t)i;
        ids.gid[i] = i == ROLE_MASTER ? 0 : 101 + (gid_t)i;
    }
    return ids;
}

static void load_masters(void)
{
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, filter_program(ROLE_MASTER)) != 0)
        fail("the master's filter");
}

static void take(enum role role, const struct config *config)
{
    const struct role_ids ids = accounts();
    const struct order_facts facts = { config, &ids, 0 };
    if (!orders_open(orders_to_fd(&facts), 0))
        fail("the orders");
    load_masters();
    for (size_t i = 0; i < STEPS && ways[role][i] != ROLE_MASTER; i++) {
        const enum role next = ways[role][i];
        filter_load_ids(next);
        if (zygote_of(next) == ROLE_MASTER)
            filter_load(next);
        else
            filter_load_difference(next);
    }
}

static void try_one(struct attempt *one)
{
    const long *a = one->argument;
    if (one->number < 0) {
        one->outcome = NONE;
        return;
    }
    refused = -1;
    errno = 0;
    const long result = syscall(one->number, a[0], a[1], a[2], a[3], a[4], a[5]);
    one->error = result == -1 ? errno : 0;
    if (refused == one->number)
        one->outcome = REFUSED;
    else if (one->error == DRY || one->number == SYS_seccomp)
        one->outcome = PASSES;
    else
        one->outcome = ANSWERED;
}

static void parse(char *line)
{
    char *rest = NULL;
    const char *name = strtok_r(line, " \n", &rest), *word;
    if (!name || attempt_count == ATTEMPTS_MAX)
        fail("a line");
    struct attempt *one = &attempts[attempt_count++];
    const struct allowed_call row = { .name = name };
    one->number = filter_call_number(&row);
    for (size_t i = 0; i < ARGUMENTS && (word = strtok_r(NULL, " \n", &rest)) != NULL; i++)
        one->argument[i] = (long)strtoull(word, NULL, 0);
    for (size_t i = 0; i < roles[ROLE_MASTER].call_count && one->number < 0; i++) {
        if (strcmp(roles[ROLE_MASTER].calls[i].name, name) == 0)
            one->number = filter_call_number(&roles[ROLE_MASTER].calls[i]);
    }
}

static void print(const struct attempt *one)
{
    static const char *const words[] = {
        [PASSES] = "passes", [REFUSED] = "refused", [NONE] = "none"
    };
    if (one->outcome == ANSWERED)
        (void)printf("%d\n", one->error);
    else
        (void)printf("%s\n", words[one->outcome]);
}

static void try_all(enum role role, const struct config *config)
{
    char line[256];
    int status = 0;
    attempts = mmap(NULL, ATTEMPTS_MAX * sizeof *attempts, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (attempts == MAP_FAILED)
        fail("mmap");
    while (fgets(line, sizeof line, stdin))
        parse(line);
    const pid_t pid = fork();
    if (pid == 0) {
        filter_rehearse(note_refusal);
        load_dry_filter();
        take(role, config);
        for (size_t i = 0; i < attempt_count; i++)
            try_one(&attempts[i]);
        _exit(0);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
        fail("the child");
    for (size_t i = 0; i < attempt_count; i++)
        print(&attempts[i]);
}

static size_t size_of_all(enum role role)
{
    size_t sum = filter_program(ROLE_MASTER)->len;
    for (size_t i = 0; i < STEPS && ways[role][i] != ROLE_MASTER; i++)
        sum += filter_program(ways[role][i])->len;
    return sum;
}

int main(int argc, char **argv)
{
    struct config config = { .sandbox = SANDBOX_STRICT, .minimum_uid = MINIMUM_UID };
    if (filters_compile(&config, complain, NULL) != 0)
        return 1;
    if (argc == 2 && strcmp(argv[1], "--list") == 0)
        list();
    else if (argc == 3 && strcmp(argv[1], "--try") == 0)
        try_all(role_of(argv[2]), &config);
    else if (argc == 3 && strcmp(argv[1], "--size") == 0)
        (void)printf("%zu\n", size_of_all(role_of(argv[2])));
    else
        return 64;
    return 0;
}
