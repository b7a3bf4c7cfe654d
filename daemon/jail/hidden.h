/* hidden.h - the hidden temporary files of atomic uploads (laws U2, U3).
 *
 * The name is made from a hash of the target's name, in the target's own
 * directory: whoever wants the same target meets it.  A hidden file whose
 * LOCK_UPLOAD is held belongs to a running upload.  One that is unlocked was
 * left behind, and whoever meets it settles it by law U3:
 *   no file has the target's name, it holds bytes   it gets the target's name
 *   no file has the target's name, it is empty      it is removed
 *   there is such a file                            it is cut to an empty marker: resuming would mix two
 *                                                   versions; a day later it is removed */
#ifndef JAIL_HIDDEN_H
#define JAIL_HIDDEN_H

#include "daemon/border/net_jail.h"
#include "daemon/jail/beneath.h"

#include <stdbool.h>
#include <sys/types.h>

enum {
    HIDDEN_ROOM = 48,      /* ".wardftpd-", 32 hex digits, ".part" and the NUL */
    STALLED_SECONDS = 15,  /* law C1: an upload that got no byte for so long yields */
    MARKER_SECONDS = 86400 /* law U3 */
};

void hidden_name(const char *target, char name[HIDDEN_ROOM]);

/* Is it such a name?  Listings leave it out. */
bool hidden_is(const char *name);

/* Is any component of the path one?  No command takes it. */
bool hidden_in_path(const char *path);

enum hidden_state {
    HIDDEN_NONE,    /* nothing stands in the way (any more) */
    HIDDEN_MARKER,  /* a failed upload left its marker */
    HIDDEN_STALLED, /* being uploaded, but it yields to the same owner's new STOR */
    HIDDEN_BUSY,    /* being uploaded */
};

enum hidden_wish {
    HIDDEN_LOOK,  /* settles what was left behind */
    HIDDEN_CLEAR, /* and removes a marker */
    HIDDEN_TAKE,  /* and takes over from a stalled upload */
};

/* Looks for the hidden file of place's name.  enum hidden_state or -errno. */
int hidden_meet(const struct place *place, uid_t uid, enum hidden_wish wish);

/* Settles the hidden file whose LOCK_FATE fd holds, and that is still named so.
 * HIDDEN_NONE, HIDDEN_MARKER or -errno. */
int hidden_settle(const struct place *place, const char *name, int fd);

/* RMD: removes the hidden files of an otherwise empty directory.  0;
 * -ENOTEMPTY: there is something else; -JAIL_BUSY: one is being uploaded.
 * What they counted for in a quota is added to *gone. */
int hidden_sweep(int directory, struct jail_usage *gone);

/* For a moment, where another session is just deciding. */
void hidden_pause(void);
enum { HIDDEN_TURNS = 50 }; /* how often one waits such a moment */

#endif
