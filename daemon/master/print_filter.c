/* SPDX-License-Identifier: BSD-2-Clause */
/* print_filter.c - runs in `wardftpd --print-filter`: disassembles the BPF
 * program of a role, with the names of system calls. */
#include "daemon/master/print_filter.h"

#include "common/text.h"
#include "daemon/master/filters.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/bpf_common.h>
#include <linux/seccomp.h>
#include <string.h>

/* What A, the accumulator, holds: a field of struct seccomp_data by its offset, or this. */
enum { UNKNOWN = -1 };

enum { PROGRAM_MAX = 4096, FIELD_ROOM = 32, VALUE_ROOM = 96 };

enum role print_filter_role(const char *label)
{
    size_t role = 0;
    while (role < ROLES && strcmp(roles[role].label, label) != 0)
        role++;
    return (enum role)role;
}

void print_filter_roles(FILE *to)
{
    for (size_t i = 0; i < ROLES; i++)
        (void)fprintf(to, "%s%s", i ? ", " : "", roles[i].label);
    (void)fputc('\n', to);
}

/* "call", "architecture", "argument 1 low". */
static const char *field_name(uint32_t offset, char name[FIELD_ROOM])
{
    const uint32_t arguments = offsetof(struct seccomp_data, args);
    if (offset == offsetof(struct seccomp_data, nr))
        (void)text_copy(name, FIELD_ROOM, "call");
    else if (offset == offsetof(struct seccomp_data, arch))
        (void)text_copy(name, FIELD_ROOM, "architecture");
    else if (offset >= arguments)
        (void)text_format(name, FIELD_ROOM, "argument %u %s", (offset - arguments) / 8,
                          (offset - arguments) % 8 ? "high" : "low");
    else
        (void)text_format(name, FIELD_ROOM, "offset %u", offset);
    return name;
}

/* With the name of the call where one is compared. */
static const char *value_text(int held, uint32_t value, char text[VALUE_ROOM])
{
    const char *call =
        held == (int)offsetof(struct seccomp_data, nr) ? filter_call_name((int)value) : "?";
    if (strcmp(call, "?") != 0)
        (void)text_format(text, VALUE_ROOM, "%u (%s)", value, call);
    else
        (void)text_format(text, VALUE_ROOM, "0x%x", value);
    return text;
}

static void print_verdict(uint32_t value, FILE *to)
{
    switch (value & SECCOMP_RET_ACTION_FULL) {
    case SECCOMP_RET_ALLOW:
        (void)fputs("return ALLOW", to);
        break;
    case SECCOMP_RET_TRAP:
        (void)fputs("return TRAP", to);
        break;
    case SECCOMP_RET_LOG:
        (void)fputs("return LOG", to);
        break;
    case SECCOMP_RET_KILL_PROCESS:
        (void)fputs("return KILL_PROCESS", to);
        break;
    case SECCOMP_RET_KILL_THREAD:
        (void)fputs("return KILL", to);
        break;
    case SECCOMP_RET_ERRNO:
        (void)fprintf(to, "return ERRNO %s", strerrorname_np((int)(value & SECCOMP_RET_DATA)));
        break;
    default:
        (void)fprintf(to, "return 0x%x", value);
        break;
    }
}

static const char *test_name(uint16_t code)
{
    switch (BPF_OP(code)) {
    case BPF_JEQ:
        return "==";
    case BPF_JGT:
        return ">";
    case BPF_JGE:
        return ">=";
    default:
        return "&";
    }
}

static void print_jump(const struct sock_filter *at, size_t number, int held, FILE *to)
{
    char value[VALUE_ROOM];
    if (BPF_OP(at->code) == BPF_JA) {
        (void)fprintf(to, "go to %zu", number + 1 + at->k);
        return;
    }
    (void)fprintf(to, "if A %s %s", test_name(at->code),
                  BPF_SRC(at->code) == BPF_X ? "X" : value_text(held, at->k, value));
    if (at->jt)
        (void)fprintf(to, " go to %zu", number + 1 + at->jt);
    if (at->jf)
        (void)fprintf(to, ", else go to %zu", number + 1 + at->jf);
}

