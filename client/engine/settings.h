/* SPDX-License-Identifier: BSD-2-Clause */
/* settings.h - what the user of the engine decides: limits, trust, callbacks.  The engine itself
 * has no terminal, no configuration file and no command line. */
#ifndef CLIENT_ENGINE_SETTINGS_H
#define CLIENT_ENGINE_SETTINGS_H

#include "client/engine/fault.h"
#include "client/engine/proxy.h"

#include <stdbool.h>
#include <stdint.h>

enum tls_policy {
    TLS_BY_HOST, /* require where a password goes to a host that is not this one, else try */
    TLS_OFF,
    TLS_TRY,
    TLS_REQUIRE
};

/* A certificate that is not signed by a trusted authority. */
struct trust_question {
    const char *host;        /* "ftp.example.org:21" */
    const char *fingerprint; /* "sha256:..." of its public key, in hex */
    const char *reason;      /* why it is not trusted */
    const char *facts;       /* lines of what it says about itself: subject, issuer, dates */
    bool strict;             /* TLS is required, so the answer matters */
};

enum trust_answer { TRUST_NO, TRUST_ONCE, TRUST_ALWAYS };

/* What is known of a key, or decided about it. */
enum trust {
    TRUST_UNKNOWN,   /* to be asked about */
    TRUST_REFUSED,   /* the user said no, or could not be asked */
    TRUST_CHANGED,   /* another key was accepted for this host */
    TRUST_UNCHECKED, /* not accepted, but TLS is not required */
    TRUST_ACCEPTED
};

struct settings {
    enum tls_policy tls;
    const char *ca_file;          /* NULL: the system's certificate authorities */
    const char *certificate;      /* our own, PEM, with its chain; NULL: none */
    const char *key;              /* of the certificate; NULL: in the same file */
    bool only_tls13;              /* refuse TLS 1.2 */
    const char *account;          /* for ACCT, where the target has none; NULL: none */
    const char *pin;              /* "sha256:HEX" of the server's public key; NULL: none */
    const char *known_hosts_file; /* NULL: none is kept */
                                  /* to connect */
    int connect_ms;
    int idle_ms;  /* for a reply */
    int stall_ms; /* without data in a transfer */
    int retry_ms; /* total time to wait between retries */
                  /* AF_INET, AF_INET6 or AF_UNSPEC */
    int family;
    /* PORT and EPRT instead of PASV and EPSV */
    bool active;
    /* AUTO: EPSV, and PASV if that fails */
    enum { PASSIVE_AUTO, PASSIVE_EPSV, PASSIVE_PASV } passive;
    bool trust_pasv;                    /* connect to the address in a PASV reply, too */
    const char *active_address;         /* to announce, instead of our own; NULL: none */
    uint16_t active_first, active_last; /* ports to listen on; 0: any */
    const struct proxy *proxy;          /* NULL: none */
    const char *no_proxy;               /* hosts that are reached without it; NULL: none */
    enum proxy_login proxy_login;       /* of an FTP proxy */
    bool sync;                          /* downloads reach the disk before they get their name */
    bool keep_times;                    /* set modification times */
    bool pipeline;                      /* two commands in one write, where both are needed */
    int64_t rate;                       /* bytes a second, 0: no limit */
    const _Atomic int64_t *shared_rate; /* in place of rate, where it changes; NULL: none */
    const _Atomic unsigned *sharers;    /* transfers that share the rate; NULL: one */
                                        /* convert line ends: type A */
    bool ascii;
    /* never replace an existing file by a download */
    bool no_clobber;
    bool backup;                                        /* keep it as NAME~ */
    enum { TELNET_AUTO, TELNET_YES, TELNET_NO } telnet; /* double the byte 0xFF in commands */

    const char *charset; /* of names at the server; NULL: UTF-8 */
    bool send_host;      /* HOST before the log-in (RFC 7151) */

    struct faults faults;
    /* readable: the user wants to stop; -1: never */
    int interrupt_fd;
    void *context; /* of the call-backs; each may be NULL */
    void (*busy)(void *context, const char *what, const char *path,
                 /* once a second in a long wait */
                 int64_t ms);
    /* '>' sent, '<' received, '*' note */
    void (*trace)(void *context, char direction, const char *line);
    /* a text for people: the greeting, and what comes with 230 and 250 to CWD */
    void (*message)(void *context, const char *text);
    enum trust_answer (*ask_trust)(void *context, const struct trust_question *question);
    /* decides in place of known_hosts_file and ask_trust: a worker's */
    enum trust (*decide_trust)(void *context, const struct trust_question *question);
};

/* The defaults. */
void settings_init(struct settings *settings);

#endif
