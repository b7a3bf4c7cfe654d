/* SPDX-License-Identifier: BSD-2-Clause */
/* test_scribe.c - the lines of the log, their sinks, and the whole scribe in a
 * child of its own.  With the argument --lines it prints lines with hostile
 * names, for tests/server/test_log_lines.py. */
#include "common/addr.h"
#include "common/log_chain.h"
#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/protocol/from_master.h"
#include "daemon/protocol/to_net.h"
#include "daemon/scribe/event.h"
#include "daemon/scribe/scribe.h"
#include "daemon/scribe/sink.h"
#include "daemon/scribe/xferlog.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static char line[EVENT_ROOM];

static struct event refused(const char *name)
{
    struct event event = { .seconds = 1795497420,
                           .millis = 7,
                           .level = LOG_LEVEL_WARNING,
                           .name = "login refused",
                           .name_first = true,
                           .pid = 345 };
    event_add(&event, FIELD_WORD, "address", "192.0.2.1", 0);
    event_add(&event, FIELD_STRING, "user", name, 0);
    event_add(&event, FIELD_WORD, "reason", "password", 0);
    event_add(&event, FIELD_NUMBER, "session", NULL, 5);
    event_add(&event, FIELD_NUMBER, "pid", NULL, 345);
    return event;
}

static struct event upload(const char *path)
{
    struct event event = {
        .seconds = 1795497420, .level = LOG_LEVEL_INFO, .name = "upload", .pid = 345
    };
    event_add(&event, FIELD_NUMBER, "session", NULL, 5);
    event_add(&event, FIELD_WORD, "address", "2001:db8::1", 0);
    event_add(&event, FIELD_STRING, "user", "alice", 0);
    event.who = event.count;
    event_add(&event, FIELD_STRING, "path", path, 0);
    event_add(&event, FIELD_NUMBER, "bytes", NULL, 10);
    event_add(&event, FIELD_MILLIS, "seconds", NULL, 1234);
    event_add(&event, FIELD_SWITCH, "complete", "complete", 0);
    return event;
}

/* ---- forms ---- */

static void the_text_form_is_as_documented(void **state)
{
    (void)state;
    struct event event = upload("/a b");
    size_t length = event_text(&event, true, line, EVENT_LIMIT);
    assert_string_equal(
        line, "2026-11-24T05:17:00.000Z info session=5 address=2001:db8::1 user=\"alice\" upload "
              "path=\"/a b\" bytes=10 seconds=1.234 incomplete");
    assert_int_equal(length, strlen(line));
    event.fields[event.count - 1].number = 1;
    length = event_text(&event, false, line, EVENT_LIMIT);
    assert_int_equal(length, strlen(line));
    assert_string_equal(
        line, "session=5 address=2001:db8::1 user=\"alice\" upload path=\"/a b\" bytes=10 "
              "seconds=1.234 complete");
}

static void the_json_form_is_as_documented(void **state)
{
    (void)state;
    struct event event = upload("/a b");
    const size_t length = event_json(&event, line, EVENT_LIMIT);
    assert_int_equal(length, strlen(line));
    assert_string_equal(
        line, "{\"time\":\"2026-11-24T05:17:00.000Z\",\"level\":\"info\",\"event\":\"upload\","
              "\"session\":5,\"address\":\"2001:db8::1\",\"user\":\"alice\",\"path\":\"/a b\","
              "\"bytes\":10,\"seconds\":1.234,\"complete\":false}");
}

static void a_refused_login_has_its_fixed_form(void **state)
{
    (void)state;
    struct event event = refused("bob");
    (void)event_text(&event, true, line, EVENT_LIMIT);
    assert_string_equal(
        line, "2026-11-24T05:17:00.007Z warning login refused: address=192.0.2.1 user=\"bob\" "
              "reason=password session=5 pid=345");
    (void)event_text(&event, false, line, EVENT_LIMIT);
    assert_string_equal(
        line, "login refused: address=192.0.2.1 user=\"bob\" reason=password session=5 pid=345");
}

