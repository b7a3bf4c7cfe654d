/* SPDX-License-Identifier: BSD-2-Clause */
/* log_verify.c - `wardctl log verify`: is each line the one that was written? */
#include "common/log_chain.h"
#include "common/text.h"
#include "tools/wardctl/log_files.h"
#include "tools/wardctl/wardctl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { FAULTS_SHOWN = 20 };

struct verify {
    const char *head; /* that must be among the lines; NULL: none */
    bool head_found;
    struct log_chain chain;
    uint64_t lines, chained, faults;
    /* of the last chain: its first line, which a second one can't repeat */
    uint8_t beginning[SHA256_SIZE];
    bool begun; /* from here on, each line is of the chain */
};

static void fault(struct verify *verify, const char *file, size_t number, const char *what)
{
    verify->faults++;
    if (verify->faults <= FAULTS_SHOWN)
        (void)printf("%s:%zu: %s\n", file, number, what);
}

static const char *fault_of(const struct verify *verify, enum log_chain_verdict verdict, bool ended)
{
    switch (verdict) {
    /* before log_chain was on */
    case CHAIN_NONE:
        return verify->begun ? "this line is not of the chain" : NULL;
    case CHAIN_GAP:
        return "lines before this one are missing, or not in their place";
    case CHAIN_BROKEN:
        return verify->begun ? "this line, or the one before it, was changed"
                             : "the beginning of the chain is missing: see --after";
    default:
        return ended ? NULL : "this line is cut";
    }
}

static bool take(void *context, char *text, bool ended, const char *file, size_t number)
{
    struct verify *verify = context;
    const size_t n = strlen(text);
    char head[LOG_CHAIN_HEX + 1];
    const bool again = verify->chain.sequence != 0;
    const enum log_chain_verdict verdict = log_chain_check(&verify->chain, text, n);
    const char *wrong = fault_of(verify, verdict, ended);
    if (verdict == CHAIN_BEGINS && memcmp(verify->beginning, verify->chain.head, SHA256_SIZE) == 0)
        wrong = "this line is here twice";
    if (verdict == CHAIN_BEGINS)
        memcpy(verify->beginning, verify->chain.head, SHA256_SIZE);
    verify->lines++;
    if (wrong)
        fault(verify, file, number, wrong);
    if (verdict == CHAIN_NONE)
        return true;
    /* later faults are found as well */
    if (verdict == CHAIN_GAP || verdict == CHAIN_BROKEN)
        log_chain_resume(&verify->chain, text, n);
    verify->begun = true;
    verify->chained++;
    if (verdict == CHAIN_BEGINS)
        (void)printf("%s:%zu: a chain begins%s\n", file, number,
                     again ? ", behind the end of another" : "");
    log_chain_hex(&verify->chain, head);
    verify->head_found = verify->head_found || (verify->head && strcmp(head, verify->head) == 0);
    return true;
}

static int judge(const struct verify *verify)
{
    char head[LOG_CHAIN_HEX + 1];
    if (verify->faults > FAULTS_SHOWN)
        (void)printf("... and %" PRIu64 " more\n", verify->faults - FAULTS_SHOWN);
    if (verify->chained > 0) {
        log_chain_hex(&verify->chain, head);
        (void)printf("%" PRIu64 " lines, %" PRIu64 " of them chained, %" PRIu64
                     " faults; the last is seq=%" PRIu64 " chain=%s\n",
                     verify->lines, verify->chained, verify->faults, verify->chain.sequence, head);
    }
    const int printed = list_end(false);
    if (verify->chained == 0)
        return complain(EX_DATAERR, "no line of these files is chained");
    if (verify->head && !verify->head_found)
        return complain(
            EX_DATAERR,
            "no line has the head %s: the end of the log is missing, or it is another log",
            verify->head);
    return verify->faults ? EX_DATAERR : printed;
}

int log_verify(const struct request *request, char *const *files, size_t count_of_files)
{
    struct verify verify = { .head = request->log.head, .begun = request->log.after != NULL };
    if (request->log.after && (strlen(request->log.after) != LOG_CHAIN_HEX ||
                               !log_chain_read_hex(request->log.after, verify.chain.head)))
        return complain(EX_USAGE, "--after: %s is no head: 64 hex digits, as the log has them",
                        request->log.after);
    const int code = log_files_read(files, count_of_files, take, &verify);
    const int verdict = judge(&verify);
    return code ? code : verdict;
}
