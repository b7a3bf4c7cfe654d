/* master.h - the state of the master, and what its files do for each other.
 *
 * The master has root's uid with a bounded set of capabilities.  It binds,
 * accepts, forks, counts and kills; it reads no byte of the network and
 * nothing from a NET (invariant I1). */
#ifndef MASTER_H
#define MASTER_H

#include "daemon/protocol/control.h"
#include "daemon/protocol/from_master.h"
#include "daemon/protocol/to_net.h"
#include "daemon/ipc/channel.h"
#include "daemon/config/config.h"
#include "daemon/master/programs.h"
#include "daemon/roles.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct master;

/* Something that epoll watches: the first field of what owns it. */
struct watch {
    void (*ready)(struct master *master, struct watch *watch);
};

/* One of the two processes of a cell, or a shared process. */
struct child {
    struct watch watch; /* its pidfd is readable: it has ended */
    pid_t pid;          /* 0: none */
    int pidfd;
};

enum half { HALF_NET, HALF_JAIL, HALVES };

/* What forks one half of each cell (zygotes.c). */
struct zygote_watched {
    struct child child;
    enum half half;
    struct watch from; /* its channel is readable */
    int channel;       /* -1: none */
    int64_t started_ms;
    int64_t restart_at_ms; /* 0: it runs */
};

enum cell_state { CELL_STARTING, CELL_IDLE, CELL_BUSY, CELL_ENDING };

struct address_entry;

/* The channels of a cell that the shared processes serve, until they have them. */
struct cell_ends {
    int auth_net, auth_jail, dialer, keeper, scribe_net, scribe_jail;
};

struct cell {
    struct child net, jail;
    uint32_t starting;            /* bits of enum half: asked of their zygotes */
    struct cell_ends ends;        /* each -1 once it is given away */
    struct cell *previous, *next; /* in one of the master's lists */
    uint64_t number;
    enum cell_state state;
    int to_net; /* one way: the master never reads it */
    bool logged_in;
    bool wanted_gone; /* the master itself ends it: no crash, no young death */
    bool login_overdue;
    int64_t made_ms;
    int64_t kill_at_ms;    /* 0: never */
    uint32_t ends_missing; /* bits of enum shared_role: NET has no new end yet */
    uint64_t session;
    struct to_net_client client; /* as it was told to NET; accepted_ms included */
    struct address_entry *address;
    char user[NAME_ROOM];
    char group[NAME_ROOM]; /* for an auth that is restarted; empty: none */
};

struct cell_list {
    struct cell *first, *last;
    uint32_t count;
};

/* Clients of one address that wait for a cell, first come first served. */
struct line {
    struct line *previous, *next; /* the lines take turns */
    struct waiting *first, *last;
};

struct lines { /* those in which somebody waits */
    struct line *first, *last;
    uint32_t count; /* of clients, in all of them */
};

struct shared {
    struct child child;
    struct watch from; /* its channel is readable */
    enum shared_role role;
    int channel; /* -1: none */
    int64_t started_ms;
    int64_t restart_at_ms; /* 0: it runs */
    uint32_t quick_deaths;
    int ended_with;   /* the wait status of the one before */
    bool untold;      /* the log has not been told of it */
    int refused_call; /* what that one's filter refused; -1: nothing that it said */
};

struct listener {
    struct watch watch;
    int fd;
    uint32_t index; /* of config.listeners */
    struct sockaddr_storage address;
};

enum { LISTENING_MAX = LISTENERS_MAX * LISTENER_ADDRESSES_MAX };

/* What each program reads at its start; sealed memfds, -1: not made yet. */
struct images {
    int config, orders, certificates;
    bool tls_served; /* there are certificates in it */
};

enum stopping { RUNNING, DRAINING, STOPPING_GENTLY, STOPPING_NOW };

enum { RELOAD_TEXT_ROOM = CONTROL_TEXT_ROOM };

struct master {
    const char *config_path;
    const struct config_override *overrides;
    size_t override_count;
    struct config *config;
    struct role_ids ids;
    struct programs programs;
    struct images images;
    bool foreground;

    int epoll;
    int signals;
    struct watch signal_watch;
    int empty_root;
    int pid_file;
    bool groups_are_missing;        /* there is no group file: auth sees no change of it */
    int first_network, own_network; /* namespaces; -1 both: the network was not left */
    int spare_fd; /* given up for a moment to refuse a client when descriptors have run out */

    struct listener listeners[LISTENING_MAX];
    uint32_t listener_count;
    bool listeners_changed; /* in this turn: its events may name a place that another listener has now */