static void print_instruction(const struct sock_filter *at, size_t number, int held, FILE *to)
{
    char field[FIELD_ROOM];
    (void)fprintf(to, "%4zu  ", number);
    switch (BPF_CLASS(at->code)) {
    case BPF_LD:
        (void)fprintf(to, "A = %s", field_name(at->k, field));
        break;
    case BPF_ALU:
        (void)fprintf(to, "A &= 0x%x", at->k);
        break;
    case BPF_MISC:
        (void)fputs("X = A", to);
        break;
    case BPF_RET:
        print_verdict(at->k, to);
        break;
    default:
        print_jump(at, number, held, to);
        break;
    }
    (void)fputc('\n', to);
}

/* Jumps go forward only, so what A holds at a target is known when the target is printed. */
static void note_held(int16_t held[PROGRAM_MAX], size_t target, int16_t now, bool seen[PROGRAM_MAX])
{
    if (target >= PROGRAM_MAX)
        return;
    held[target] = seen[target] && held[target] != now ? UNKNOWN : now;
    seen[target] = true;
}

static void print_program(const struct sock_filter *code, size_t length, FILE *to)
{
    static int16_t held[PROGRAM_MAX];
    static bool seen[PROGRAM_MAX];
    memset(seen, 0, sizeof seen);
    for (size_t i = 0; i < length && i < PROGRAM_MAX; i++) {
        const struct sock_filter *at = &code[i];
        const uint16_t class = BPF_CLASS(at->code);
        print_instruction(at, i, seen[i] ? held[i] : UNKNOWN, to);
        const int16_t now = class == BPF_LD ? (int16_t)at->k : held[i];
        if (class == BPF_JMP && BPF_OP(at->code) == BPF_JA)
            note_held(held, i + 1 + at->k, now, seen);
        else if (class == BPF_JMP) {
            note_held(held, i + 1 + at->jt, now, seen);
            note_held(held, i + 1 + at->jf, now, seen);
        } else if (class != BPF_RET)
            note_held(held, i + 1, now, seen);
    }
}

/* The role that a process had before this one; ROLE_MASTER: it begins with this one. */
static enum role role_before(enum role role)
{
    switch (role) {
    case ROLE_AUTH:
    case ROLE_HASH_POOL:
        return ROLE_AUTH_BEFORE;
    case ROLE_HASHER:
        return ROLE_HASH_POOL;
    case ROLE_JAIL:
        return ROLE_JAIL_BEFORE;
    default:
        return zygote_of(role);
    }
}

/* A process keeps every filter that it ever had; the strictest answer counts. */
static void print_earlier(enum role role, FILE *to)
{
    if (role == ROLE_MASTER)
        return;
    (void)fputs("on top of the filters of", to);
    for (enum role before = role_before(role); before != ROLE_MASTER; before = role_before(before))
        (void)fprintf(to, " %s,", roles[before].label);
    (void)fprintf(to, " %s\n", roles[ROLE_MASTER].label);
}

void print_filter_of(enum role role, const struct config *config, const struct role_ids *ids,
                     FILE *to)
{
    const struct sock_fprog *program = filter_program(role);
    struct sock_filter code[ID_FILTER_MAX];
    (void)fprintf(to, "%s (%s): %u instructions\n", roles[role].label, roles[role].name,
                  (unsigned)program->len);
    print_earlier(role, to);
    print_program(program->filter, program->len, to);
    if (role != ROLE_JAIL_ZYGOTE || config->sandbox != SANDBOX_STRICT)
        return;
    const size_t length = id_filter_make(config, ids, code);
    (void)fprintf(to, "%s, to which ids it may change: %zu instructions\n", roles[role].label,
                  length);
    print_program(code, length, to);
}
