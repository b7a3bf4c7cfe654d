/* SPDX-License-Identifier: BSD-2-Clause */
/* mix.c - what the sessions of the bench do: the operations, their weights, their files. */
#include "client/bench/session.h"

#include "common/text.h"

#include <string.h>

const char *const bench_op_names[OP_COUNT] = {
    [OP_CONNECT] = "connect",
    [OP_LOGIN] = "login",
    [OP_NOOP] = "noop",
    [OP_CWD] = "cwd",
    [OP_RETR_SMALL] = "retr-small",
    [OP_RETR_LARGE] = "retr-large",
    [OP_SIZE] = "size",
    [OP_MDTM] = "mdtm",
    [OP_STOR_SMALL] = "stor-small",
    [OP_STOR_LARGE] = "stor-large",
    [OP_LIST] = "list",
    [OP_MLSD] = "mlsd",
    [OP_NLST] = "nlst",
    [OP_IDLE] = "idle",
};

/* The operation of a name of n bytes; OP_COUNT: none. */
static unsigned op_named(const char *name, size_t n)
{
    unsigned op = 0;
    while (op < OP_COUNT &&
           (strlen(bench_op_names[op]) != n || strncmp(bench_op_names[op], name, n) != 0))
        op++;
    return op;
}

bool bench_mix_parse(unsigned weights[OP_COUNT], const char *text)
{
    memset(weights, 0, OP_COUNT * sizeof *weights);
    do {
        const size_t n = strcspn(text, ","), name = strcspn(text, "=,");
        const unsigned op = op_named(text, name);
        uint64_t weight = 1;
        if (op == OP_COUNT ||
            (name < n && !number_parse_n(text + name + 1, n - name - 1, 1, 1000000, &weight)))
            return false;
        weights[op] = (unsigned)weight;
        text += n + (text[n] == ',');
    } while (*text);
    return true;
}

uint64_t bench_random(struct bench_session *session)
{
    uint64_t x = session->random; /* xorshift64: fast, and the same for the same seed */
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    session->random = x;
    return x;
}

enum bench_op bench_choose(const struct bench_loop *loop, struct bench_session *session)
{
    uint64_t at = bench_random(session) % loop->weight_sum;
    for (unsigned op = 0; op < OP_COUNT; op++) {
        if (at < loop->plan->weights[op])
            return (enum bench_op)op;
        at -= loop->plan->weights[op];
    }
    return OP_NOOP;
}

bool bench_is_upload(enum bench_op op)
{
    return op == OP_STOR_SMALL || op == OP_STOR_LARGE;
}

int64_t bench_size(const struct bench_plan *plan, enum bench_op op)
{
    if (op == OP_RETR_SMALL || op == OP_STOR_SMALL)
        return plan->small_bytes;
    return op == OP_RETR_LARGE || op == OP_STOR_LARGE ? plan->large_bytes : -1;
}

const char *bench_verb(enum bench_op op)
{
    static const char *const verbs[OP_COUNT] = {
        [OP_LIST] = "LIST",       [OP_MLSD] = "MLSD",       [OP_NLST] = "NLST",
        [OP_SIZE] = "SIZE",       [OP_MDTM] = "MDTM",       [OP_RETR_SMALL] = "RETR",
        [OP_RETR_LARGE] = "RETR", [OP_STOR_SMALL] = "STOR", [OP_STOR_LARGE] = "STOR",
    };
    return verbs[op];
}

void bench_path(const struct bench_loop *loop, struct bench_session *session,
                char path[BENCH_PATH_SIZE])
{
    const char *directory = loop->plan->directory;
    if (session->op == OP_RETR_SMALL || session->op == OP_SIZE || session->op == OP_MDTM)
        text_format(path, BENCH_PATH_SIZE, "%s/small-%u", directory,
                    (unsigned)(bench_random(session) % loop->plan->files));
    else if (session->op == OP_RETR_LARGE)
        text_format(path, BENCH_PATH_SIZE, "%s/large", directory);
    else if (bench_is_upload(session->op))
        text_format(path, BENCH_PATH_SIZE, "%s/up-%u", directory, loop->first + session->index);
    else
        text_format(path, BENCH_PATH_SIZE, "%s/list", directory);
}
