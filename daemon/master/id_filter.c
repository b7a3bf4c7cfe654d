/* SPDX-License-Identifier: BSD-2-Clause */
/* id_filter.c - runs in the master: writes the filter of the ids that a JAIL may
 * take at the log-in.
 *
 * It is written by hand, as it compares each argument several times: both
 * halves, with the other arguments, with both ends of the range, and with the
 * ids that no session may have. */
#include "daemon/master/filters.h"

#include "daemon/ipc/log.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>

enum { IDS = 3 /* real, effective, saved */ };

/* Little-endian, as both supported architectures are. */
enum { LOW_HALF = 0, HIGH_HALF = 4 };

struct code {
    struct sock_filter *at;
    size_t length;
};

static void add(struct code *code, struct sock_filter instruction)
{
    if (code->length == ID_FILTER_MAX)
        die("the filter of ids is too long");
    code->at[code->length++] = instruction;
}

static void load(struct code *code, size_t offset)
{
    add(code, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void verdict(struct code *code, uint32_t value)
{
    add(code, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, value));
}

/* Refuses unless (accumulator `test` value) == wanted. */
static void require(struct code *code, uint16_t test, uint32_t value, bool wanted)
{
    const uint16_t jump = (uint16_t)(BPF_JMP | test | BPF_K);
    add(code, (struct sock_filter)BPF_JUMP(jump, value, wanted ? 1 : 0, wanted ? 0 : 1));
    verdict(code, SECCOMP_RET_TRAP);
}

static size_t argument_at(size_t argument)
{
    return offsetof(struct seccomp_data, args) + argument * sizeof(uint64_t);
}

/* All three arguments must be the same id of 32 bits; leaves it in the accumulator. */
static void require_one_id(struct code *code)
{
    for (size_t argument = 0; argument < IDS; argument++) {
        load(code, argument_at(argument) + HIGH_HALF);
        require(code, BPF_JEQ, 0, true);
    }
    load(code, argument_at(0) + LOW_HALF);
    add(code, (struct sock_filter)BPF_STMT(BPF_MISC | BPF_TAX, 0));
    for (size_t argument = 1; argument < IDS; argument++) {
        load(code, argument_at(argument) + LOW_HALF);
        add(code, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 1, 0));
        verdict(code, SECCOMP_RET_TRAP);
    }
}

static void require_range(struct code *code, uint32_t least)
{
    require(code, BPF_JGE, least, true);
    require(code, BPF_JGT, UINT32_MAX - 1, false); /* -1 would keep an id as it is */
}

static bool occurs_before(const uint32_t *list, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (list[i] == list[at])
            return true;
    }
    return false;
}

/* Several roles may have the same account; 0 is no account. */
static void refuse_ids(struct code *code, const uint32_t *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i] && !occurs_before(list, i))
            require(code, BPF_JEQ, list[i], false);
    }
}

static void pin_uids(struct code *code, const struct config *config, const struct role_ids *ids)
{
    require_one_id(code);
    require_range(code, config->minimum_uid ? config->minimum_uid : 1);
    refuse_ids(code, ids->uid, ROLES);
    verdict(code, SECCOMP_RET_ALLOW);
}

static void pin_gids(struct code *code, const struct config *config, const struct role_ids *ids)
{
    require_one_id(code);
    require_range(code, 1);
    refuse_ids(code, ids->gid, ROLES);
    refuse_ids(code, config->forbidden_gids, config->forbidden_gid_count);
    verdict(code, SECCOMP_RET_ALLOW);
}

/* Jumps over what follows unless it is this call; end_call() sets the jump. */
static size_t begin_call(struct code *code, uint32_t number)
{
    load(code, offsetof(struct seccomp_data, nr));
    add(code, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 0));
    return code->length - 1;
}

static void end_call(struct code *code, size_t jump)
{
    const size_t skipped = code->length - jump - 1;
    if (skipped > UINT8_MAX)
        die("the filter of ids jumps too far");
    code->at[jump].jf = (uint8_t)skipped;
}

/* As a uid and as a gid. */
static bool passes(const struct config *config, const struct role_ids *ids, uint32_t id)
{
    return roles_uid_may_log_in(config, ids, id) && roles_gid_may_log_in(config, ids, id);
}

/* Below 65535 where possible: a container may have no others. */
void id_filter_passing(const struct config *config, const struct role_ids *ids, uid_t passing[2])
{
    enum { NOBODY = 65534 };
    size_t found = 0;
    for (uint32_t id = NOBODY; found < 2 && id > 0 && id >= config->minimum_uid; id--) {
        if (passes(config, ids, id))
            passing[found++] = id;
    }
    for (uint32_t id = UINT32_MAX - 1; found < 2; id--) {
        if (passes(config, ids, id) || id <= config->minimum_uid)
            passing[found++] = id;
    }
}

size_t id_filter_make(const struct config *config, const struct role_ids *ids,
                      struct sock_filter instructions[ID_FILTER_MAX])
{
    struct code code = { .at = instructions, .length = 0 };
    const size_t uids = begin_call(&code, SYS_setresuid);
    pin_uids(&code, config, ids);
    end_call(&code, uids);
    const size_t gids = begin_call(&code, SYS_setresgid);
    pin_gids(&code, config, ids);
    end_call(&code, gids);
    verdict(&code, SECCOMP_RET_ALLOW); /* the role's list decides the rest */
    return code.length;
}