static const struct {
    const char *bytes, *text, *json;
} strings[] = {
    { "plain", "plain", "plain" },
    { "", "", "" },
    { "a\"b", "a\\x22b", "a\\u0022b" },
    { "a\\b", "a\\x5cb", "a\\u005cb" },
    { "a\r\nb\t\x7f\x1b[0m", "a\\x0d\\x0ab\\x09\\x7f\\x1b[0m",
      "a\\u000d\\u000ab\\u0009\\u007f\\u001b[0m" },
    { "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
      "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
    { "\xe9", "\xe9", "\\u00e9" },                /* Latin-1 */
    { "\xc0\xaf", "\xc0\xaf", "\\u00c0\\u00af" }, /* overlong */
    { "\xe0\x80\xaf", "\xe0\\x80\xaf", "\\u00e0\\u0080\\u00af" },
    { "\xf0\x80\x80\xaf", "\xf0\\x80\\x80\xaf", "\\u00f0\\u0080\\u0080\\u00af" },
    { "\xed\xa0\x80", "\xed\xa0\\x80", "\\u00ed\\u00a0\\u0080" }, /* a surrogate */
    { "\xf4\x90\x80\x80", "\xf4\\x90\\x80\\x80", "\\u00f4\\u0090\\u0080\\u0080" },
    { "\xe2\x82", "\xe2\\x82", "\\u00e2\\u0082" }, /* cut in the middle */
    { "\xc2\x85x", "\\xc2\\x85x", "\\u0085x" },    /* a line end in some terminals and programs */
    { "\xe2\x80\xae", "\\xe2\\x80\\xae", "\\u202e" },
    { "\xe2\x80\xa8", "\\xe2\\x80\\xa8", "\\u2028" },
    { "\xe2\x81\xa8", "\\xe2\\x81\\xa8", "\\u2068" },
    { "\xd8\x9c", "\\xd8\\x9c", "\\u061c" },
    { "\xc3\"", "\xc3\\x22", "\\u00c3\\u0022" },
};

static void strings_are_escaped_whatever_their_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(strings); i++) {
        char expected[256];
        struct event event = { .name = "x", .level = LOG_LEVEL_INFO };
        event_add(&event, FIELD_STRING, "s", strings[i].bytes, 0);
        (void)event_text(&event, false, line, EVENT_LIMIT);
        (void)snprintf(expected, sizeof expected, "x s=\"%s\"", strings[i].text);
        if (strcmp(line, expected) != 0)
            fail_msg("text %zu: %s", i, line);
        (void)event_json(&event, line, EVENT_LIMIT);
        (void)snprintf(expected, sizeof expected, "\"event\":\"x\",\"s\":\"%s\"}", strings[i].json);
        if (!strstr(line, expected))
            fail_msg("JSON %zu: %s", i, line);
    }
}

static void long_strings_are_cut_and_what_follows_stays(void **state)
{
    (void)state;
    static char path[PATH_ROOM];
    memset(path, '\x01', sizeof path - 1);
    struct event event = upload(path);
    (void)event_json(&event, line, EVENT_LIMIT);
    assert_int_equal(strlen(strstr(line, "\\u0001")),
                     6 * (sizeof path - 1) + strlen("\",\"bytes\":10,"
                                                    "\"seconds\":1.234,\"complete\":false}"));
    for (size_t limit = 600; limit < 1000; limit += 7) {
        assert_true(event_text(&event, false, line, limit) <= limit);
        assert_non_null(strstr(line, "...\" bytes=10 seconds=1.234 incomplete"));
        assert_true(event_json(&event, line, limit) <= limit);
        assert_non_null(strstr(line, "...\",\"bytes\":10,\"seconds\":1.234,\"complete\":false}"));
    }
}

static void the_xferlog_is_wu_ftpds(void **state)
{
    (void)state;
    static char text[XFERLOG_ROOM], path[PATH_ROOM];
    struct sockaddr_storage peer;
    assert_true(addr_parse_host("192.0.2.1", &peer));
    struct xferlog_entry entry = { .seconds = 1795497420,
                                   .microseconds = 1500000,
                                   .bytes = 1234,
                                   .peer = &peer,
                                   .path = "/a b\n\xc3\xa9",
                                   .user = "al ice",
                                   .direction = XFERLOG_IN,
                                   .complete = true };
    const size_t length = xferlog_line(&entry, XFERLOG_ROOM, text);
    assert_string_equal(
        text, "Tue Nov 24 05:17:00 2026 2 192.0.2.1 1234 /a_b_\xc3\xa9 b _ i r al_ice ftp 0 * c\n");
    assert_int_equal(length, strlen(text));
    entry = (struct xferlog_entry){ .seconds = 951782400,
                                    .bytes = 1234,
                                    .peer = &peer,
                                    .path = "/a b\n\xc3\xa9",
                                    .user = "bob",
                                    .direction = XFERLOG_OUT,
                                    .ascii = true };
    (void)xferlog_line(&entry, XFERLOG_ROOM, text);
    assert_string_equal(
        text, "Tue Feb 29 00:00:00 2000 1 192.0.2.1 1234 /a_b_\xc3\xa9 a _ o r bob ftp 0 * i\n");
    entry.path = "/\xc2\x85\xe2\x80\xae\x9b.";
    (void)xferlog_line(&entry, XFERLOG_ROOM, text);
    assert_non_null(strstr(text, " /___. a _ o "));
    entry.direction = XFERLOG_DELETED;
    (void)xferlog_line(&entry, XFERLOG_ROOM, text);
    assert_non_null(strstr(text, " /___. a _ d r bob "));
    memset(path, '/', sizeof path - 1);
    entry.path = path;
    assert_true(xferlog_line(&entry, 1024, text) < 1024);
    assert_non_null(strstr(text, "// a _ d r bob ftp 0 * i\n"));
    (void)xferlog_line(&entry, XFERLOG_ROOM, text);
    assert_non_null(strstr(text, "// a _ d r bob ftp 0 * i\n"));
}

