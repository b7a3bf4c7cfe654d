/* rehearsal.c - runs in the scribe's self-test: its work in small. */
#include "daemon/scribe/scribe.h"

#include "daemon/program/rehearsal.h"

#include <unistd.h>

static bool logs(void)
{
    return write(FD_STAGE_FILE, "line", 4) == 4;
}

const char *scribe_rehearse(enum role role)
{
    const char *failed = rehearse_basics(false);
    (void)role;
    if (!failed)
        failed = rehearse_loop(false);
    if (failed)
        return failed;
    DOES(waits());
    DOES(logs());
    return NULL;
}
