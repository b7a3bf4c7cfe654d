/* SPDX-License-Identifier: BSD-2-Clause */
/* test_auth_run.c - auth as a process, between a master, NETs, JAILs and a
 * scribe that are played here (laws L1 to L4, C4, M2; invariants I5, I8). */
#include "daemon/auth/auth.h"

#include "common/addr.h"
#include "common/text.h"
#include "daemon/protocol/auth_jail.h"
#include "daemon/ipc/channel.h"
#include "daemon/protocol/from_master.h"
#include "daemon/ipc/log.h"
#include "daemon/protocol/net_auth.h"
#include "daemon/protocol/to_scribe.h"
#include "daemon/master/filters.h"
#include "daemon/master/orders.h"
#include "daemon/sandbox/orders.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <crypt.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_MS = 20000, QUIET_MS = 50 };
enum { MAX_PER_USER = 2, BAN_AFTER = 3, BAN_TIME = 77, MAX_FAILURES = 3 };

static const char password[] = "open sesame";
static struct role_ids ids;

struct server {
    pid_t pid;
    int master, scribe; /* our ends */
    uint64_t next_cell;
    char directory[64], users[128];
};

struct played_cell {
    const struct server *server;
    uint64_t number;
    int net, jail;
};

/* As its program does at its start, but for ids and root. */
static void take_orders(const struct config *config)
{
    const struct order_facts facts = { config, &ids, 0 };
    const int fd = orders_to_fd(&facts);
    if (fd < 0 || !orders_open(fd, 0) || close(fd) != 0)
        _exit(98);
    tzset();
}

