/* session.h - all that NET knows of its one session.  One struct, passed
 * along; each part is changed by the file named beside it and by no other. */
#ifndef NET_SESSION_H
#define NET_SESSION_H

#include "common/addr.h"
#include "daemon/protocol/message.h"
#include "daemon/protocol/net_auth.h"
#include "daemon/protocol/net_jail.h"
#include "daemon/protocol/to_net.h"
#include "daemon/protocol/to_scribe.h"
#include "daemon/config/config.h"
#include "daemon/net/line.h"
#include "daemon/net/stream.h"

#include <stdbool.h>
#include <stdint.h>

enum step { STEP_NEXT, STEP_END }; /* what a command's handler returns: go on, or end the session */

enum {
    OUT_ROOM = 8 * 1024,
    SCRATCH_ROOM = 2 * PATH_ROOM + 512, /* a reply with a path whose every byte is a quote */
    PIECE_ROOM = 256 * 1024,            /* one read of an upload */
    LIMIT_WORDS_ROOM = 120,
    HASH_TEXT_ROOM = 129, /* SHA-512 in hex */
    DRAINS = 4,
};

enum transfer_type { TYPE_ASCII, TYPE_IMAGE };

/* Replies that are not sent yet (reply.c, control.c). */
struct out {
    char bytes[OUT_ROOM];
    size_t start, end;
    int64_t stuck_since_ms; /* the client takes nothing since then; 0: it does */
};

/* How the next data connection is to be made, and the one that stands (data.c, cmd_data.c). */
enum data_kind { DATA_NONE, DATA_PASSIVE, DATA_ACTIVE };
struct data {
    enum data_kind kind;
    int listener;  /* DATA_PASSIVE, or kept for the next one (DATA_NONE); else -1 */
    uint16_t port; /* where it listens, or what to connect to */
    uint32_t uses; /* connections that the listener has brought */
    int64_t kept_until_ms;
    bool closes_late; /* this client closes its end after the 226 */
    struct stream stream;
};

/* Sockets that no transfer needs any more, the oldest first (drain.c). */
struct drain {
    int fd;
    bool listens;
    int64_t end_ms;   /* when its FIN is due; INT64_MAX: it is sent, or there is none to send */
    int64_t close_ms; /* when it is closed at the latest */
};
struct drains {
    struct drain of[DRAINS];
    size_t count;
};

/* What the session is at (transfer.c, hash.c). */
enum busy {
    BUSY_NOT,
    BUSY_TRANSFER, /* between the 150 and the last reply: at-once commands are answered */
    BUSY_QUIETLY,  /* a long request without a first reply: ABOR alone is heard */
};
struct transfer {
    enum busy busy;
    bool aborted;            /* ABOR came */
    uint64_t looked_at;      /* so many bytes of the client's were searched for an ABOR behind other lines */
    enum transfer_kind kind; /* 0: a listing */
    uint32_t error;          /* of reading or writing the file: errno or enum jail_error */
    uint64_t bytes;          /* over the data connection */
    uint64_t size;           /* of the file, where known; else 0 */
    uint64_t room;           /* an upload may write so many bytes more, ... */
    uint64_t limit;          /* ... up to this size of the file, ... */
    bool more_room;          /* ... and then ask for more */
    bool ranged;             /* an upload of a range ... */
    uint64_t range;          /* ... has so many bytes to come */
    uint64_t left;           /* a download ends after so many more bytes of the file */
    int64_t started_us;
    int64_t pace_us; /* when the next byte may go, where a rate is set */
};

/* What the scribe is told of it (doing.c). */
struct doing {
    const char *command; /* the last verb; NULL: none came */
    int64_t due_ms;      /* 0: there is nothing to tell */
    int64_t told_ms;
};

struct session {
    const struct config *config;
    const struct listener_config *listener;
    struct to_net_client client;
    int master, jail, auth, dialer, keeper, scribe; /* ends of channels; -1: closed (run.c, from_master.c) */
    uint32_t serial;                                /* of the questions asked */
    uint32_t page_serial;                           /* of the page that is to come (ask_jail.c) */

    struct stream control;
    bool abor_waits; /* an ABOR that is still to be read has ended a transfer; its own reply follows then */
    bool deaf;       /* the client's side has ended: nothing more is read */
    struct line_reader in;
    struct out out;

    /* who (cmd_login.c) */
    char name[NAME_ROOM]; /* of USER; empty: none */
    char host[HOST_ROOM];
    bool logged_in;
    bool user_waits; /* USER came, PASS has not */
    bool nopass_told;
    uint32_t unknown_verbs;
    struct net_policy policy;
    int64_t login_deadline_ms;
    uint32_t idle_s;

    /* how (cmd_session.c and others) */
    enum transfer_type type;
    uint64_t restart_at;              /* of REST */
    uint64_t announced;               /* of ALLO, for the next upload; UINT64_MAX: nothing */
    uint64_t range_first, range_last; /* of RANG */
    bool range_set;
    size_t hash;    /* index into hashes */
    uint32_t facts; /* enum fact: of MLST and MLSD */
    bool epsv_all;
    bool buffer_size_said; /* PBSZ (cmd_security.c) */
    bool protect_data;     /* PROT P */
    char cwd[PATH_ROOM];
    char path[PATH_ROOM];        /* the running command's own */
    char rename_from[PATH_ROOM]; /* of RNFR; empty: none */

    struct data data;
    struct drains drains;
    struct transfer transfer;
    uint64_t pace_owed[2]; /* bytes that have moved, either way, and auth does not know of (pace.c) */
    struct doing doing;

    /* its end */
    bool quit;           /* QUIT came; it takes effect after the transfer */
    enum stop_kind stop; /* the master's wish; 0: none */
    enum stop_reason stop_reason;
    enum left_reason left; /* 0: it lives */
    struct scribe_left counts;

    /* room for what is worked on */
    uint64_t quota_parts;               /* bytes of cut uploads, as the last refusal by a quota told them */
    char limit_words[LIMIT_WORDS_ROOM]; /* of a refusal (reply.c) */
    char scratch[SCRATCH_ROOM];
    struct jail_path question;
    struct jail_answer answer;
    union {
        struct jail_page page;
        struct jail_rename rename;
        struct scribe_transfer record;
        char piece[PIECE_ROOM];
    } room;
    size_t page_bytes;              /* of the text in room.page */
    char converted[PIECE_ROOM + 1]; /* of type A, and of listings with prefixes */
};

#endif
