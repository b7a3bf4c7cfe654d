/* program.h - how each role program begins: it reads its orders and the
 * configuration, confines itself, and only then does anything else.
 *
 * Until sandbox_enter() returns the process is root.  What runs before that is
 * this folder, sandbox/, and libc: no byte of a channel is read, and no other
 * library called. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "daemon/config/config.h"
#include "daemon/roles.h"

#include <stdbool.h>
#include <stddef.h>

enum { SELF_TESTS_MAX = 2, SELF_TEST_STEPS = 3 };

/* What sets one program apart. */
struct program_kind {
    enum role role;   /* which it takes at its start */
    uint32_t borders; /* that it speaks, beside those of all: bits of enum border */
    /* Which roles it or its children take after that, for the self-test: up to
     * two ways to go on, each ended by ROLE_MASTER. */
    enum role later[SELF_TESTS_MAX][SELF_TEST_STEPS];
    int scribe;        /* its channel to the scribe, -1: it has none */
    bool certificates; /* it reads the files of certificates (protocol/certificates.h) */
    void (*check)(
        const struct config *config); /* "check": looks at what the master asks about; NULL: nothing */
    void (*print_version)(void);      /* "version": of its libraries; NULL: it has none */
    /* The self-test: the work of a role in small (rehearsal.h).  NULL, or which part failed: errno. */
    const char *(*rehearse)(enum role role);
};

/* Begins the program.  Returns the configuration (to be freed with free(3))
 * where it is to serve, confined; in the other modes it does not return. */
struct config *program_begin(const struct program_kind *kind, int argc, char **argv);

/* In "check": one complaint to the master.  Config_complain functions; of the second one a fatal
 * complaint is about something that is served all the same. */
void program_complain(void *unused, bool fatal, const char *line);
void program_complain_served(void *unused, bool fatal, const char *line);

/* One line of a kind that has a text (enum check_message). */
void program_report(uint32_t kind, const char *line);

#endif
