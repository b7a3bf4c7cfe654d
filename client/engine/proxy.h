/* SPDX-License-Identifier: BSD-2-Clause */
/* proxy.h - a proxy by its URL, and the hosts that are reached without it. */
#ifndef CLIENT_ENGINE_PROXY_H
#define CLIENT_ENGINE_PROXY_H

#include "client/engine/target.h"

enum proxy_kind {
    PROXY_HTTP,   /* CONNECT (RFC 9110 section 9.3.6) */
    PROXY_SOCKS5, /* RFC 1928, RFC 1929 */
    PROXY_FTP     /* the log-in names the server */
};

/* How an FTP proxy learns of the server: there is no standard. */
enum proxy_login {
    PROXY_LOGIN_USER,  /* USER user@host */
    PROXY_LOGIN_SITE,  /* SITE host */
    PROXY_LOGIN_OPEN,  /* OPEN host */
    PROXY_LOGIN_JOINED /* USER user@proxy-user@host, PASS password@proxy-password */
};

enum { PROXY_FIELD_MAX = 255 }; /* of user, password and host: what SOCKS5 can carry */

struct proxy {
    enum proxy_kind kind;
    bool looks_up; /* SOCKS5: the proxy looks the names up, not this host */
    char host[TARGET_NAME_SIZE];
    uint16_t port;
    char user[TARGET_NAME_SIZE]; /* empty: none */
    char password[TARGET_NAME_SIZE];
    bool has_password;
};

/* "http://[user[:password]@]host[:port][/]"; also socks5 (names are looked up here), socks5h (by the
 * proxy) and ftp.  Without a scheme it is http.  False, with the reason in *why. */
bool proxy_parse(const char *text, struct proxy *proxy, const char **why);

/* The URL without the password, for people. */
void proxy_show(const struct proxy *proxy, char *to, size_t room);

/* Is the host in the list of no_proxy?  Names (with their subdomains), addresses and blocks such as
 * 10.0.0.0/8, separated by commas or blanks; "*" is every host.  NULL: none is. */
bool proxy_excludes(const char *list, const char *host);

#endif