/* The server's process, with its descriptors where the master puts them. */
static _Noreturn void be_auth(int master, int scribe, struct config *config)
{
    const int high_master = fcntl(master, F_DUPFD, 100), high_scribe = fcntl(scribe, F_DUPFD, 100);
    if (high_master < 0 || high_scribe < 0 || dup2(high_master, FD_MASTER) < 0 ||
        dup2(high_scribe, FD_SCRIBE) < 0 || close_range(FD_MASTER + 1, FD_SCRIBE - 1, 0) != 0 ||
        close_range(FD_KEPT, ~0U, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        _exit(99);
    (void)signal(SIGPIPE, SIG_IGN);
    take_orders(config);
    auth_run(config, &ids);
}

static void complain(void *context, bool fatal, const char *line)
{
    (void)context;
    if (fatal)
        fail_msg("%s", line);
}

static struct config *configure(const struct server *server)
{
    char file[256], sessions[64], after[64], ban[64];
    (void)text_format(file, sizeof file, "daemon.user_file=%s", server->users);
    (void)text_format(sessions, sizeof sessions, "defaults.max_sessions_per_user=%d", MAX_PER_USER);
    (void)text_format(after, sizeof after, "daemon.ban_after=%d", BAN_AFTER);
    (void)text_format(ban, sizeof ban, "daemon.ban_time=%d", BAN_TIME);
    const struct config_override overrides[] = { { file },
                                                 { sessions },
                                                 { after },
                                                 { ban },
                                                 { "daemon.auth_concurrency=2" },
                                                 { "daemon.group_file=/nowhere" },
                                                 { "daemon.ban_never=198.51.100.0/24" },
                                                 { "daemon.forbidden_groups=6" },
                                                 { "anonymous.account=guests" },
                                                 { "anonymous.upload_directory=/in" } };
    struct config *config = config_load(NULL, overrides, COUNT(overrides), complain, NULL);
    assert_non_null(config);
    config->log_level = LOG_LEVEL_DEBUG;
    return config;
}

static const char *hash_of(const char *setting)
{
    static struct crypt_data data;
    const char *hash = crypt_rn(password, setting, &data, (int)sizeof data);
    assert_non_null(hash);
    return hash;
}

/* Replaces the user file as wardpasswd does: by rename. */
static void write_users(const struct server *server, const char *extra)
{
    char fresh[160];
    (void)text_format(fresh, sizeof fresh, "%s.new", server->users);
    FILE *file = fopen(fresh, "we");
    assert_non_null(file);
    assert_int_equal(fchmod(fileno(file), 0600), 0);
    fprintf(file, "alice:%s:1001:1001::/home/alice:\n", hash_of("$6$rounds=1000$alice"));
    fprintf(file, "bob:%s:1002:1002::/home/bob:\n", hash_of("$6$rounds=1000$bob"));
    fprintf(file, "locked:!%s:1003:1003::/:\n", hash_of("$6$rounds=1000$locked"));
    fprintf(file, "weak:%s:1004:1004::/:\n", hash_of("$1$weak"));
    fprintf(file, "zero:%s:0:1005::/:\n", hash_of("$6$rounds=1000$zero"));
    fprintf(file, "rootgroup:%s:1005:0::/:\n", hash_of("$6$rounds=1000$zero"));
    fprintf(file, "diskgroup:%s:1009:6::/:\n", hash_of("$6$rounds=1000$zero"));
    fprintf(file, "low:%s:499:1006::/:\n", hash_of("$6$rounds=1000$low"));
    fprintf(file, "ours:%s:900:1007::/:\n", hash_of("$6$rounds=1000$ours"));
    fprintf(file, "old:%s:1008:1008::/:\n", hash_of("$5$rounds=1000$old"));
    fprintf(file, "%s", extra);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(rename(fresh, server->users), 0);
}

static void tell(const struct server *server, const void *message, size_t size, int fd)
{
    assert_int_equal(channel_send_fd(server->master, message, size, fd, 0), 0);
}

static void give_users(const struct server *server)
{
    const struct fm_file_message message = { .head.type = FM_FILE, .which = FM_FILE_USERS };
    const int fd = open(server->users, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    tell(server, &message, sizeof message, fd);
    close(fd);
}

static void give_groups(const struct server *server)
{
    static const char text[] = "root:x:0:alice\nstaff:x:50:alice\nalice:x:1001:\ndisk:x:6:alice\n";
    const struct fm_file_message message = { .head.type = FM_FILE, .which = FM_FILE_GROUPS };
    char path[160];
    (void)text_format(path, sizeof path, "%s/group", server->directory);
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    tell(server, &message, sizeof message, fd);
    close(fd);
}

static int start_auth(struct server *server, struct config *config)
{
    int master[2], scribe[2];
    if (channel_pair(master, 0) != 0 || channel_pair(scribe, 0) != 0)
        return -1;
    server->pid = fork();
    if (server->pid == 0)
        be_auth(master[1], scribe[1], config);
    close(master[1]);
    close(scribe[1]);
    free(config);
    server->master = master[0];
    server->scribe = scribe[0];
    return server->pid < 0 ? -1 : 0;
}

static int setup(void **state)
{
    struct server *server = calloc(1, sizeof *server);
    if (!server)
        return -1;
    *state = server;
    server->next_cell = 1;
    (void)text_copy(server->directory, sizeof server->directory, "/tmp/test_auth_run.XXXXXX");
    if (!mkdtemp(server->directory))
        return -1;
    (void)text_format(server->users, sizeof server->users, "%s/passwd", server->directory);
    ids.uid[ROLE_AUTH] = ids.gid[ROLE_AUTH] = 900;
    write_users(server, "");
    if (start_auth(server, configure(server)) != 0)
        return -1;
    give_groups(server);
    give_users(server);
    return 0;
}

static void remove_files(const struct server *server)
{
    static const char *const names[] = { "passwd", "group", "aside" };
    for (size_t i = 0; i < COUNT(names); i++) {
        char path[160];
        (void)text_format(path, sizeof path, "%s/%s", server->directory, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(server->directory);
}

/* auth ends by itself when the master and the cells are gone. */
static int teardown(void **state)
{
    struct server *server = *state;
    int status = 0;
    siginfo_t ended = { 0 };
    if (server->master >= 0)
        close(server->master);
    for (int i = 0; i < WAIT_MS / 10 && ended.si_pid == 0; i++) {
        if (waitid(P_PID, (id_t)server->pid, &ended, WEXITED | WNOHANG | WNOWAIT) != 0)
            return -1;
        if (ended.si_pid == 0)
            (void)poll(NULL, 0, 10);
    }
    if (ended.si_pid == 0)
        (void)kill(server->pid, SIGKILL);
    const bool reaped = waitpid(server->pid, &status, 0) == server->pid;
    close(server->scribe);
    remove_files(server);
    free(server);
    return reaped && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static void give_ends(const struct server *server, struct played_cell *cell)
{
    const struct fm_halves message = { .head.type = FM_HALVES, .cell = cell->number };
    int net[2], jail[2];
    assert_int_equal(channel_pair(net, 0), 0);
    assert_int_equal(channel_pair(jail, 0), 0);
    const int theirs[] = { net[1], jail[1] };
    assert_int_equal(
        channel_send_fds(server->master, &message, sizeof message, theirs, COUNT(theirs), 0), 0);
    close(net[1]);
    close(jail[1]);
    cell->net = net[0];
    cell->jail = jail[0];
}

static void give_address(const struct server *server, uint64_t number, const char *address)
{
    struct fm_address message;
    memset(&message, 0, sizeof message);
    message.head.type = FM_ADDRESS;
    message.cell = message.session = number;
    assert_true(addr_parse_host(address, &message.peer));
    message.local = message.peer;
    tell(server, &message, sizeof message, -1);
}

static struct played_cell make_cell(struct server *server, const char *address)
{
    struct played_cell cell = { .server = server, .number = server->next_cell++ };
    give_ends(server, &cell);
    if (address)
        give_address(server, cell.number, address);
    return cell;
}

static void end_cell(const struct server *server, const struct played_cell *cell)
{
    const struct fm_gone gone = { .head.type = FM_GONE, .cell = cell->number };
    if (cell->net >= 0)
        close(cell->net);
    if (cell->jail >= 0)
        close(cell->jail);
    tell(server, &gone, sizeof gone, -1);
}

static bool readable(int channel, int wait_ms)
{
    struct pollfd event = { .fd = channel, .events = POLLIN };
    return poll(&event, 1, wait_ms) == 1;
}

static void ask(const struct played_cell *cell, const char *name, const char *with)
{
    struct auth_login login;
    memset(&login, 0, sizeof login);
    login.head = (struct message_head){ .type = AUTH_LOGIN, .serial = 7 };
    assert_true(text_copy(login.name, sizeof login.name, name));
    assert_true(text_copy(login.password, sizeof login.password, with));
    assert_int_equal(channel_send(cell->net, &login, sizeof login, 0), 0);
}

static struct auth_login_answer hear(const struct played_cell *cell)
{
    struct auth_login_answer answer;
    if (!readable(cell->net, WAIT_MS))
        fail_msg("no answer for cell %llu", (unsigned long long)cell->number);
    assert_int_equal(channel_receive(cell->net, &answer, sizeof answer, 0), sizeof answer);
    assert_int_equal(answer.head.type, AUTH_LOGIN);
    assert_int_equal(answer.head.serial, 7);
    assert_true(text_ends(answer.start, sizeof answer.start));
    return answer;
}

static struct jail_who who_of(const struct played_cell *cell)
{
    struct jail_who who;
    assert_true(readable(cell->jail, WAIT_MS));
    assert_int_equal(channel_receive(cell->jail, &who, sizeof who, 0), sizeof who);
    assert_int_equal(who.head.type, JAIL_WHO);
    return who;
}

static struct tm_logged_in login_told(const struct played_cell *cell)
{
    struct tm_logged_in told;
    do { /* whatever other messages come first */
        assert_true(readable(cell->server->master, WAIT_MS));
        assert_true(channel_receive(cell->server->master, &told, sizeof told, 0) > 0);
    } while (told.head.type != TM_LOGGED_IN);
    assert_int_equal(told.cell, cell->number);
    return told;
}

static void admit(const struct played_cell *cell)
{
    const struct fm_admitted admitted = { .head.type = FM_ADMITTED, .cell = cell->number };
    tell(cell->server, &admitted, sizeof admitted, -1);
}

/* A log-in is reported to the master, which admits it. */
static void jail_says(const struct played_cell *cell, const struct jail_who *who, uint32_t step,
                      uint32_t error)
{
    const struct jail_who_answer answer = { .head = who->head, .step = step, .error = error };
    assert_int_equal(channel_send(cell->jail, &answer, sizeof answer, 0), 0);
    if (step != JAIL_ENTERED)
        return;
    (void)login_told(cell);
    admit(cell);
}

static void log_in(const struct played_cell *cell, const char *name)
{
    ask(cell, name, password);
    const struct jail_who who = who_of(cell);
    jail_says(cell, &who, JAIL_ENTERED, 0);
    assert_int_equal(hear(cell).result, AUTH_OK);
}

/* The next record of a log-in; notes before it that hold a word are counted. */
static struct scribe_login next_login(const struct server *server, const char *word,
                                      unsigned *notes)
{
    union {
        struct message_head head;
        struct scribe_note note;
        struct scribe_login login;
    } record;
    for (;;) {
        assert_true(readable(server->scribe, WAIT_MS));
        const ssize_t n = channel_receive(server->scribe, &record, sizeof record, 0);
        assert_true(n >= (ssize_t)sizeof record.head);
        if (record.head.type == SCRIBE_LOGIN)
            return record.login;
        if (word && strstr(record.note.text, word))
            (*notes)++;
    }
}

/* What is said of a cell, whatever other records come first. */
static struct scribe_login login_of(const struct server *server, const struct played_cell *cell)
{
    struct scribe_login login;
    do
        login = next_login(server, NULL, NULL);
    while (login.cell != cell->number);
    return login;
}

/* A note that holds the word; log-ins before it are passed over. */
static void expect_note(const struct server *server, const char *word)
{
    struct scribe_note note;
    do {
        if (!readable(server->scribe, WAIT_MS))
            fail_msg("no note with \"%s\"", word);
        assert_true(channel_receive(server->scribe, &note, sizeof note, 0) > 0);
    } while (note.head.type != SCRIBE_NOTE || !strstr(note.text, word));
}

static void a_good_log_in_is_told_to_all_who_must_know(void **state)
{
    struct server *server = *state;
    const struct played_cell cell = make_cell(server, "192.0.2.1");

    ask(&cell, "alice", password);
    const struct jail_who who = who_of(&cell);
    assert_int_equal(who.uid, 1001);
    assert_int_equal(who.gid, 1001);
    assert_int_equal(who.group_count, 1); /* root's group is never given, nor a forbidden one */
    assert_int_equal(who.groups[0], 50);
    assert_string_equal(who.home, "/home/alice");
    assert_int_equal(who.policy.rights, RIGHTS_ALL);
    assert_false(readable(cell.net, QUIET_MS)); /* not before JAIL is the user */
    const struct jail_who_answer entered = { .head = who.head, .step = JAIL_ENTERED };
    assert_int_equal(channel_send(cell.jail, &entered, sizeof entered, 0), 0);
    const struct tm_logged_in told = login_told(&cell);
    assert_int_equal(told.uid, 1001);
    assert_string_equal(told.name, "alice");
    assert_false(readable(cell.net, QUIET_MS)); /* not before the dialer knows it from the master */
    admit(&cell);

    const struct auth_login_answer answer = hear(&cell);
    assert_int_equal(answer.result, AUTH_OK);
    assert_string_equal(answer.start, "/");
    assert_int_equal(answer.policy.rights, RIGHTS_ALL);
    assert_true(answer.policy.idle_timeout > 0);
    const struct scribe_login login = login_of(server, &cell);
    assert_int_equal(login.refusal, REFUSED_NOT);
    assert_string_equal(login.name, "alice");
    end_cell(server, &cell);
}

static int64_t elapsed(int64_t since)
{
    return now_ms() - since;
}

/* L1, L4: one answer for all, after the same delay and after a hash of the
 * same cost; only the log knows why. */
static void refusals_look_all_the_same(void **state)
{
    static const struct {
        const char *name, *password;
        enum refusal reason;
    } cases[] = {
        { "alice", "wrong", REFUSED_PASSWORD }, { "nobody", password, REFUSED_UNKNOWN },
        { "locked", password, REFUSED_LOCKED }, { "weak", password, REFUSED_HASH },
        { "zero", password, REFUSED_UID },      { "rootgroup", password, REFUSED_GID },
        { "diskgroup", password, REFUSED_GID }, { "low", password, REFUSED_UID },
        { "ours", password, REFUSED_UID },      { "", "", REFUSED_UNKNOWN },
        { "alice", "", REFUSED_PASSWORD },      { "al\nice", password, REFUSED_UNKNOWN },
    };
    struct server *server = *state;
    struct played_cell cells[COUNT(cases)];
    unsigned checks = 0;

    const int64_t begun = now_ms();
    for (size_t i = 0; i < COUNT(cases); i++) {
        char address[32];
        (void)text_format(address, sizeof address, "198.51.100.%zu", i + 1);
        cells[i] = make_cell(server, address);
        ask(&cells[i], cases[i].name, cases[i].password);
    }
    for (size_t i = 0; i < COUNT(cases); i++) { /* the verdicts come as the hashers end */
        const struct scribe_login login = next_login(server, "checks a password against", &checks);
        const size_t at = (size_t)(login.cell - cells[0].number);
        assert_true(at < COUNT(cases));
        if (login.refusal != cases[at].reason)
            fail_msg("case %zu: refusal %u", at, login.refusal);
        assert_string_equal(login.name, cases[at].name);
    }
    assert_int_equal(checks, COUNT(cases));
    if (elapsed(begun) < 900) /* else the machine is too busy for this check */
        assert_false(readable(cells[0].net, 0));
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct auth_login_answer answer = hear(&cells[i]);
        assert_int_equal(answer.result, AUTH_REFUSED);
        assert_int_equal(answer.limit, 0);
        assert_true(elapsed(begun) >= 1000);
        assert_false(readable(cells[i].jail, 0));
        end_cell(server, &cells[i]);
    }
}

static void a_long_password_fails_like_a_wrong_one(void **state)
{
    struct server *server = *state;
    const struct played_cell cell = make_cell(server, "192.0.2.1");
    struct auth_login login;
    const int64_t begun = now_ms();

    memset(&login, 0, sizeof login);
    login.head = (struct message_head){ .type = AUTH_LOGIN, .serial = 7 };
    login.password_too_long = 1;
    assert_true(text_copy(login.name, sizeof login.name, "alice"));
    assert_int_equal(channel_send(cell.net, &login, sizeof login, 0), 0);
    assert_int_equal(hear(&cell).result, AUTH_REFUSED);
    assert_true(elapsed(begun) >= 1000);
    assert_int_equal(login_of(server, &cell).refusal, REFUSED_LONG);
    end_cell(server, &cell);
}

/* L3: the next failure waits longer, another address does not, and a good one waits for nothing. */
static void failures_delay_their_address_only(void **state)
{
    struct server *server = *state;
    const struct played_cell cell = make_cell(server, "192.0.2.1");
    const struct played_cell other = make_cell(server, "192.0.2.2");
    const struct played_cell good = make_cell(server, "192.0.2.1");

    ask(&cell, "alice", "wrong");
    assert_int_equal(hear(&cell).result, AUTH_REFUSED);
    const int64_t begun = now_ms();
    ask(&cell, "alice", "wrong");
    assert_int_equal(login_of(server, &cell).refusal, REFUSED_PASSWORD);
    assert_int_equal(login_of(server, &cell).refusal, REFUSED_PASSWORD);
    ask(&other, "alice", "wrong");
    log_in(&good, "alice");
    assert_int_equal(hear(&other).result, AUTH_REFUSED);
    if (elapsed(begun) < 1900) /* it waits two seconds, the others did not */
        assert_false(readable(cell.net, 0));
    assert_int_equal(hear(&cell).result, AUTH_REFUSED);
    assert_true(elapsed(begun) >= 2000);
    end_cell(server, &cell);
    end_cell(server, &other);
    end_cell(server, &good);
}

static void the_master_is_told_whom_to_ban(void **state)
{
    struct server *server = *state;
    struct played_cell cells[BAN_AFTER];
    struct tm_ban ban;
    struct sockaddr_storage address;

    for (size_t i = 0; i < COUNT(cells); i++) {
        cells[i] = make_cell(server, "2001:db8::42");
        ask(&cells[i], "alice", "wrong");
    }
    assert_true(readable(server->master, WAIT_MS));
    assert_int_equal(channel_receive(server->master, &ban, sizeof ban, 0), sizeof ban);
    assert_int_equal(ban.head.type, TM_BAN);
    assert_int_equal(ban.seconds, BAN_TIME);
    assert_int_equal(ban.bits, ADDR_KEY_BITS);
    assert_true(addr_parse_host("2001:db8::", &address));
    assert_true(addr_same_host(&ban.address, &address));
    for (size_t i = 0; i < COUNT(cells); i++)
        end_cell(server, &cells[i]);
}

static bool is_ended(int channel)
{
    char byte;
    return readable(channel, WAIT_MS) && channel_receive(channel, &byte, sizeof byte, 0) == 0;
}

static bool is_quiet(const struct server *server, const char *word)
{
    struct scribe_note note;
    while (readable(server->scribe, QUIET_MS)) {
        if (channel_receive(server->scribe, &note, sizeof note, 0) > 0 &&
            note.head.type == SCRIBE_NOTE && strstr(note.text, word))
            return false;
    }
    return true;
}

/* Cells that were there before the ban: each gets it once, whatever it asks, and no password is
 * looked at, the right one neither. */
static void a_banned_address_is_turned_away_at_once(void **state)
{
    static const struct {
        const char *name, *password;
    } tries[] = {
        { "alice", password }, { "alice", "wrong" }, { "nobody", password }, { "zero", "" }
    };
    struct server *server = *state;
    struct played_cell failing[BAN_AFTER], waiting[COUNT(tries)];
    struct tm_ban ban;
    unsigned checks = 0;

    for (size_t i = 0; i < COUNT(waiting); i++)
        waiting[i] = make_cell(server, "192.0.2.1");
    for (size_t i = 0; i < COUNT(failing); i++) {
        failing[i] = make_cell(server, "192.0.2.1");
        ask(&failing[i], "alice", "wrong");
    }
    assert_true(readable(server->master, WAIT_MS));
    assert_int_equal(channel_receive(server->master, &ban, sizeof ban, 0), sizeof ban);
    for (size_t i = 0; i < COUNT(failing); i++) /* in the order of their hashers */
        assert_int_equal(next_login(server, "checks a password", &checks).refusal,
                         REFUSED_PASSWORD);
    assert_int_equal(checks, COUNT(failing));
    for (size_t i = 0; i < COUNT(waiting); i++) {
        ask(&waiting[i], tries[i].name, tries[i].password);
        assert_int_equal(hear(&waiting[i]).result, AUTH_BANNED);
        assert_int_equal(login_of(server, &waiting[i]).refusal, REFUSED_BANNED);
        assert_true(is_ended(waiting[i].net));
        assert_false(readable(waiting[i].jail, 0));
    }
    assert_true(is_quiet(server, "checks a password"));
    const struct played_cell other = make_cell(server, "192.0.2.2");
    log_in(&other, "alice");
    end_cell(server, &other);
    for (size_t i = 0; i < COUNT(failing); i++)
        end_cell(server, &failing[i]);
    for (size_t i = 0; i < COUNT(waiting); i++)
        end_cell(server, &waiting[i]);
}

/* Law L3, and beyond it: a NET that was taken gets no further try. */
static void the_last_failure_ends_the_channel(void **state)
{
    struct server *server = *state;
    const struct played_cell cell = make_cell(server, "198.51.100.1"); /* never banned */
    for (int i = 1; i < MAX_FAILURES; i++) {
        ask(&cell, "alice", "wrong");
        assert_int_equal(hear(&cell).result, AUTH_REFUSED);
    }
    ask(&cell, "nobody", "wrong");
    const struct auth_login_answer last = hear(&cell);
    assert_int_equal(last.result, AUTH_REFUSED_LAST);
    assert_int_equal(last.limit, MAX_FAILURES);
    assert_true(is_ended(cell.net));
    end_cell(server, &cell);
}

/* Each failure from another /64: no address is banned, the network is. */
static void an_ipv6_network_is_banned_as_a_whole(void **state)
{
    struct server *server = *state;
    struct played_cell cells[BAN_AFTER * ADDR_NETWORK_FACTOR];
    struct tm_ban ban;
    char address[64];

    for (size_t i = 0; i < COUNT(cells); i++) {
        (void)text_format(address, sizeof address, "2001:db8:7:%zx::1", i);
        cells[i] = make_cell(server, address);
        ask(&cells[i], "alice", "wrong");
        assert_int_equal(login_of(server, &cells[i]).refusal, REFUSED_PASSWORD);
        if (i + 1 < COUNT(cells))
            assert_false(readable(server->master, 0));
    }
    assert_true(readable(server->master, WAIT_MS));
    assert_int_equal(channel_receive(server->master, &ban, sizeof ban, 0), sizeof ban);
    assert_int_equal(ban.bits, ADDR_NETWORK_BITS);
    const struct played_cell inside = make_cell(server, "2001:db8:7:ffff::1");
    const struct played_cell outside = make_cell(server, "2001:db8:8::1");
    ask(&inside, "alice", password);
    assert_int_equal(hear(&inside).result, AUTH_BANNED);
    log_in(&outside, "alice");
    end_cell(server, &inside);
    end_cell(server, &outside);
    for (size_t i = 0; i < COUNT(cells); i++)
        end_cell(server, &cells[i]);
}

/* A user whose hash takes its time: a quarter of a second for 400,000 rounds.  No password has
 * it. */
static void make_slow(char line[512], int rounds)
{
    (void)text_format(line, 512, "slow:$6$rounds=%d$slow$%086d:1010:1010::/c:\n", rounds, 0);
}

/* A right password is answered at once: who hangs up when no answer comes would
 * try for nothing, if that did not count. */
static void who_hangs_up_before_the_verdict_is_counted(void **state)
{
    struct server *server = *state;
    struct tm_ban ban;
    char slow[512];

    make_slow(slow, 400000);
    write_users(server, slow);
    give_users(server);
    for (int i = 0; i < BAN_AFTER; i++) {
        struct played_cell cell = make_cell(server, "192.0.2.7");
        ask(&cell, "slow", "wrong");
        expect_note(server, "checks a password");
        close(cell.net);
        cell.net = -1;
        end_cell(server, &cell);
    }
    assert_true(readable(server->master, WAIT_MS));
    assert_int_equal(channel_receive(server->master, &ban, sizeof ban, 0), sizeof ban);
    assert_int_equal(ban.head.type, TM_BAN);
}

/* Tries that wait for a hasher when the ban falls are not hashed. */
static void a_ban_empties_the_queue_of_its_address(void **state)
{
    enum { TRIES = 20 };
    struct server *server = *state;
    struct played_cell cells[TRIES];
    unsigned checks = 0, banned = 0, refused = 0;
    char slow[512];

    make_slow(slow, 100000);
    write_users(server, slow);
    give_users(server);
    for (size_t i = 0; i < TRIES; i++) {
        cells[i] = make_cell(server, "192.0.2.1");
        ask(&cells[i], "slow", "wrong");
    }
    for (size_t i = 0; i < TRIES; i++)
        banned += next_login(server, "checks a password", &checks).refusal == REFUSED_BANNED;
    assert_int_equal(banned, TRIES - BAN_AFTER);
    assert_true(checks <= BAN_AFTER + 2); /* two hashers */
    for (size_t i = 0; i < TRIES; i++) {
        /* a delay that was over before the ban */
        refused += hear(&cells[i]).result == AUTH_REFUSED;
        end_cell(server, &cells[i]);
    }
    assert_true(refused < BAN_AFTER);
}

static void a_crash_counts_for_the_ban(void **state)
{
    struct server *server = *state;
    struct tm_ban ban;
    for (int i = 0; i < BAN_AFTER; i++) {
        const struct played_cell cell = make_cell(server, "192.0.2.9");
        const struct fm_gone crash = { .head.type = FM_GONE,
                                       .cell = cell.number,
                                       .reason = GONE_CRASHED };
        assert_false(readable(server->master, 0));
        close(cell.net);
        close(cell.jail);
        tell(server, &crash, sizeof crash, -1);
    }
    assert_true(readable(server->master, WAIT_MS));
    assert_int_equal(channel_receive(server->master, &ban, sizeof ban, 0), sizeof ban);
    assert_int_equal(ban.head.type, TM_BAN);
}

static const char guests[] = "guests:!:1020:1020::/pub:\n";

/* Without a hash, as the account of [anonymous], with the rights of guests. */
static void guests_need_no_password(void **state)
{
    struct server *server = *state;
    static const char *const names[] = { "anonymous", "FTP" };
    write_users(server, guests);
    give_users(server);
    for (size_t i = 0; i < COUNT(names); i++) {
        const struct played_cell cell = make_cell(server, "192.0.2.1");
        ask(&cell, names[i], "guest@");
        const struct jail_who who = who_of(&cell);
        assert_int_equal(who.uid, 1020);
        assert_int_equal(who.policy.rights, RIGHTS_READ);
        assert_int_equal(who.policy.upload_rights, RIGHT_UPLOAD | RIGHT_LIST);
        assert_string_equal(who.policy.upload_directory, "/in");
        assert_int_equal(who.policy.umask, 077);
        jail_says(&cell, &who, JAIL_ENTERED, 0);
        const struct auth_login_answer answer = hear(&cell);
        assert_int_equal(answer.result, AUTH_OK);
        assert_int_equal(answer.policy.rights, RIGHTS_READ | RIGHT_UPLOAD);
        const struct scribe_login login = login_of(server, &cell);
        assert_int_equal(login.refusal, REFUSED_NOT);
        assert_string_equal(login.name, GUEST_NAME);
        end_cell(server, &cell);
    }
}

/* Law L3: who guesses passwords gains nothing by coming as a guest in between. */
static void a_guest_is_not_pardoned(void **state)
{
    struct server *server = *state;
    const struct played_cell cell = make_cell(server, "192.0.2.1");
    const struct played_cell guest = make_cell(server, "192.0.2.1");
    write_users(server, guests);
    give_users(server);
    for (int i = 0; i < 2; i++) {
        ask(&cell, "alice", "wrong");
        assert_int_equal(hear(&cell).result, AUTH_REFUSED);
    }
    log_in(&guest, GUEST_NAME);
    const int64_t begun = now_ms();
    ask(&cell, "alice", "wrong");
    assert_int_equal(hear(&cell).result, AUTH_BANNED); /* the third failure */
    assert_true(elapsed(begun) >= 4000);               /* its wait is the third, not the first */
    end_cell(server, &cell);
    end_cell(server, &guest);
}

static void anonymous_and_a_missing_pass_never_ban(void **state)
{
    struct server *server = *state;
    const struct played_cell cell = make_cell(server, "192.0.2.1");
    const struct auth_nopass nopass = { .head.type = AUTH_NOPASS, .name = "alice" };
    const int64_t begun = now_ms();

    for (int i = 0; i < 2 * BAN_AFTER; i++)
        assert_int_equal(channel_send(cell.net, &nopass, sizeof nopass, 0), 0);
    ask(&cell, "anonymous", "guest@");
    assert_int_equal(hear(&cell).result, AUTH_REFUSED);
    assert_true(elapsed(begun) >= 4000);
    assert_false(readable(server->master, 0));
    end_cell(server, &cell);
}

static void too_many_sessions_name_the_limit(void **state)
{
    struct server *server = *state;
    struct played_cell cells[MAX_PER_USER + 1];

    for (size_t i = 0; i < COUNT(cells); i++)
        cells[i] = make_cell(server, "192.0.2.1");
    for (size_t i = 0; i < MAX_PER_USER; i++)
        log_in(&cells[i], "alice");
    const struct played_cell *last = &cells[MAX_PER_USER];
    ask(last, "alice", password);
    const struct auth_login_answer answer = hear(last);
    assert_int_equal(answer.result, AUTH_TOO_MANY);
    assert_int_equal(answer.limit, MAX_PER_USER);
    assert_int_equal(login_of(server, last).refusal, REFUSED_LIMIT);
    /* NET's end alone ends no session ... */
    close(cells[0].net);
    cells[0].net = -1;
    ask(last, "alice", password);
    assert_int_equal(hear(last).result, AUTH_TOO_MANY);
    /* ... JAIL's does.  Other users have their own count. */
    close(cells[0].jail);
    cells[0].jail = -1;
    log_in(last, "alice");
    for (size_t i = 0; i < COUNT(cells); i++)
        end_cell(server, &cells[i]);
}

static void nobody_logs_in_without_a_master(void **state)
{
    struct server *server = *state;
    const struct played_cell before = make_cell(server, "192.0.2.1"),
                             after = make_cell(server, "192.0.2.2");
    ask(&before, "alice", password);
    const struct jail_who who = who_of(&before);
    const struct jail_who_answer entered = { .head = who.head, .step = JAIL_ENTERED };
    assert_int_equal(channel_send(before.jail, &entered, sizeof entered, 0), 0);
    (void)login_told(&before);
    close(server->master);
    server->master = -1;
    assert_int_equal(hear(&before).result, AUTH_UNAVAILABLE);
    ask(&after, "alice", password);
    assert_int_equal(hear(&after).result, AUTH_UNAVAILABLE);
    close(before.net);
    close(before.jail);
    close(after.net);
    close(after.jail);
}

static void a_home_that_jail_cannot_enter(void **state)
{
    struct server *server = *state;
    struct played_cell cell = make_cell(server, "192.0.2.1");

    ask(&cell, "alice", password);
    const struct jail_who who = who_of(&cell);
    jail_says(&cell, &who, JAIL_HOME, EACCES);
    assert_int_equal(hear(&cell).result, AUTH_NO_HOME);
    const struct scribe_login login = login_of(server, &cell);
    assert_int_equal(login.refusal, REFUSED_HOME);
    assert_int_equal(login.error, EACCES);
    assert_false(readable(server->master, 0));
    ask(&cell, "alice", password); /* its JAIL is spent */
    assert_int_equal(hear(&cell).result, AUTH_UNAVAILABLE);
    end_cell(server, &cell);
}

static void a_jail_that_dies_at_the_log_in(void **state)
{
    struct server *server = *state;
    struct played_cell cell = make_cell(server, "192.0.2.1");

    ask(&cell, "alice", password);
    (void)who_of(&cell);
    close(cell.jail);
    cell.jail = -1;
    assert_int_equal(hear(&cell).result, AUTH_UNAVAILABLE);
    const struct played_cell next = make_cell(server, "192.0.2.1");
    const struct played_cell third = make_cell(server, "192.0.2.1");
    log_in(&next, "alice"); /* what was counted was taken back */
    log_in(&third, "alice");
    end_cell(server, &cell);
    end_cell(server, &next);
    end_cell(server, &third);
}

static void many_cells_log_in_at_once(void **state)
{
    enum { MANY = 40 };
    struct server *server = *state;
    struct played_cell cells[MANY];
    char users[MANY * 200] = "";

    const char *hash = hash_of("$6$rounds=1000$many");
    for (size_t i = 0; i < MANY; i++)
        (void)text_format(users + strlen(users), sizeof users - strlen(users),
                          "u%zu:%s:%zu:2000::/u%zu:\n", i, hash, 2000 + i, i);
    write_users(server, users);
    give_users(server);
    for (size_t i = 0; i < MANY; i++)
        cells[i] = make_cell(server, "192.0.2.1");
    for (size_t i = 0; i < MANY; i++) {
        char name[16];
        (void)text_format(name, sizeof name, "u%zu", i);
        ask(&cells[i], name, password);
    }
    for (size_t i = 0; i < MANY; i++) {
        const struct jail_who who = who_of(&cells[i]);
        assert_int_equal(who.uid, 2000 + i); /* no session becomes another user */
        jail_says(&cells[i], &who, JAIL_ENTERED, 0);
    }
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(hear(&cells[i]).result, AUTH_OK);
        end_cell(server, &cells[i]);
    }
}

/* The file is watched: a log-in that comes first after the change waits for the new one. */
static void a_replaced_file_is_asked_for_and_used(void **state)
{
    struct server *server = *state;
    const struct played_cell cell = make_cell(server, "192.0.2.1");
    struct message_head told;
    char carol[512];

    (void)text_format(carol, sizeof carol, "carol:%s:1010:1010::/c:\n",
                      hash_of("$6$rounds=1000$carol"));
    expect_note(server, "10 users");
    write_users(server, carol);
    ask(&cell, "carol", password);
    assert_true(readable(server->master, WAIT_MS));
    assert_int_equal(channel_receive(server->master, &told, sizeof told, 0), sizeof told);
    assert_int_equal(told.type, TM_USERS_CHANGED);
    give_users(server);
    const struct jail_who who = who_of(&cell);
    assert_int_equal(who.uid, 1010);
    jail_says(&cell, &who, JAIL_ENTERED, 0);
    assert_int_equal(hear(&cell).result, AUTH_OK);
    end_cell(server, &cell);
}

/* Written in place, and a master that does not answer: it is read again all the same. */
static void a_file_written_in_place_is_read_again(void **state)
{
    struct server *server = *state;
    const struct played_cell cell = make_cell(server, "192.0.2.1");

    expect_note(server, "10 users");
    FILE *file = fopen(server->users, "ae");
    assert_non_null(file);
    fprintf(file, "carol:%s:1010:1010::/c:\n", hash_of("$6$rounds=1000$carol"));
    assert_int_equal(fclose(file), 0);
    log_in(&cell, "carol");
    end_cell(server, &cell);
}

static void without_a_file_nobody_logs_in(void **state)
{
    struct server *server = *state;
    struct server second = *server;
    struct config *config = configure(server);
    /* another one, which gets no file */
    assert_int_equal(start_auth(&second, config), 0);
    const struct played_cell cell = make_cell(&second, "192.0.2.1");
    ask(&cell, "alice", password);
    assert_int_equal(hear(&cell).result, AUTH_UNAVAILABLE);
    assert_int_equal(login_of(&second, &cell).refusal, REFUSED_UNAVAILABLE);
    give_users(&second);
    log_in(&cell, "alice");
    end_cell(&second, &cell);
    close(second.master);
    close(second.scribe);
    int status;
    assert_int_equal(waitpid(second.pid, &status, 0), second.pid);
    assert_int_equal(status, 0);
}

/* I8: it costs the channel that it came on, and no other. */
static void a_border_violation_ends_that_channel_only(void **state)
{
    struct server *server = *state;
    const struct played_cell bystander = make_cell(server, "192.0.2.1");
    struct auth_login login;
    struct jail_who_answer said = { .head = { .type = JAIL_WHO, .serial = 1 } };
    const struct message_head odd = { .type = 99 };

    memset(&login, 0, sizeof login);
    login.head.type = AUTH_LOGIN;
    for (int i = 0; i < 7; i++) {
        const struct played_cell cell = make_cell(server, i == 0 ? NULL : "192.0.2.66");
        memset(login.name, 0, sizeof login.name);
        int hit = cell.net;
        switch (i) {
        case 0: /* before it has a client */
            assert_int_equal(channel_send(cell.net, &login, sizeof login, 0), 0);
            break;
        case 1: /* too short */
            assert_int_equal(channel_send(cell.net, &login, sizeof login - 1, 0), 0);
            break;
        case 2: { /* too long */
            char more[sizeof login + 1] = { 0 };
            memcpy(more, &login, sizeof login);
            assert_int_equal(channel_send(cell.net, more, sizeof more, 0), 0);
            break;
        }
        case 3: /* a name without end */
            memset(login.name, 'x', sizeof login.name);
            assert_int_equal(channel_send(cell.net, &login, sizeof login, 0), 0);
            break;
        case 4: /* no such type */
            assert_int_equal(channel_send(cell.net, &odd, sizeof odd, 0), 0);
            break;
        case 5: /* a second question before the answer */
            ask(&cell, "alice", "wrong");
            ask(&cell, "alice", "wrong");
            break;
        default: /* JAIL speaks before it is asked */
            hit = cell.jail;
            assert_int_equal(channel_send(cell.jail, &said, sizeof said, 0), 0);
            break;
        }
        if (!is_ended(hit))
            fail_msg("case %d is not ended", i);
        expect_note(server, "border violation");
        end_cell(server, &cell);
    }
    log_in(&bystander, "alice");
    end_cell(server, &bystander);
}

/* Connect and close: no hash, no line of a log-in (law M2). */
static void a_probe_costs_nothing(void **state)
{
    struct server *server = *state;
    for (int i = 0; i < 50; i++) {
        const struct played_cell cell = make_cell(server, "192.0.2.1");
        end_cell(server, &cell);
    }
    const struct played_cell cell = make_cell(server, "192.0.2.1");
    unsigned checks = 0;
    log_in(&cell, "alice");
    const struct scribe_login login = next_login(server, "checks a password", &checks);
    assert_int_equal(login.cell, cell.number);
    assert_int_equal(checks, 1);
    end_cell(server, &cell);
}

/* I6: a restarted auth learns who is logged in. */
static void sessions_of_an_earlier_auth_count(void **state)
{
    struct server *server = *state;
    struct fm_logged_in user = { .head.type = FM_LOGGED_IN, .name = "alice" };
    struct played_cell earlier[MAX_PER_USER];
    for (size_t i = 0; i < MAX_PER_USER; i++) {
        earlier[i] = (struct played_cell){ .number = 1000 + i, .net = -1, .jail = -1 };
        give_address(server, earlier[i].number, "192.0.2.1");
        user.cell = earlier[i].number;
        tell(server, &user, sizeof user, -1);
    }
    const struct played_cell cell = make_cell(server, "192.0.2.1");
    ask(&cell, "alice", password);
    assert_int_equal(hear(&cell).result, AUTH_TOO_MANY);
    end_cell(server, &earlier[0]);
    log_in(&cell, "alice");
    end_cell(server, &cell);
    end_cell(server, &earlier[1]);
}

/* The password is in no memory of auth once the hasher has it (invariant I5). */
static bool memory_holds(pid_t pid, const char *secret)
{
    enum { MOST = 256 << 20 }; /* larger ones are a sanitizer's shadow */
    char path[64], line[256];
    static char page[1 << 16];
    bool found = false;
    (void)text_format(path, sizeof path, "/proc/%d/maps", (int)pid);
    FILE *maps = fopen(path, "re");
    (void)text_format(path, sizeof path, "/proc/%d/mem", (int)pid);
    const int memory = open(path, O_RDONLY | O_CLOEXEC);
    assert_non_null(maps);
    assert_true(memory >= 0);
    while (fgets(line, sizeof line, maps)) {
        char *rest;
        const unsigned long from = strtoul(line, &rest, 16), to = strtoul(rest + 1, &rest, 16);
        if (rest[1] != 'r' || rest[2] != 'w' || to - from > MOST)
            continue;
        for (unsigned long at = from; at < to; at += sizeof page / 2) {
            const ssize_t n = pread(memory, page, sizeof page, (off_t)at);
            found = found || (n > 0 && memmem(page, (size_t)n, secret, strlen(secret)) != NULL);
        }
    }
    fclose(maps);
    close(memory);
    return found;
}

static void no_password_stays_in_memory(void **state)
{
    struct server *server = *state;
    struct played_cell cells[3];
    char secret[32]; /* made here, so that no copy came by the fork */
    for (size_t i = 0; i < sizeof secret - 1; i++)
        secret[i] = (char)('a' + (i * 7 + 3) % 26);
    secret[sizeof secret - 1] = '\0';
    for (size_t i = 0; i < COUNT(cells); i++) {
        cells[i] = make_cell(server, "198.51.100.1");
        ask(&cells[i], i ? "alice" : "nobody", secret);
    }
    for (size_t i = 0; i < COUNT(cells); i++)
        assert_int_equal(hear(&cells[i]).result, AUTH_REFUSED);
    assert_true(memory_holds(server->pid, "home/alice")); /* the search finds what is there */
    assert_false(memory_holds(server->pid, secret));
    for (size_t i = 0; i < COUNT(cells); i++)
        end_cell(server, &cells[i]);
}

/* Kills the children of pid; how many there were. */
static unsigned kill_children(pid_t pid)
{
    char path[64], line[512] = "";
    unsigned killed = 0;
    (void)text_format(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    fclose(file);
    for (char *at = line; *at >= '0' && *at <= '9'; at += *at == ' ') {
        assert_int_equal(kill((pid_t)strtol(at, &at, 10), SIGKILL), 0);
        killed++;
    }
    return killed;
}

static pid_t hash_pool_of(pid_t auth)
{
    char path[64], line[64];
    (void)text_format(path, sizeof path, "/proc/%d/task/%d/children", (int)auth, (int)auth);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    fclose(file);
    return (pid_t)strtol(line, NULL, 10);
}

/* Busy or warm, a hasher that is killed costs one try at most. */
static void a_hasher_that_dies_costs_one_try(void **state)
{
    struct server *server = *state;
    const struct played_cell cell = make_cell(server, "192.0.2.1");
    char slow[512];

    make_slow(slow, 9000000);
    write_users(server, slow);
    give_users(server);
    ask(&cell, "slow", password);
    expect_note(server, "checks a password");
    assert_true(kill_children(hash_pool_of(server->pid)) > 0);
    assert_int_equal(hear(&cell).result, AUTH_UNAVAILABLE);
    /* The other hasher was killed as well: where it still takes a password, that try is lost
     * too. */
    for (int tries = 0; tries < 2; tries++) {
        struct pollfd events[] = { { .fd = cell.net, .events = POLLIN },
                                   { .fd = cell.jail, .events = POLLIN } };
        ask(&cell, "alice", password);
        assert_true(poll(events, COUNT(events), WAIT_MS) > 0);
        if (events[1].revents)
            break;
        assert_int_equal(hear(&cell).result, AUTH_UNAVAILABLE);
    }
    const struct jail_who who = who_of(&cell);
    jail_says(&cell, &who, JAIL_ENTERED, 0);
    assert_int_equal(hear(&cell).result, AUTH_OK);
    end_cell(server, &cell);
}

/* In the place of the others, so that they are counted as skipped and not as missing. */
static void all_of_these_need_root(void **state)
{
    (void)state;
    print_message("skipped: the user file has to be root's\n");
    skip();
}

#define SERVED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(a_good_log_in_is_told_to_all_who_must_know),
        SERVED(refusals_look_all_the_same),
        SERVED(a_long_password_fails_like_a_wrong_one),
        SERVED(failures_delay_their_address_only),
        SERVED(the_master_is_told_whom_to_ban),
        SERVED(a_banned_address_is_turned_away_at_once),
        SERVED(an_ipv6_network_is_banned_as_a_whole),
        SERVED(the_last_failure_ends_the_channel),
        SERVED(a_ban_empties_the_queue_of_its_address),
        SERVED(who_hangs_up_before_the_verdict_is_counted),
        SERVED(a_crash_counts_for_the_ban),
        SERVED(guests_need_no_password),
        SERVED(a_guest_is_not_pardoned),
        SERVED(anonymous_and_a_missing_pass_never_ban),
        SERVED(too_many_sessions_name_the_limit),
        SERVED(nobody_logs_in_without_a_master),
        SERVED(a_home_that_jail_cannot_enter),
        SERVED(a_jail_that_dies_at_the_log_in),
        SERVED(many_cells_log_in_at_once),
        SERVED(a_replaced_file_is_asked_for_and_used),
        SERVED(a_file_written_in_place_is_read_again),
        SERVED(without_a_file_nobody_logs_in),
        SERVED(a_border_violation_ends_that_channel_only),
        SERVED(a_probe_costs_nothing),
        SERVED(sessions_of_an_earlier_auth_count),
        SERVED(a_hasher_that_dies_costs_one_try),
        SERVED(no_password_stays_in_memory),
    };
    const struct CMUnitTest without_root[] = { cmocka_unit_test(all_of_these_need_root) };
    if (getuid() != 0)
        return cmocka_run_group_tests(without_root, NULL, NULL);
    const struct config config = { .sandbox = SANDBOX_STRICT };
    if (filters_compile(&config, complain, NULL) != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
