/* SPDX-License-Identifier: BSD-2-Clause */
/* remote.h - what can be asked of the server's files, besides their bytes. */
#ifndef CLIENT_ENGINE_REMOTE_H
#define CLIENT_ENGINE_REMOTE_H

#include "client/engine/listing.h"
#include "client/engine/session.h"

/* A directory's entries by MLSD, or by LIST if the server has no MLSD, sorted; "." and ".."
 * are left out.  path: NULL or "" for the current directory.  The caller frees the listing, also
 * after a failure. */
enum outcome remote_list(struct session *session, const char *path, struct listing *listing);

/* The same, after changing to the directory, so that a missing one is a failure and never empty.
 * The server stays there, until remote_go_back() changes to session->cwd.  In a session whose
 * directory is unknown it is remote_list(). */
enum outcome remote_list_inside(struct session *session, const char *path, struct listing *listing);
enum outcome remote_go_back(struct session *session);

/* Does the final reply to a listing of so many lines say that there is more, or that it failed? */
bool listing_reply_is_doubtful(const char *text, size_t lines);

/* Size and time of a file: by MLST, or SIZE and MDTM.  Unknown is -1, INT64_MIN.
 * Unknown names are OUTCOME_REFUSED; entry->name is not set. */
enum outcome remote_stat(struct session *session, const char *path, struct entry *entry);

/* The same by LIST; OUTCOME_REFUSED if it does not show this one file. */
enum outcome remote_stat_by_list(struct session *session, const char *path, struct entry *entry);

/* The size by SIZE alone: -1 if the server does not say. */
enum outcome remote_size(struct session *session, const char *path, int64_t *size);

/* The time by MDTM, into *modified and *exact; both stay if the server does not tell. */
enum outcome remote_time(struct session *session, const char *path, int64_t *modified, bool *exact);

bool remote_can_set_time(const struct session *session, int64_t modified);
enum outcome remote_set_time(struct session *session, const char *path, int64_t modified);

/* remote_set_time() and remote_size() in one write, where the server can both; the outcome is that
 * of SIZE, unless the session is lost. */
enum outcome remote_size_and_time(struct session *session, const char *path, int64_t modified,
                                  int64_t *size);

/* CWD, and what PWD says afterwards in session->cwd. */
enum outcome remote_cwd(struct session *session, const char *path);
enum outcome remote_pwd(struct session *session);

/* The digest of bytes 0..bytes-1 (bytes < 0: of all) by HASH (draft-bryan-ftpext-hash): the
 * algorithm's name and lower-case hex.  OUTCOME_REFUSED if the server does not support HASH or
 * RANG. */
enum { HASH_NAME_SIZE = 24, HASH_HEX_SIZE = 136 };
struct hash {
    char name[HASH_NAME_SIZE];
    char hex[HASH_HEX_SIZE];
};
enum outcome remote_hash(struct session *session, const char *path, int64_t bytes,
                         struct hash *hash);

/* The same digest of a local file: 0, or -errno; -ENOTSUP: unsupported algorithm; -EINTR. */
int local_hash(int fd, int64_t bytes, const char *name, int interrupt_fd, struct hash *hash);

/* DIRECTORY/NAME, without a doubled slash; false if it does not fit. */
bool remote_join(const char *directory, const char *name, char *to, size_t room);

#endif
