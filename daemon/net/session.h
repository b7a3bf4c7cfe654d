/* SPDX-License-Identifier: BSD-2-Clause */
/* session.h - all that NET knows of its one session: one struct, passed along.
 * run.c gives each part its first value; after that a part is changed by the
 * file that is named with it and by no other (scripts/check-borders). */
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
    OUT_SIZE = 8 * 1024,
    SCRATCH_SIZE = 2 * PATH_ROOM + 512, /* a reply with a path whose every byte is a quote */
    PIECE_SIZE = 256 * 1024,            /* one read of an upload */
    REFUSAL_SIZE = 120,
    HASH_TEXT_SIZE = 129, /* SHA-512 in hex */
    DRAINS_MAX = 4,
    DIRECTORIES_SHOWN = 128,
};

enum transfer_type { TYPE_ASCII, TYPE_IMAGE };

/* Replies that are not sent yet. */
struct out {
    char bytes[OUT_SIZE];
    size_t start, end;
    int64_t stuck_since_ms; /* the client has read nothing since then; 0: it reads */
};

/* How the next data connection is to be made, and the one that is open. */
enum data_kind { DATA_NONE, DATA_PASSIVE, DATA_ACTIVE };
struct data {
    enum data_kind kind;
    int listener;  /* DATA_PASSIVE, or kept for the next one (DATA_NONE); else -1 */
    uint16_t port; /* where it listens, or what to connect to */
    uint32_t uses; /* connections accepted from the listener */
    bool may_keep; /* the listener, by the dialer's answer */
    int64_t kept_until_ms;
    uint32_t kept_at_poll; /* of session.listener_polls */
    bool closes_late;      /* this client closes its end after the 226 */
    struct stream stream;
};

/* Sockets that no transfer needs any more, the oldest first. */
struct drain {
    int fd;
    bool listens;
    int64_t end_ms;   /* when to send its FIN; INT64_MAX: it is sent, or there is none to send */
    int64_t close_ms; /* when it is closed at the latest */
};
struct drains {
    struct drain of[DRAINS_MAX];
    size_t count;
};

/* What the client has said about its next transfer. */
struct next {
    uint64_t offset;    /* of REST */
    uint64_t announced; /* of ALLO; UINT64_MAX: none came */
    bool ranged;        /* RANG came: from first to last */
    uint64_t first, last;
};

/* The running transfer. */
enum busy {
    BUSY_NOT,
    BUSY_TRANSFER, /* between the 150 and the last reply: urgent commands are answered */
    BUSY_REQUEST,  /* a long request without a first reply: only ABOR is answered */
};
struct transfer {
    enum busy busy;
    bool aborted; /* ABOR came */
    /* so many of the client's bytes were searched for an ABOR behind other lines */
    uint64_t searched;
    enum transfer_kind kind; /* 0: a listing */
    uint32_t error;          /* of reading or writing the file: errno or enum jail_error */
    uint64_t bytes;          /* over the data connection */
    uint64_t size;           /* of the file, where known; else 0 */
    uint64_t room;           /* an upload may write so many bytes more, ... */
    uint64_t limit;          /* ... up to this size of the file, ... */
    bool more_room;          /* ... and then ask for more */
    uint64_t flushed;        /* bytes written when JAIL flushed them last */
    bool ranged;             /* an upload of a range ... */
    uint64_t range;          /* ... has so many bytes to come */
    uint64_t left;           /* a download ends after so many more bytes of the file */
    int64_t started_us;
};

/* Where rates are set. */
struct pace {
    int64_t next_us;  /* when the next byte may go */
    uint64_t owed[2]; /* bytes moved, by direction, that auth does not know of */
};

/* How many commands came (command_rate). */
struct command_pace {
    int64_t full_us; /* when as many may come at once as ever */
    bool reported;   /* that commands are delayed */
};

/* What the scribe knows of the session. */
struct activity {
    const char *command; /* the last verb; NULL: none came */
    int64_t due_ms;      /* 0: no report is due */
    int64_t reported_ms;
};