/* ---- sinks ---- */

static void a_full_disk_costs_lines_and_says_so(void **state)
{
    (void)state;
    struct sink sink = { .fd = SINK_CLOSED };
    char text[16] = "line";
    int error;
    const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    const int file = memfd_create("log", MFD_CLOEXEC);
    if (full < 0)
        skip();
    sink_open(&sink, full, false);
    assert_false(sink_write(&sink, LOG_LEVEL_INFO, 1, text, 4));
    assert_false(sink_write(&sink, LOG_LEVEL_INFO, 1, text, 4));
    sink_open(&sink, file, false);
    assert_true(sink_write(&sink, LOG_LEVEL_INFO, 1, text, 4));
    assert_int_equal(sink_take_lost(&sink, &error), 2);
    assert_int_equal(error, ENOSPC);
    assert_int_equal(sink_take_lost(&sink, &error), 0);
    memset(text, 0, sizeof text);
    assert_int_equal(pread(file, text, sizeof text, 0), 5);
    assert_string_equal(text, "line\n");
    sink_open(&sink, SINK_CLOSED, false);
    assert_true(sink_write(&sink, LOG_LEVEL_INFO, 1, text, 4)); /* "none" loses nothing */
}

/* A pipe without a reader must not hold the scribe up. */
static void a_stuck_stream_costs_lines(void **state)
{
    (void)state;
    struct sink sink = { .fd = SINK_CLOSED };
    static char text[8192];
    int ends[2], lost = 0;
    memset(text, 'x', sizeof text);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    sink_open(&sink, ends[1], false);
    assert_int_equal(sink.kind, SINK_STREAM);
    for (int i = 0; i < 40; i++)
        lost += !sink_write(&sink, LOG_LEVEL_INFO, 1, text, 8000);
    assert_true(lost > 20 && (uint64_t)lost == sink.lost);
    while (sink.stuck || lost) {
        assert_true(read(ends[0], text, sizeof text) > 0);
        if (sink_write(&sink, LOG_LEVEL_INFO, 1, text, 10))
            break;
    }
    assert_false(sink.torn);
    sink_open(&sink, SINK_CLOSED, false);
    close(ends[0]);
}

static void syslog_has_priority_and_tag(void **state)
{
    (void)state;
    struct sink sink = { .fd = SINK_CLOSED };
    char text[16] = "a line", got[64] = "";
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
    sink_open(&sink, ends[0], true);
    assert_true(sink_write(&sink, LOG_LEVEL_WARNING, 77, text, 6));
    assert_int_equal(recv(ends[1], got, sizeof got, 0), strlen("<92>wardftpd[77]: a line"));
    assert_string_equal(got, "<92>wardftpd[77]: a line");
    close(ends[1]);
    assert_false(sink_write(&sink, LOG_LEVEL_WARNING, 77, text, 6));
    assert_true(sink.dead);
    sink_open(&sink, SINK_CLOSED, false);
}

/* ---- the whole scribe ---- */

struct running {
    pid_t pid;
    int master, own, auth, net, jail;
    int log; /* a memfd */
};

static void complain(void *context, bool fatal, const char *text)
{
    (void)context;
    (void)fatal;
    print_message("%s\n", text);
}

static _Noreturn void be_scribe(int master)
{
    const struct config_override overrides[] = { { "daemon.log_level=debug" },
                                                 { "daemon.log=stderr" } };
    struct config *config = config_load(NULL, overrides, COUNT(overrides), complain, NULL);
    if (!config || dup2(master, FD_MASTER) < 0)
        _exit(99);
    (void)close_range(FD_MASTER + 1, ~0U, 0);
    scribe_run(config);
}

static void tell(const struct running *run, const void *message, size_t size, int fd)
{
    assert_int_equal(channel_send_fd(run->master, message, size, fd, 0), 0);
}

static int add_channel(const struct running *run, uint64_t cell, uint32_t end, int32_t pid)
{
    const struct fm_cell message = { .head.type = FM_CELL, .cell = cell, .end = end, .pid = pid };
    int ends[2];
    assert_int_equal(channel_pair(ends, sizeof(struct scribe_transfer)), 0);
    tell(run, &message, sizeof message, ends[1]);
    close(ends[1]);
    return ends[0];
}

static void add_client(const struct running *run, uint64_t cell, uint64_t session)
{
    struct fm_address message = { .head.type = FM_ADDRESS,
                                  .cell = cell,
                                  .session = session,
                                  .accepted_ms = now_ms(),
                                  .local.ss_family = AF_INET };
    assert_true(addr_parse_host("192.0.2.1", &message.peer));
    message.local = message.peer;
    tell(run, &message, sizeof message, -1);
}

