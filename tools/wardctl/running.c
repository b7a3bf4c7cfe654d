/* SPDX-License-Identifier: BSD-2-Clause */
/* running.c - which configuration the daemon runs with. */
#include "common/text.h"
#include "tools/wardctl/explain.h"

#include <string.h>

int running_config(struct link *link, struct running_config *running)
{
    struct control_ask ask = { .verb = CONTROL_STATE };
    struct control_answer answer;
    char *rest = NULL;
    const int code = link_simple(link, &ask, &answer);
    if (code)
        return code;
    memset(running, 0, sizeof *running);
    memcpy(running->numbers, answer.numbers, sizeof running->numbers);
    memcpy(running->text, answer.text, sizeof running->text);
    const char *path = strtok_r(running->text, "\n", &rest);
    if (!path || !text_copy(running->path, sizeof running->path, path))
        return complain(EX_PROTOCOL, "the daemon does not say which configuration it has read");
    for (const char *line; (line = strtok_r(NULL, "\n", &rest)) != NULL;) {
        if (running->override_count < COUNT(running->overrides))
            running->overrides[running->override_count++].text = line;
    }
    return 0;
}
