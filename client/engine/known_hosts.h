/* SPDX-License-Identifier: BSD-2-Clause */
/* known_hosts.h - the keys that the user accepted: lines "HOST:PORT sha256:HEX". */
#ifndef CLIENT_ENGINE_KNOWN_HOSTS_H
#define CLIENT_ENGINE_KNOWN_HOSTS_H

enum known { KNOWN_SAME, KNOWN_CHANGED, KNOWN_NOT };

/* A file that is missing or NULL has no entries. */
enum known known_hosts_find(const char *file, const char *host, const char *fingerprint);

/* Appends a line, making file and directory (0600, 0700) if they are missing: 0 or -errno. */
int known_hosts_add(const char *file, const char *host, const char *fingerprint);

#endif
