/* SPDX-License-Identifier: BSD-2-Clause */
/* target.h - the host, user and path of a URL (RFC 3986, RFC 1738 section 3.2). */
#ifndef CLIENT_ENGINE_TARGET_H
#define CLIENT_ENGINE_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TARGET_NAME_SIZE = 256, TARGET_PASSWORD_SIZE = 520, TARGET_PATH_SIZE = 4096 };

struct target {
    char host[TARGET_NAME_SIZE];
    uint16_t port;
    bool implicit_tls;           /* ftps:// */
    bool require_tls;            /* ftpes:// and ftps:// */
    char user[TARGET_NAME_SIZE]; /* empty: anonymous */
    bool has_password;
    char password[TARGET_PASSWORD_SIZE];
    char account[TARGET_NAME_SIZE]; /* for ACCT; empty: none */
    bool has_path;
    /* decoded; relative to the log-in directory, unless the URL had "//" or "/%2F" */
    char path[TARGET_PATH_SIZE];
};

/* "ftp://[user[:password]@]host[:port][/path]", the same with ftps and ftpes, or a bare
 * "[user@]host[:port]".  False, with the reason in *why, if it is none of these.  An encoded
 * line end or NUL is refused, since it could not be sent. */
bool target_parse(const char *text, struct target *target, const char **why);

/* "[user[:password]@]host[:port][/]", what follows the "://" of any URL; port: the default. */
bool target_parse_authority(const char *text, uint16_t port, struct target *target);

/* The URL of the server and user, without password and path; false where it does not fit. */
bool target_url(const struct target *target, char *to, size_t room);

/* Does it look like a URL of ours? */
bool target_is_url(const char *text);

#endif
