/* SPDX-License-Identifier: BSD-2-Clause */
/* program.h - how each role program begins: it reads its orders and the
 * configuration, confines itself, and only then does anything else.
 *
 * Until sandbox_enter() returns the process is root.  Until then only this folder,
 * sandbox/ and libc run: no byte of a channel is read, and no other library is
 * called. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "daemon/config/config.h"
#include "daemon/roles.h"

#include <stdbool.h>
#include <stddef.h>

enum { SELF_TESTS_MAX = 2, SELF_TEST_STEPS = 3 };

/* What distinguishes a program from the others. */
struct program_kind {
    enum role role;   /* the one that it takes at its start */
    uint32_t borders; /* those that it uses, in addition to those of all: bits of enum border */
    /* Which roles it or its children take after that, for the self-test: up to
     * two ways to go on, each ended by ROLE_MASTER. */
    enum role later[SELF_TESTS_MAX][SELF_TEST_STEPS];
    int scribe; /* its channel to the scribe; -1: none */
    /* it reads the certificate files (protocol/certificates.h) */
    bool certificates;
    /* "check": checks what the master asks; NULL: nothing */
    void (*check)(const struct config *config);
    void (*print_version)(void); /* "version": of its libraries; NULL: none */
    /* The self-test: the work of a role on a small scale (rehearsal.h).  NULL, or the part that
     * failed: errno. */
    const char *(*rehearse)(enum role role);
};

/* Begins the program.  If it is to serve, returns the configuration (to be freed
 * with free(3)), confined; in the other modes it does not return. */
struct config *program_begin(const struct program_kind *kind, int argc, char **argv);

/* In "check": one complaint to the master.  Config_complain functions; of the second one a fatal
 * complaint is about something that is served all the same. */
void program_complain(void *unused, bool fatal, const char *line);
void program_complain_served(void *unused, bool fatal, const char *line);

/* One line of a kind that has a text (enum check_message). */
void program_report(uint32_t kind, const char *line);

#endif
