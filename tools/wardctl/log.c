/* SPDX-License-Identifier: BSD-2-Clause */
/* log.c - `wardctl log`: reads log files, and asks no daemon. */
#include "tools/wardctl/log_files.h"
#include "tools/wardctl/wardctl.h"

#include <string.h>

static const struct {
    const char *name;
    int (*run)(const struct request *request, char *const *files, size_t count);
} subcommands[] = { { "search", log_search }, { "verify", log_verify } };

static int run_on_files(size_t which, const struct request *request)
{
    char **files = NULL;
    size_t count = 0;
    if (request->count > 1)
        return subcommands[which].run(request, request->arguments + 1, (size_t)request->count - 1);
    int code = log_files_find(request->log.configuration, &files, &count);
    if (code == 0)
        code = subcommands[which].run(request, files, count);
    log_files_free(files, count);
    return code;
}

int command_log(struct link *link, const struct request *request)
{
    (void)link;
    for (size_t i = 0; i < sizeof subcommands / sizeof *subcommands; i++) {
        if (strcmp(request->arguments[0], subcommands[i].name) == 0)
            return run_on_files(i, request);
    }
    return complain(EX_USAGE, "log: %s: unknown; see wardctl --help", request->arguments[0]);
}