/* The directories whose text was shown: hashes of their paths, the latest ones. */
struct shown {
    uint32_t count; /* so far */
    uint64_t hashes[DIRECTORIES_SHOWN];
};

/* What the log is to say of the running command (report.c). */
struct reporting {
    const char *verb;       /* NULL: no command runs */
    int64_t trace_until_ms; /* 0: the session is not traced */
    bool failed;            /* its data connection has failed, and that was reported */
    bool resume_missed;     /* of the session: a data connection did not resume (data_resume) */
};

struct session {
    const struct config *config; /* (run.c) */
    int64_t login_deadline_ms;   /* (run.c) */
    enum left_reason left;       /* why it ends; 0: it goes on (end.c) */

    /* from the master (from_master.c) */
    struct to_net_client client;
    const struct listener_config *listener;
    enum stop_kind stop; /* the master wants it to end; 0: no */
    enum stop_reason stop_reason;

    /* ends of the channels; -1: closed (channels.c) */
    int master, jail, auth, dialer, keeper, scribe;
    uint32_t serial; /* of the last question */

    /* the control connection (control.c) */
    struct stream control;
    bool input_ended; /* the client has closed its side, or broke */
    struct line_reader in;
    struct out out;

    /* urgent commands (urgent.c) */
    bool quit;       /* QUIT came during a transfer, and takes effect after it */
    bool abor_waits; /* an ABOR that is still to be read has ended the transfer */

    /* who (cmd_login.c) */
    char name[NAME_ROOM]; /* of USER; empty: none */
    bool logged_in;
    bool user_waits; /* USER came, PASS has not */
    struct net_policy policy;

    char host[HOST_ROOM];        /* of HOST or SNI (cmd_host.c) */
    uint32_t listener_polls;     /* how often a kept listener was polled (wait.c) */
    bool nopass_reported;        /* (ask_auth.c) */
    uint32_t unknown_verbs;      /* (dispatch.c) */
    uint32_t idle_s;             /* of SITE IDLE; 0: as the policy says (cmd_session.c) */
    enum transfer_type type;     /* (cmd_session.c) */
    uint32_t facts;              /* enum fact: of MLST and MLSD (cmd_session.c) */
    size_t hash;                 /* index into hashes (cmd_hash.c) */
    bool epsv_all;               /* (cmd_data.c) */
    bool buffer_size_said;       /* PBSZ (cmd_security.c) */
    bool protect_data;           /* PROT P (cmd_security.c) */
    char cwd[PATH_ROOM];         /* (cmd_directory.c) */
    char rename_from[PATH_ROOM]; /* of RNFR; empty: none (cmd_file.c) */

    struct next next;                 /* (next.c) */
    struct data data;                 /* (data.c) */
    struct drains drains;             /* (drain.c) */
    struct transfer transfer;         /* (progress.c) */
    struct evp_md_ctx_st *checksum;   /* of the upload that runs; NULL: none (checksum.c) */
    struct pace pace;                 /* (pace.c) */
    struct command_pace command_pace; /* (command_pace.c) */
    struct activity activity;         /* (activity.c) */
    struct reporting reporting;       /* (report.c) */
    struct shown shown;               /* (message.c) */
    struct scribe_left counts;        /* of finished transfers (transfer.c) */

    /* answers of JAIL (ask_jail.c) */
    uint32_t page_serial; /* of the page that is to come */
    size_t page_bytes;    /* of the text in room.listing.page */
    /* bytes of unfinished uploads, as the last refusal by a quota reported them */
    uint64_t quota_parts;
    struct jail_path question;
    struct jail_answer answer;

    /* buffers of the running command (any file) */
    char path[PATH_ROOM];
    char refusal[REFUSAL_SIZE];
    char scratch[SCRATCH_SIZE];
    union {
        struct jail_listing listing;
        struct jail_rename rename;
        struct scribe_transfer record;
        char piece[PIECE_SIZE];
    } room;
    char converted[PIECE_SIZE + 1]; /* of type A, and of listings with prefixes */
};

#endif