static void give_log(const struct running *run, int fd, uint32_t which)
{
    const struct fm_file_message message = { .head.type = FM_FILE, .which = which };
    tell(run, &message, sizeof message, fd);
}

/* Until the scribe has handled all that the master has sent: a message of the end of a pipe, which
 * it closes, as it knows no such file.  Its other channels have no order with the master's. */
static void await_master(const struct running *run)
{
    int ends[2];
    char byte;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    give_log(run, ends[1], UINT32_MAX);
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 0);
    close(ends[0]);
}

static void start(struct running *run)
{
    int ends[2];
    assert_int_equal(channel_pair(ends, 0), 0);
    run->pid = fork();
    assert_true(run->pid >= 0);
    if (run->pid == 0)
        be_scribe(ends[1]);
    close(ends[1]);
    run->master = ends[0];
    run->log = memfd_create("log", MFD_CLOEXEC);
    give_log(run, run->log, FM_FILE_LOG);
    run->own = add_channel(run, 0, FM_END_MASTER, 40);
    run->auth = add_channel(run, 0, FM_END_SHARED + SHARED_AUTH, 41);
    run->net = add_channel(run, 7, FM_END_NET, 42);
    run->jail = add_channel(run, 7, FM_END_JAIL, 43);
    add_client(run, 7, 5);
}