    struct shared shared[SHARED_ROLES];
    uint32_t keys_missing, keys_failed; /* of those that the keeper was given last */
    int control_socket;                 /* -1: none */
    int own_scribe;                     /* the master's own channel to the scribe */
    bool log_is_lost;                   /* it can't be opened: syslog gets what is logged */

    struct zygote_watched zygotes[HALVES];
    int64_t zygote_lost_ms;   /* when one had ended last; 0: none has */
    int64_t orphans_until_ms; /* children may have ended that nobody waits for */

    struct cell_list starting, idle, busy, ending;
    struct lines waiting;
    uint64_t next_cell, next_session;
    struct address_table *addresses;

    /* pool.c */
    uint32_t spare_target;
    uint32_t arrivals, arrivals_before;
    int64_t window_ms;
    uint32_t young_deaths;
    int64_t spawn_after_ms;

    struct watch reload_watch;
    int reload_channel; /* -1: no reload under way */
    bool reload_again;  /* asked for during one: the file may have changed since it was read */
    pid_t reload_pid;
    uint32_t reload_asked;              /* the serial of who asks for the next one; 0: a signal does */
    uint32_t reload_answers;            /* ... of the one under way */
    char reload_text[RELOAD_TEXT_ROOM]; /* what it has complained of */

    int64_t since_ms; /* the start */
    uint64_t refused; /* clients that got no session */
    int64_t ticked_ms;
    enum stopping stopping;
    int64_t stop_at_ms;
    int64_t shortage_ms;     /* when something had run out last; 0: not for a while */
    int64_t accept_after_ms; /* the listeners are not watched until then; 0: they are */
};

/* run.c */
int master_run(struct master *master, int ready_fd);
/* False: errno, logged. */
bool master_watch(struct master *master, int fd, struct watch *watch);
void master_unwatch(struct master *master, int fd);
void master_stop(struct master *master, enum stopping how);
/* No more clients; those who are here stay as long as they like, and the last one ends the daemon. */
void master_drain(struct master *master);

/* Takes the numbers where a program's descriptors are to be, so that none of the master's own is there. */
bool master_reserve_descriptors(void);

/* spawn.c: starts a role's program with its descriptors at their fixed places.
 * fds[n] is what is to be at descriptor n (channel.h), -1 nothing; the images
 * and the root are filled in.  False: errno, logged. */
uint32_t spawn_nofile(const struct config *config); /* RLIMIT_NOFILE where the role's row has none */
bool spawn_role(struct master *master, enum role role, int fds[FD_PLACES], struct child *child);
/* The same for a program in another mode ("check", "self-test"), which its caller
 * reaps; mode NULL: to serve.  The pid, or -1: errno. */
pid_t spawn_program(const struct master *master, enum program program, const char *mode, int fds[FD_PLACES]);
/* The first program of another build, whose borders are not ours (program/borders.h); PROGRAMS: none is. */
enum program spawn_first_stranger(const struct master *master);
/* Watches the end of a new child of ours.  False, and it is gone: errno, logged. */
bool child_take(struct master *master, struct child *child, pid_t pid);
void child_kill(const struct child *child);
/* Collects an ended child's status: -1 where it has not ended. */
int child_reap(struct master *master, struct child *child);

/* zygotes.c */
bool zygotes_start(struct master *master);
void zygotes_stop(struct master *master);
/* Makes new ones, with what has changed in the master since. */
void zygotes_renew(struct master *master);
void zygotes_tick(struct master *master, int64_t now);
bool zygotes_live(const struct master *master);
/* Asks for half of cell n, with its channels (at FD_MASTER and on); cell_started()
 * hears of it.  False: it can't be asked, and it is logged why. */
bool zygote_ask(struct master *master, enum half half, uint64_t cell, const int channels[], size_t count);
/* Waits for what the zygotes say, and hears it.  False: they say nothing. */
bool zygotes_await(struct master *master);

/* cell.c */
/* Orders a cell: its halves start in a moment, then it is idle.  False: none can be had. */
bool cell_order(struct master *master);
/* What a zygote has made for a cell; pid 0: nothing. */
void cell_started(struct master *master, uint64_t number, enum half half, pid_t pid);
/* The zygote of these halves is gone, and with it what was asked of it. */
void cells_lost(struct master *master, enum half half);
/* Do both halves live?  *events: what poll says of the client's socket, POLLRDHUP included. */
bool cell_is_whole(const struct cell *cell, int socket, short *events);
/* 0 or -errno: -EPIPE where the cell has ended meanwhile. */
int cell_serve(struct master *master, struct cell *cell, const struct to_net_client *client, int socket);
void cell_end(struct master *master, struct cell *cell);
/* The clients of this address that are not logged in hear that it is banned. */
void cells_end_banned(struct master *master, const struct address_entry *entry);
/* Its client is logged in: the dialer hears of it, then auth, which answers NET only then. */
void cell_admit(struct master *master, struct cell *cell);
void cell_stop(struct cell *cell, enum stop_kind kind, enum stop_reason reason);
struct cell *busy_cell(struct master *master, uint64_t number);
void cells_tick(struct master *master, int64_t now);
void cells_after_restart(struct master *master, enum shared_role role);

