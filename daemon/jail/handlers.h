/* SPDX-License-Identifier: BSD-2-Clause */
/* handlers.h - the functions that answer NET's questions.
 *
 * Each returns 0, or the negative of an errno or of an enum jail_error, which
 * run.c puts into the answer.  The question is JAIL's own copy and may be cut
 * into pieces while it is answered. */
#ifndef JAIL_HANDLERS_H
#define JAIL_HANDLERS_H

#include "daemon/jail/state.h"

struct reply {
    struct jail_answer answer;
    int fd;       /* to be sent with it, or -1 */
    bool keep_fd; /* JAIL keeps its own copy, because it holds the lock of the upload */
    bool lists;   /* the first page of the listing goes with it */
};

/* A handler gives an answer (net_jail.h) ... */
typedef int answer_request(struct jail *jail, void *request, struct reply *reply);
/* ... or a page to be sent, and returns its size in bytes. */
typedef size_t answer_page(struct jail *jail, const struct message_head *head,
                           struct jail_page *page);

/* files.c */
answer_request files_stat, files_delete, files_set_mode, files_set_time, files_space, files_umask,
    files_usage;
/* directories.c */
answer_request files_chdir, files_mkdir, files_rmdir;
/* rename.c */
answer_request files_rename_check, files_rename;
/* reading.c */
answer_request reading_open;
/* upload_check.c */
answer_request upload_check;
/* upload.c */
answer_request upload_create, upload_more, upload_flush, upload_sync, upload_settle;
/* run.c */
answer_request pace_take, hash_turn;
/* listing.c */
answer_request listing_open, listing_close;
answer_page listing_page;

/* NET is gone, or has broken the rules: settles an open upload as failed (law U3). */
void upload_abandon(struct jail *jail);

/* For a question that our own NET never asks.  Returns a negative error for the
 * handler to return; then run.c settles an open upload and ends the process. */
int border_violated(struct jail *jail, const char *what);

#endif