static void close_one(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* The master goes first, as after a kill -9: the scribe serves to the last channel's end. */
static void stop(struct running *run)
{
    int status;
    close_one(&run->master);
    close_one(&run->net);
    close_one(&run->jail);
    close_one(&run->auth);
    close_one(&run->own);
    assert_int_equal(waitpid(run->pid, &status, 0), run->pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* The log without its times, and without a line that is being written. */
static const char *log_text(const struct running *run)
{
    static char text[1 << 20], raw[1 << 20];
    const ssize_t n = pread(run->log, raw, sizeof raw - 1, 0);
    char *to = text;
    assert_true(n >= 0);
    raw[n] = '\0';
    for (char *at = raw; strchr(at, '\n');) {
        const size_t length = strcspn(at, "\n") + 1;
        assert_true(length > EVENT_TIME_ROOM - 15 && at[23] == 'Z');
        memcpy(to, at + 25, length - 25);
        to += length - 25;
        at += length;
    }
    *to = '\0';
    return text;
}

/* Until the log has it, for at most a minute. */
static void await(const struct running *run, const char *what)
{
    const int64_t deadline = now_ms() + 60000;
    const struct timespec pause = { .tv_nsec = 2000000 };
    while (!strstr(log_text(run), what)) {
        if (now_ms() > deadline)
            fail_msg("not logged: %s\n%s", what, log_text(run));
        nanosleep(&pause, NULL);
    }
}

static void send_note(int channel, uint64_t cell, const char *text)
{
    struct scribe_note note = { .head.type = SCRIBE_NOTE, .cell = cell, .level = LOG_LEVEL_INFO };
    assert_true(text_copy(note.text, sizeof note.text, text));
    assert_int_equal(
        channel_send(channel, &note, message_size(offsetof(struct scribe_note, text), text), 0), 0);
}

static void send_login(const struct running *run, int channel, const char *name, uint32_t refusal)
{
    struct scribe_login login = { .head.type = SCRIBE_LOGIN, .cell = 7, .refusal = refusal };
    (void)run;
    assert_true(text_copy(login.name, sizeof login.name, name));
    assert_int_equal(channel_send(channel, &login, sizeof login, 0), 0);
}

static void send_transfer(int channel, const char *path)
{
    static struct scribe_transfer transfer = { .head.type = SCRIBE_TRANSFER,
                                               .bytes = 2000,
                                               .microseconds = 500000,
                                               .kind = TRANSFER_DOWNLOAD,
                                               .complete = 1,
                                               .reply = 226 };
    assert_true(text_copy(transfer.path, sizeof transfer.path, path));
    assert_int_equal(channel_send(channel, &transfer,
                                  message_size(offsetof(struct scribe_transfer, path), path), 0),
                     0);
}

static void send_head(int channel, uint32_t type)
{
    const struct message_head head = { .type = type };
    assert_int_equal(channel_send(channel, &head, sizeof head, 0), 0);
}

static void send_left(int channel, uint32_t reason)
{
    const struct scribe_left left = {
        .head.type = SCRIBE_LEFT, .reason = reason, .files_down = 1, .bytes_down = 2000
    };
    assert_int_equal(channel_send(channel, &left, sizeof left, 0), 0);
}

static void a_session_leaves_its_lines(void **state)
{
    (void)state;
    struct running run;
    start(&run);
    send_head(run.net, SCRIBE_GREETED);
    send_login(&run, run.auth, "al\" reason=none\n", REFUSED_PASSWORD);
    send_login(&run, run.auth, "alice", REFUSED_NOT);
    send_transfer(run.net, "/a\nb"); /* perhaps read before auth's: the scribe must look there */
    await(&run, "download");
    send_note(run.jail, 99, "hello\nuser=\"root\"");
    await(&run, "hello");
    send_note(run.auth, 7, "about it");
    await(&run, "about it");
    send_note(run.own, 0, "mine");
    await(&run, "mine");
    send_left(run.net, LEFT_QUIT);
    await(&run, "reason=quit");
    stop(&run);
    char *text = strdup(log_text(&run));
    char *seconds = strstr(text, "quit seconds=");
    assert_non_null(seconds);
    seconds = strchr(seconds, '=') + 1;
    memmove(seconds, strchr(seconds, ' '), strlen(strchr(seconds, ' ')) + 1);
    assert_string_equal(
        text,
        "info session=5 pid=42 address=192.0.2.1 connect listener=\"default\"\n"
        "warning login refused: address=192.0.2.1 user=\"al\\x22 reason=none\\x0a\" "
        "reason=password session=5 pid=42\n"
        "info session=5 pid=42 address=192.0.2.1 user=\"alice\" login tls=no\n"
        "info session=5 pid=42 address=192.0.2.1 user=\"alice\" download path=\"/a\\x0ab\" "
        "bytes=2000 "
        "seconds=0.500 rate=4000 complete reply=226\n"
        "info process=jail process_pid=43 session=5 pid=42 address=192.0.2.1 user=\"alice\" note: "
        "hello\\x0auser=\"root\"\n"
        "info process=auth process_pid=41 session=5 pid=42 address=192.0.2.1 user=\"alice\" note: "
        "about it\n"
        "info process=master pid=40 note: mine\n"
        "info session=5 pid=42 address=192.0.2.1 user=\"alice\" leave reason=quit seconds= "
        "files_up=0 "
        "bytes_up=0 files_down=1 bytes_down=2000\n");
    free(text);
    close(run.log);
}

/* Law M2: who connects and leaves at once costs one line, of level debug. */
static void a_probe_leaves_one_debug_line(void **state)
{
    (void)state;
    struct running run;
    int status;
    start(&run);
    /* It reads both at once, however long this process waits between them. */
    assert_int_equal(kill(run.pid, SIGSTOP), 0);
    assert_int_equal(waitpid(run.pid, &status, WUNTRACED), run.pid);
    send_head(run.net, SCRIBE_GREETED);
    send_left(run.net, LEFT_CLOSED);
    assert_int_equal(kill(run.pid, SIGCONT), 0);
    stop(&run);
    assert_non_null(
        strstr(log_text(&run), "debug session=5 pid=42 address=192.0.2.1 probe reason=closed"));
    assert_null(strstr(log_text(&run), "connect"));
    close(run.log);
}

static void who_stays_is_told_of(void **state)
{
    (void)state;
    struct running run;
    start(&run);
    send_head(run.net, SCRIBE_GREETED);
    await(&run, "info session=5 pid=42 address=192.0.2.1 connect");
    close_one(&run.net);
    await(&run, "leave reason=died");
    stop(&run);
    close(run.log);
}

/* Is the other end gone?  Waits for it; the test's own time limit is the deadline. */
static bool is_ended(int channel)
{
    char byte;
    return channel_receive(channel, &byte, 1, 0) <= 0;
}

/* Its TLS handshake, say, is logged after the connection, not before it. */
static void the_connection_is_told_of_first(void **state)
{
    (void)state;
    struct running run;
    start(&run);
    send_head(run.net, SCRIBE_GREETED);
    send_note(run.net, 0, "a handshake");
    await(&run, "info session=5 pid=42 address=192.0.2.1 connect listener=\"default\"\n"
                "info process=net session=5 pid=42 address=192.0.2.1 note: a handshake\n");
    stop(&run);
    close(run.log);
}

static void cells_may_say_only_what_is_theirs(void **state)
{
    (void)state;
    struct running run;
    start(&run);
    send_login(&run, run.net, "root", REFUSED_NOT);
    assert_true(is_ended(run.net));
    await(&run, "border violation: net to scribe: out of turn");
    send_transfer(run.jail, "/x");
    assert_true(is_ended(run.jail));
    await(&run, "border violation: jail to scribe: out of turn");
    assert_null(strstr(log_text(&run), "root"));
    send_note(run.auth, 0, "others go on");
    await(&run, "others go on");
    stop(&run);
    close(run.log);
}

static void what_makes_no_sense_ends_the_channel(void **state)
{
    (void)state;
    struct running run;
    start(&run);
    send_transfer(run.net, "/x");
    assert_true(is_ended(run.net));
    await(&run, "border violation: net to scribe: a record before the log-in");
    stop(&run);
    close(run.log);
    start(&run);
    send_left(run.net, 99);
    assert_true(is_ended(run.net));
    await(&run, "border violation: net to scribe: invalid reason");
    static const char junk[3] = "xx";
    assert_int_equal(channel_send(run.jail, junk, sizeof junk, 0), 0);
    assert_true(is_ended(run.jail));
    await(&run, "border violation: jail to scribe: shorter than its head");
    stop(&run);
    close(run.log);
}

static size_t count_of(const char *text, const char *what)
{
    size_t count = 0;
    for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
        count++;
    return count;
}

/* The records that all lines about left out ones count.  On a machine that is too slow to log all
 * within ten seconds there are several. */
static size_t left_out(const char *text, const char *about, int64_t began)
{
    size_t sum = 0, lines = 0;
    for (const char *at = strstr(text, about); at; at = strstr(at + 1, about), lines++)
        sum += strtoul(at + strlen(about), NULL, 10);
    if (now_ms() - began < 10000)
        assert_true(lines <= 1);
    assert_int_equal(count_of(text, "left out"), lines);
    return sum;
}

static void notes_are_rationed_and_counted_in_one_line(void **state)
{
    (void)state;
    enum { NOTES = 4000 };
    struct running run;
    const int64_t began = now_ms();
    start(&run);
    send_login(&run, run.auth, "alice", REFUSED_NOT);
    await(&run, " login");
    for (int i = 0; i < NOTES; i++)
        send_note(run.net, 0, "flood");
    send_note(run.auth, 0, "not starved");
    send_transfer(run.net, "/t");
    stop(&run);
    const char *text = log_text(&run);
    const size_t written = count_of(text, "note: flood");
    assert_true(written >= 1000);
    if (written == NOTES) {
        assert_true(now_ms() - began > 10000); /* a machine too slow to flood */
        skip();
    }
    assert_non_null(strstr(text, " notes\n"));
    assert_int_equal(left_out(text, "may log: ", began), NOTES - written);
    assert_int_equal(count_of(text, "download path=\"/t\""), 1);
    assert_int_equal(count_of(text, "not starved"), 1);
    close(run.log);
}

/* A note of another process about a session is the session's doing. */
static void other_processes_notes_are_rationed_by_session(void **state)
{
    (void)state;
    struct running run;
    start(&run);
    for (int i = 0; i < 3000; i++)
        send_note(run.auth, 7, "it asks again");
    send_note(run.net, 0, "my own");
    await(&run, "my own");
    stop(&run);
    const char *text = log_text(&run);
    assert_int_equal(count_of(text, "it asks again") < 3000,
                     strstr(text, " notes of other processes\n") != NULL);
    close(run.log);
}

static void send_refused(const struct running *run, const char *address)
{
    struct scribe_refused refused = { .head.type = SCRIBE_REFUSED,
                                      .limit = LIMIT_SESSIONS,
                                      .reply = "421 Too many; try again later." };
    assert_true(addr_parse_host(address, &refused.peer));
    assert_int_equal(
        channel_send(run->own, &refused,
                     message_size(offsetof(struct scribe_refused, reply), refused.reply), 0),
        0);
}

static void refused_connections_are_rationed_by_address(void **state)
{
    (void)state;
    enum { BURST = 200, EACH_SECOND = 20, SENT = 1000 };
    struct running run;
    const int64_t began = now_ms();
    start(&run);
    /* one /64 */
    for (int i = 0; i < SENT; i++)
        send_refused(&run, i % 2 ? "2001:db8::1" : "2001:db8::2");
    send_refused(&run, "198.51.100.1");
    await(&run, "info address=198.51.100.1 refused reply=\"421 Too many; try again later.\" "
                "limit=max_sessions\n");
    stop(&run);
    const size_t written = count_of(log_text(&run), "refused reply=") - 1;
    const int64_t seconds = (now_ms() - began) / 1000 + 1;
    assert_true(written <= (size_t)(BURST + EACH_SECOND * seconds));
    assert_int_equal(left_out(log_text(&run), "may log: address=2001:db8:: ", began),
                     SENT - written);
    close(run.log);
}

static void a_password_behind_the_name_is_masked(void **state)
{
    (void)state;
    struct running run;
    start(&run);
    send_login(&run, run.auth, "bob PASS secret", REFUSED_UNKNOWN);
    send_login(&run, run.auth, "bob pass a b", REFUSED_UNKNOWN);
    await(&run, "user=\"bob pass ****\"");
    assert_non_null(strstr(log_text(&run), "user=\"bob PASS ****\""));
    assert_null(strstr(log_text(&run), "secret"));
    stop(&run);
    close(run.log);
}

/* The syslog daemon was restarted: its socket is dead, the master opens a new one. */
/* The next message to the master, other than counts.  Its type, or -errno. */
static int next_to_master(const struct running *run, int flags)
{
    union {
        struct message_head head;
        struct counts counts;
    } message;
    ssize_t n;
    do
        n = channel_receive(run->master, &message, sizeof message, flags);
    while (n == (ssize_t)sizeof message.counts && message.head.type == TM_COUNTS);
    return n < 0 ? (int)n : (int)message.head.type;
}

static void report_login_of(int auth, enum refusal refusal)
{
    const struct scribe_login login = { .head.type = SCRIBE_LOGIN,
                                        .cell = 7,
                                        .milliseconds = 30,
                                        .refusal = refusal,
                                        .name = "alice" };
    assert_int_equal(channel_send(auth, &login, sizeof login, 0), 0);
}

/* Counts as the master keeps them for the next scribe. */
static void counts_go_on_from_those_of_an_earlier_scribe(void **state)
{
    (void)state;
    struct running run;
    struct counts counts = { .head.type = FM_COUNTS };
    start(&run);
    counts.values[METRIC_LOGINS] = 41;
    counts.values[METRIC_LOGIN_FAILURES + REFUSED_PASSWORD] = 5;
    counts.values[METRIC_LOGIN_SECONDS + METRIC_SUM] = 1000000;
    assert_int_equal(channel_send(run.master, &counts, sizeof counts, 0), 0);
    report_login_of(run.auth, REFUSED_NOT);
    do {
        assert_int_equal(channel_receive(run.master, &counts, sizeof counts, 0), sizeof counts);
        assert_int_equal(counts.head.type, TM_COUNTS);
    } while (counts.values[METRIC_LOGINS] < 42);
    assert_int_equal(counts.values[METRIC_LOGINS], 42);
    assert_int_equal(counts.values[METRIC_LOGIN_FAILURES + REFUSED_PASSWORD], 5);
    assert_int_equal(counts.values[METRIC_LOGIN_SECONDS + METRIC_SUM], 1030000);
    /* 30 ms: over the bound of 25, within that of 50 */
    assert_int_equal(counts.values[METRIC_LOGIN_SECONDS + 3], 1);
    stop(&run);
}

static void a_dead_syslog_is_asked_for_again(void **state)
{
    (void)state;
    struct running run;
    int ends[2];
    char got[512] = "";
    const int64_t began = now_ms();
    start(&run);
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
    give_log(&run, ends[0], FM_FILE_SYSLOG);
    close(ends[0]);
    close(ends[1]);
    for (int i = 0; i < 5; i++)
        send_note(run.auth, 0, "lost");
    assert_int_equal(next_to_master(&run, 0), TM_REOPEN);
    send_note(run.auth, 7, "the last that is lost");
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
    give_log(&run, ends[0], FM_FILE_SYSLOG);
    close(ends[0]);
    send_note(run.own, 0, "back");
    /* What was lost is reported after the first line that goes through. */
    while (!strstr(got, " lines of the log were lost: ")) {
        memset(got, 0, sizeof got);
        assert_true(recv(ends[1], got, sizeof got - 1, 0) > 0);
    }
    assert_non_null(strstr(got, "<91>wardftpd["));
    /* once a second */
    const int again = next_to_master(&run, MSG_DONTWAIT);
    if (now_ms() - began < 1000)
        assert_int_equal(again, -EAGAIN);
    stop(&run);
    close(ends[1]);
    close(run.log);
}

static void configure(const struct running *run, const struct config_override *overrides,
                      size_t count)
{
    const struct message_head head = { .type = FM_CONFIG };
    struct config *config = config_load(NULL, overrides, count, complain, NULL);
    assert_non_null(config);
    const int fd = config_to_fd(config);
    tell(run, &head, sizeof head, fd);
    close(fd);
    free(config);
}

/* At a rotation, and when the scribe ends. */
static void the_head_of_a_chained_log_goes_to_syslog(void **state)
{
    (void)state;
    const struct config_override overrides[] = { { "daemon.log=/log" },
                                                 { "daemon.log_chain=yes" } };
    struct running run;
    int ends[2];
    char got[512] = "", hex[LOG_CHAIN_HEX + 1] = "";
    start(&run);
    configure(&run, overrides, COUNT(overrides));
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
    give_log(&run, ends[0], FM_FILE_HEADS);
    close(ends[0]);
    send_note(run.own, 0, "one");
    await(&run, "note: one seq=2 chain=");
    assert_int_equal(sscanf(strstr(log_text(&run), "note: one seq=2 chain=") + 22, "%64s", hex), 1);
    const int next = memfd_create("next", MFD_CLOEXEC);
    give_log(&run, next, FM_FILE_LOG);
    assert_true(recv(ends[1], got, sizeof got - 1, 0) > 0);
    assert_non_null(strstr(got, "head of the log's chain: seq=2 chain="));
    assert_non_null(strstr(got, hex));
    close(run.log);
    run.log = next;
    send_note(run.own, 0, "two");
    await(&run, "note: two seq=3 chain=");
    stop(&run);
    memset(got, 0, sizeof got);
    assert_true(recv(ends[1], got, sizeof got - 1, 0) > 0);
    /* with what the end of its session added */
    assert_non_null(strstr(got, "head of the log's chain: seq="));
    close(ends[1]);
    close(run.log);
}

/* A deletion is JAIL's word, and comes before the end of the session, whichever channel is read
 * first. */
static void a_jail_reports_changes(void **state)
{
    (void)state;
    static struct scribe_change change = { .head.type = SCRIBE_CHANGE,
                                           .event = EVENT_DELETE,
                                           .bytes = 7 };
    struct running run;
    start(&run);
    send_login(&run, run.auth, "alice", REFUSED_NOT);
    await(&run, " login");
    assert_true(text_copy(change.paths, sizeof change.paths, "/a\nb"));
    const size_t size = message_size(offsetof(struct scribe_change, paths), change.paths);
    for (int i = 0; i < 100; i++)
        assert_int_equal(channel_send(run.jail, &change, size, 0), 0);
    send_left(run.net, LEFT_QUIT);
    await(&run, "leave reason=quit");
    assert_int_equal(count_of(log_text(&run), "delete path=\"/a\\x0ab\" bytes=7\n"), 100);
    assert_int_equal(channel_send(run.net, &change, size, 0), 0);
    assert_true(is_ended(run.net));
    await(&run, "border violation: net to scribe: out of turn");
    stop(&run);
    close(run.log);
}

static void a_new_configuration_counts(void **state)
{
    (void)state;
    const struct config_override overrides[] = { { "daemon.log_level=error" } };
    struct running run;
    start(&run);
    send_note(run.own, 0, "before");
    await(&run, "before");
    configure(&run, overrides, COUNT(overrides));
    await_master(&run); /* it may still be reading the channel of the notes */
    send_note(run.own, 0, "after");
    send_login(&run, run.net, "x", 0); /* an error, which is still logged */
    await(&run, "border violation");
    stop(&run);
    assert_null(strstr(log_text(&run), "after"));
    close(run.log);
}

/* ---- lines for another test ---- */

static int print_lines(void)
{
    static const char *const names[] = {
        "bob",
        "",
        "a b",
        "x\" reason=none session=1",
        "login refused: address=198.51.100.7 user=\"y\" reason=password session=1",
        "a\nlogin refused: address=198.51.100.7 user=\"y\" reason=password session=1",
        "\\\"",
        "\xff\xfe\"",
        "caf\xc3\xa9",
        "\x1b[31m",
        "%s%n",
        "anonymous"
    };
    for (size_t i = 0; i < COUNT(names); i++) {
        const struct event event = refused(names[i]);
        (void)event_text(&event, true, line, EVENT_LIMIT);
        printf("%s\n", line);
        (void)event_text(&event, false, line, EVENT_LIMIT);
        printf("Nov 24 05:17:00 host wardftpd[345]: %s\n", line);
        (void)event_json(&event, line, EVENT_LIMIT);
        printf("%s\n", line);
        const struct event other = upload(names[i]);
        (void)event_text(&other, true, line, EVENT_LIMIT);
        printf("%s\n", line);
        (void)event_json(&other, line, EVENT_LIMIT);
        printf("%s\n", line);
    }
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_form_is_as_documented),
        cmocka_unit_test(the_json_form_is_as_documented),
        cmocka_unit_test(a_refused_login_has_its_fixed_form),
        cmocka_unit_test(strings_are_escaped_whatever_their_bytes),
        cmocka_unit_test(long_strings_are_cut_and_what_follows_stays),
        cmocka_unit_test(the_xferlog_is_wu_ftpds),
        cmocka_unit_test(a_full_disk_costs_lines_and_says_so),
        cmocka_unit_test(a_stuck_stream_costs_lines),
        cmocka_unit_test(syslog_has_priority_and_tag),
        cmocka_unit_test(a_session_leaves_its_lines),
        cmocka_unit_test(a_probe_leaves_one_debug_line),
        cmocka_unit_test(who_stays_is_told_of),
        cmocka_unit_test(the_connection_is_told_of_first),
        cmocka_unit_test(cells_may_say_only_what_is_theirs),
        cmocka_unit_test(what_makes_no_sense_ends_the_channel),
        cmocka_unit_test(notes_are_rationed_and_counted_in_one_line),
        cmocka_unit_test(other_processes_notes_are_rationed_by_session),
        cmocka_unit_test(refused_connections_are_rationed_by_address),
        cmocka_unit_test(a_password_behind_the_name_is_masked),
        cmocka_unit_test(a_dead_syslog_is_asked_for_again),
        cmocka_unit_test(counts_go_on_from_those_of_an_earlier_scribe),
        cmocka_unit_test(a_new_configuration_counts),
        cmocka_unit_test(the_head_of_a_chained_log_goes_to_syslog),
        cmocka_unit_test(a_jail_reports_changes),
    };
    if (argc == 2 && strcmp(argv[1], "--lines") == 0)
        return print_lines();
    (void)alarm(120); /* a scribe that hangs must not hang the suite */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