/* shortage.c */
/* Something could not be had: what and why are logged once for each burst. */
void shortage_met(struct master *master, const char *what, int error);
/* Clients wait in the backlog for a moment. */
void shortage_pause(struct master *master);
/* Until now. */
void shortage_resume(struct master *master);
void shortage_tick(struct master *master, int64_t now);

/* pool.c */
/* The oldest idle cell that is whole, or NULL; events as of cell_is_whole(). */
struct cell *pool_take(struct master *master, int socket, short *events);
/* Orders the cells that are wanted now, and not when nothing else is to do. */
void pool_hurry(struct master *master);
/* Is a cell idle, or about to be? */
bool pool_is_soon(const struct master *master);
bool pool_wants_cell(const struct master *master, int64_t now);
void pool_add_cell(struct master *master);
void pool_tick(struct master *master, int64_t now);
void pool_renew(struct master *master);
void pool_make_failed(struct master *master, int64_t now);
void pool_young_death(struct master *master, int64_t now);
/* New cells are made without a pause again. */
void pool_forgive(struct master *master);

/* shared.c */
/* Forks a role with a channel to us (*channel is our end) and, but for the
 * scribe, one to the scribe, which knows it as `end`.  False: logged. */
bool spawn_with_channel(struct master *master, enum role role, uint32_t end, struct child *child,
                        int *channel);
bool shared_start_all(struct master *master);
void shared_stop_all(struct master *master);
void shared_tick(struct master *master, int64_t now);
/* Waits for a message of it, and obeys it.  False: it has ended, or says nothing until then. */
bool shared_await(struct master *master, enum shared_role role, int64_t until);
bool shared_running(const struct master *master);
/* Tells a shared process; one that does not take it within five seconds is ended and replaced. */
void shared_tell(struct master *master, enum shared_role role, const void *message, size_t size, int fd);
/* The same for what one cell can do without: false where something has run out, and then only the cell is the poorer. */
bool shared_offer(struct master *master, enum shared_role role, const void *message, size_t size, int fd);

/* network.c */
/* Leaves the machine's network for an empty one, or warns that it can't. */
void network_leave(struct master *master, config_complain *complain, void *context);
bool network_is_private(const struct master *master);
/* Goes back to it for good: the dialer's new process.  False: errno. */
bool network_return(const struct master *master);
/* A TCP socket of the machine's network, non-blocking; -errno. */
int network_socket(const struct master *master, int family);

/* listen.c */
int listeners_open(struct master *master, const struct config *config, config_complain *complain,
                   void *context);
void listeners_close(struct master *master);

/* accept.c */
enum client_result { CLIENT_SERVED, CLIENT_ENDED, CLIENT_BANNED, CLIENT_HAS_NO_CELL, CLIENT_FAILED };
void accept_clients(struct master *master, struct watch *watch);
/* Is its address banned, alone or with its network, and not named by ban_never? */
bool accept_is_banned(const struct master *master, const struct address_entry *entry,
                      const struct to_net_client *client, int64_t now);
/* Hands a client over, unless it has ended its connection.  others_wait: see client_has_ended(). */
enum client_result accept_hand_over(struct master *master, struct to_net_client *client, int socket,
                                    struct address_entry *entry, bool others_wait);
/* Closes the socket, after a reply where the client gets none from a cell. */
void accept_settle(struct master *master, const struct to_net_client *client, int socket,
                   enum client_result result);
void accept_refuse(struct master *master, const struct to_net_client *client, int socket, const char *reply);

/* waiting.c: clients that wait for a cell, at most 10 seconds.  Their number has max_sessions and
 * max_sessions_per_address for bounds, as they count as sessions. */
/* Reset, or closed by both sides; where others wait, also closed by the client without an unread byte.
 * events: what poll says, POLLRDHUP included. */
bool client_has_ended(int socket, short events, bool others_wait);
/* Takes the socket, and the address, which counts the client already.  False: no memory. */
bool waiting_add(struct master *master, const struct listener *listener, const struct to_net_client *client,
                 int socket, struct address_entry *address);
void waiting_drop_ended(struct master *master, struct address_entry *address);
void waiting_drop_all_ended(struct master *master);
/* Serves those for whom a cell is idle; refuses them all where none is about to be. */
void waiting_serve(struct master *master);
void waiting_tick(struct master *master, int64_t now);
/* The daemon takes no more clients. */
void waiting_end(struct master *master);
/* The configuration has changed, and with it the numbers of the listeners. */
void waiting_follow_listeners(struct master *master);

