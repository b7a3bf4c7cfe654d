/* inside.h - what JAIL's parts share: its state, and the shape of the functions
 * that answer NET's requests.
 *
 * A function that answers returns 0 or the negative of an errno or of an enum
 * jail_error; run.c puts it into the answer.  The request is JAIL's own copy
 * and may be cut into pieces while it is worked on. */
#ifndef JAIL_INSIDE_H
#define JAIL_INSIDE_H

#include "daemon/protocol/auth_jail.h"
#include "daemon/protocol/net_jail.h"
#include "daemon/jail/change.h"
#include "daemon/jail/listing.h"
#include "daemon/jail/rights.h"
#include "daemon/jail/upload.h"

#include <stdbool.h>

struct jail {
    int net;                    /* the channel to NET */
    int root;                   /* O_PATH of "/" */
    int uploads;                /* O_PATH of the guests' upload directory, or enum no_uploads */
    int uploads_error;          /* why there is none, as the log has it */
    const struct jail_who *who; /* the user and the policy, as auth said them */
    const struct zone *zone;    /* of LIST; NULL: UTC */
    uint32_t umask;             /* the policy's, until SITE UMASK */
    struct upload upload;       /* at most one */
    struct change change;       /* of the upload, or of the names, that is being made */
    struct listing listing;     /* at most one */
};

struct reply {
    struct jail_answer answer;
    int fd;       /* to go with it, or -1 */
    bool keep_fd; /* JAIL keeps its own copy: the lock of an upload hangs on it */
};

/* The handlers of NET's questions (net_jail.h): 0 or a negative error, and what goes with it ... */
typedef int answer_request(struct jail *jail, void *request, struct reply *reply);
/* ... or a page to be sent; its size in bytes. */
struct jail_page;
typedef size_t answer_page(struct jail *jail, const struct message_head *head, struct jail_page *page);

/* files.c */
answer_request files_stat, files_chdir, files_mkdir, files_rmdir, files_delete, files_rename_check,
    files_rename, files_set_mode, files_set_time, files_space, files_umask, files_usage;
/* reading.c */
answer_request reading_open;
/* upload.c */
answer_request upload_check, upload_create, upload_more, upload_sync, upload_settle;
/* run.c */
answer_request pace_take, hash_turn;
/* listing.c */
answer_request listing_open, listing_close;
answer_page listing_page;

/* NET is gone or lies: an upload that is open is settled as failed (law U3). */
void upload_abandon(struct jail *jail);

/* A request that our own NET never sends: settles an open upload and dies. */
_Noreturn void border_violated(struct jail *jail, const char *what);

#endif