/* files.c: opens what shared processes read and write, and hands it over. */
/* Hands fd over and closes it; -1: says nothing. */
void files_give(struct master *master, enum shared_role role, enum fm_file which, uint32_t index, int fd);
/* To be handed over; -1: errno, logged. */
int files_open_to_read(const char *path);
void files_give_users(struct master *master);
/* Gives auth a group file that was not there before. */
void files_tick(struct master *master);
/* A log that can't be opened is replaced by syslog. */
void files_give_logs(struct master *master);
/* Says so in that place. */
void files_tell_of_lost_log(const struct master *master);
/* The empty root, and the pid file, which is locked.  0, or -errno after a complaint. */
int files_prepare_root(struct master *master, config_complain *complain, void *context);
int files_take_pid(struct master *master, config_complain *complain, void *context);
void files_remove_pid(struct master *master);

/* keys.c: the keeper's keys. */
void keys_give(struct master *master);
void keys_heard(struct master *master, const struct tm_key *message);
/* At the start: false where the keeper has not all of them, so that there would be no TLS. */
bool keys_await(struct master *master);

/* state.c: what auth keeps over a restart, in state_directory. */
void state_give(struct master *master);
/* It makes no sense to auth: renamed, and another one given. */
void state_put_aside(struct master *master);

/* images.c: what the programs are started with.  images->tls_served says whether TLS is
 * served already.  0, or -errno after a complaint. */
int images_make(const struct config *config, const struct role_ids *ids, struct images *images,
                config_complain *complain, void *context);
void images_close(struct images *images);

/* confine.c: takes the master's own role for good; dies where a step fails. */
void master_confine(const struct master *master);

/* judge.c: do the keys fit their certificates, and can sessions be served with
 * these?  Short-lived processes of the keeper's and of NET's program look, so
 * that no key comes into the master's memory.  0, or -EINVAL after a complaint. */
int judge_certificates(const struct master *master, config_complain *complain, void *context);

/* self_test.c: runs each program's self-test on this kernel (rule M5).  0, or
 * -EINVAL after a complaint; sandbox = report: complaints are warnings. */
int self_test(const struct master *master, config_complain *complain, void *context);

/* reload.c */
void reload_start(struct master *master);
/* The same for an administrator, who is answered by admin_reloaded(). */
void reload_ask(struct master *master, uint32_t serial);
/* Tells every process that lives on of the configuration, and has the others made anew. */
void config_spread(struct master *master);

/* admin.c: the control socket, and what comes from the process that serves it. */
int admin_open(struct master *master, config_complain *complain, void *context);
void admin_close(struct master *master);
void admin_give(struct master *master); /* to a new control: the socket, and a channel to auth */
void admin_link(struct master *master); /* a channel between control and auth, where one of them is new */
void admin_obey(struct master *master, const struct control_ask *ask);
void admin_reloaded(struct master *master, uint32_t serial, bool switched, const char *lines);

/* per_address.c: sessions and bans by address (IPv4 whole, IPv6 by /64) and by network (IPv6 by /48). */
struct address_table *addresses_new(void);
size_t addresses_count(const struct address_table *table);
/* The entry of an address, made where there is none; NULL: no memory. */
struct address_entry *address_find(struct address_table *table, const struct sockaddr_storage *peer);
/* The entry of its network; NULL: IPv4 has none, or no memory. */
struct address_entry *address_find_network(struct address_table *table, const struct sockaddr_storage *peer);
struct address_entry *address_network(const struct address_entry *entry);
/* Where its clients wait for cells. */
struct line *address_line(struct address_entry *entry);
/* Those who wait included; what is counted for an address is counted for its network, too. */
uint32_t address_sessions(const struct address_entry *entry);
void address_add(struct address_entry *entry);
void address_remove(struct address_table *table, struct address_entry *entry);
void address_ban(struct address_entry *entry, int64_t until_ms);
/* Itself, or its network. */
bool address_is_banned(const struct address_entry *entry, int64_t now);
/* May the address make one more connection, at rate a second and burst at once?
 * Counts it, where it may.  rate 0: always. */
bool address_may_connect(struct address_entry *entry, uint32_t rate, uint32_t burst, int64_t now);
/* Frees some of the entries that say nothing any more: called by the tick. */
void addresses_sweep(struct address_table *table, int64_t now);
/* Frees the entry where it says nothing, and its network's likewise. */
void address_drop_if_idle(struct address_table *table, struct address_entry *entry, int64_t now);

#endif
