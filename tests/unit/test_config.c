/* SPDX-License-Identifier: BSD-2-Clause */
/* test_config.c - the configuration: its table, its defaults, every fault in
 * its exact words, policies, overrides, and the image in a memfd. */
#include "common/addr.h"
#include "common/text.h"
#include "daemon/protocol/to_scribe.h"
#include "daemon/config/config.h"
#include "daemon/config/table.h"
#include "daemon/config/types.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

struct heard {
    unsigned fatal, warnings;
    char text[16384]; /* "E line\n" and "W line\n" */
};

static void hear(void *context, bool fatal, const char *line)
{
    struct heard *heard = context;
    const size_t length = strlen(heard->text);
    *(fatal ? &heard->fatal : &heard->warnings) += 1;
    (void)snprintf(heard->text + length, sizeof heard->text - length, "%s %s\n", fatal ? "E" : "W",
                   line);
}

/* What the group file holds; NULL: the key group_file is left alone. */
static const char *group_text;

static void write_group_file(const char *path)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(group_text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void need_root_for_groups(void)
{
    if (!group_text || geteuid() == 0)
        return;
    print_message("skipped: the group file has to be root's\n");
    skip();
}

/* Writes n bytes to a file of its own, "f" in the messages, and loads it. */
static struct config *load_bytes(const char *bytes, size_t n, const char *const *overrides,
                                 struct heard *heard)
{
    char directory[] = "/tmp/test_config.XXXXXX", groups[64];
    struct config_override list[9];
    size_t count = 0;
    need_root_for_groups();
    assert_non_null(mkdtemp(directory));
    const int before = open(".", O_RDONLY | O_DIRECTORY);
    assert_true(before >= 0);
    assert_int_equal(chdir(directory), 0);
    FILE *file = fopen("f", "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
    while (overrides && overrides[count]) {
        list[count].text = overrides[count];
        count++;
    }
    if (group_text) {
        (void)text_format(groups, sizeof groups, "daemon.group_file=%s/g", directory);
        list[count++].text = groups;
        write_group_file("g");
    }
    memset(heard, 0, sizeof *heard);
    struct config *config = config_load("f", list, count, hear, heard);
    assert_int_equal(unlink("f"), 0);
    assert_int_equal(group_text ? unlink("g") : 0, 0);
    assert_int_equal(fchdir(before), 0);
    assert_int_equal(close(before), 0);
    assert_int_equal(rmdir(directory), 0);
    return config;
}

static struct config *load(const char *text, struct heard *heard)
{
    return load_bytes(text, strlen(text), NULL, heard);
}

static struct config *load_good(const char *text)
{
    struct heard heard;
    struct config *config = load(text, &heard);
    if (!config || heard.fatal || heard.warnings) {
        fail_msg("not taken: %s\n%s", text, heard.text);
        abort(); /* fail_msg has jumped away; analysers don't know */
    }
    return config;
}

static void expect_heard(const char *text, const char *said)
{
    struct heard heard;
    struct config *config = load(text, &heard);
    if (strcmp(heard.text, said) != 0)
        fail_msg("of:\n%s\nwas said:\n%snot:\n%s", text, heard.text, said);
    assert_int_equal(config == NULL, heard.fatal > 0);
    free(config);
}

static const char *address(const struct sockaddr_storage *address, char text[ADDR_TEXT_ROOM])
{
    return addr_text(address, text);
}

/* ---- the table ---- */

static size_t number_room(enum option_type type)
{
    switch (type) {
    case TYPE_NUMBER:
    case TYPE_OCTAL:
    case TYPE_ACTIVE_PORT:
    case TYPE_DATA_RESUME:
    case TYPE_RESUME_USER:
    case TYPE_LOG_FORMAT:
    case TYPE_LOG_LEVEL:
    case TYPE_SANDBOX:
    case TYPE_TITLES:
    case TYPE_TLS_LISTENER:
    case TYPE_TLS_MODE:
    case TYPE_TLS_USER:
    case TYPE_TLS_VERSION:
    case TYPE_UPLOADS:
    case TYPE_FAILED_UPLOADS:
        return sizeof(uint32_t);
    case TYPE_RATE:
    case TYPE_SPACE:
        return sizeof(uint64_t);
    case TYPE_BOOL:
        return sizeof(bool);
    case TYPE_PORTS:
        return sizeof(struct port_range);
    default:
        return 0;
    }
}

static void every_row_fits_its_field(void **state)
{
    (void)state;
    size_t policies = 0;
    for (size_t i = 0; i < option_count; i++) {
        const struct option_row *row = &option_rows[i];
        const size_t room = number_room(row->type);
        if (room && row->room != room)
            fail_msg("%s: its type writes %zu bytes, its field has %zu", row->key, room, row->room);
        if (row->type == TYPE_NUMBER)
            assert_true(row->most <= UINT32_MAX && row->least <= row->most);
        if (row->type == TYPE_PATH || row->type == TYPE_TEXT || row->type == TYPE_LINES ||
            row->type == TYPE_FILE_NAME || row->type == TYPE_ACCOUNT || row->type == TYPE_ZONE)
            assert_true(row->most < row->room);
        assert_int_equal(option_find(row->block, row->key), i); /* no key twice in a block */
        assert_true(*row->help && row->help[strlen(row->help) - 1] == '.');
        policies += row->block == BLOCK_POLICY;
    }
    assert_true(policies <= 64);
}

/* ---- defaults ---- */

static void expect_daemon_defaults(const struct config *c)
{
    assert_string_equal(c->user_file, "/etc/wardftpd/passwd");
    assert_string_equal(c->net_user, "wardftpd");
    assert_string_equal(c->jail_user, "wardftpd-jail");
    assert_string_equal(c->auth_user, "wardftpd-auth");
    assert_string_equal(c->dialer_user, "wardftpd-dialer");
    assert_string_equal(c->keeper_user, "wardftpd-keeper");
    assert_string_equal(c->scribe_user, "wardftpd-scribe");
    assert_int_equal(c->minimum_uid, 500);
    assert_string_equal(c->pid_file, "/run/wardftpd/wardftpd.pid");
    assert_string_equal(c->control_socket, "/run/wardftpd/control");
    assert_string_equal(c->state_directory, "/var/lib/wardftpd");
    assert_string_equal(c->empty_root, "/run/wardftpd/empty");
    assert_string_equal(c->log, "syslog");
    assert_int_equal(c->log_format, LOG_TEXT);
    assert_int_equal(c->log_level, LOG_LEVEL_INFO);
    assert_string_equal(c->xferlog, "");
    assert_int_equal(c->pool_min, 8);
    assert_int_equal(c->pool_max, 64);
    assert_int_equal(c->max_sessions, 1000);
    assert_int_equal(c->max_sessions_per_address, 50);
    assert_int_equal(c->login_timeout, 60);
    assert_int_equal(c->idle_timeout, 300);
    assert_int_equal(c->data_timeout, 120);
    assert_int_equal(c->connect_timeout, 30);
    assert_int_equal(c->stop_timeout, 60);
    assert_int_equal(c->max_login_failures, 3);
    assert_int_equal(c->ban_after, 20);
    assert_int_equal(c->ban_window, 600);
    assert_int_equal(c->ban_time, 600);
    assert_int_equal(c->auth_concurrency, 0);
    assert_int_equal(c->sandbox, SANDBOX_STRICT);
}

static void expect_other_defaults(const struct config *c)
{
    assert_int_equal(c->tls_mode, TLS_OPTIONAL);
    assert_int_equal(c->tls_data, TLS_OPTIONAL);
    assert_string_equal(c->certificate, "/etc/wardftpd/tls/cert.pem");
    assert_string_equal(c->key, "/etc/wardftpd/tls/key.pem");
    assert_int_equal(c->data_resume, RESUME_OFF);
    assert_int_equal(c->minimum_version, TLS_1_2);
    assert_int_equal(c->client_certificate, TLS_OFF);
    assert_string_equal(c->client_ca, "");
    assert_int_equal(c->defaults.umask, 022);
    assert_string_equal(c->defaults.time_zone, "UTC");
    assert_false(c->defaults.hide_dot_files);
    assert_int_equal(c->defaults.uploads, UPLOADS_ATOMIC);
    assert_true(c->defaults.sync_uploads);
    assert_int_equal(c->defaults.max_sessions_per_user, 20);
    assert_false(c->defaults.read_only);
    assert_int_equal(c->defaults.rate_up, 0);
    assert_int_equal(c->defaults.rate_down, 0);
    assert_int_equal(c->defaults.idle_timeout, 0);
    assert_int_equal(c->defaults.tls_mode, TLS_OPTIONAL);
    assert_int_equal(c->defaults.tls_data, TLS_OPTIONAL);
    assert_string_equal(c->defaults.client_subject, "");
    assert_false(c->guests);
    assert_string_equal(c->anonymous.account, "ftp");
    assert_string_equal(c->anonymous.upload_directory, "");
    assert_int_equal(c->policy_count, 0);
    assert_int_equal(c->host_count, 0);
}

static void expect_default_listener(const struct config *c)
{
    char text[ADDR_TEXT_ROOM];
    assert_int_equal(c->listener_count, 1);
    const struct listener_config *listener = &c->listeners[0];
    assert_string_equal(listener->name, "default");
    assert_int_equal(listener->address_count, 2);
    assert_string_equal(address(&listener->addresses[0], text), "0.0.0.0");
    assert_string_equal(address(&listener->addresses[1], text), "::");
    assert_int_equal(addr_port(&listener->addresses[0]), 21);
    assert_int_equal(addr_port(&listener->addresses[1]), 21);
    assert_false(listener->implicit_tls);
    assert_int_equal(listener->tls_mode, TLS_OPTIONAL);
    assert_int_equal(listener->tls_data, TLS_OPTIONAL);
    assert_true(listener->active);
    assert_int_equal(listener->active_port, ACTIVE_ANY);
    assert_int_equal(listener->passive_ports.first, 49152);
    assert_int_equal(listener->passive_ports.last, 65534);
    assert_false(passive_rule_is_set(&listener->passive_address[0]));
}

static void defaults_are_those_of_the_manual(void **state)
{
    (void)state;
    struct heard heard = { 0 };
    struct config *without_file = config_load(NULL, NULL, 0, hear, &heard);
    struct config *empty_file = load_good("");
    assert_non_null(without_file);
    assert_string_equal(heard.text, "");
    expect_daemon_defaults(without_file);
    expect_other_defaults(without_file);
    expect_default_listener(without_file);
    assert_int_equal(without_file->size, empty_file->size);
    assert_memory_equal(without_file, empty_file, empty_file->size);
    free(without_file);
    free(empty_file);
}

/* ---- good files ---- */

static void a_file_is_read(void **state)
{
    (void)state;
    char text[ADDR_TEXT_ROOM];
    struct config *c = load_good("\xef\xbb\xbf# comment\n"
                                 "[daemon] ; behind a heading\r\n"
                                 "  pool_min = 9   ; indented, with a comment\r\n"
                                 "log=/var/log/wardftpd/log\n"
                                 "log_level : debug\n"
                                 "; another\n\n"
                                 "[listener a]\n"
                                 "address = 127.0.0.1:2121 , [::1]:2121\n"
                                 "address = 127.0.0.2:2121\n"
                                 "passive_ports = 1024-65535\n"
                                 "passive_address = 192.0.2.9\n"
                                 "active_port = 20\n"
                                 "[listener b]\n"
                                 "address = 127.0.0.1:2122\n"
                                 "[defaults]\n"
                                 "umask = 0077\n"
                                 "rate_up = 5M\n"
                                 "rate_down = 1500");
    assert_int_equal(c->pool_min, 9);
    assert_string_equal(c->log, "/var/log/wardftpd/log");
    assert_int_equal(c->log_level, LOG_LEVEL_DEBUG);
    assert_int_equal(c->listener_count, 2);
    assert_int_equal(c->listeners[0].address_count, 3);
    assert_string_equal(address(&c->listeners[0].addresses[1], text), "::1");
    assert_string_equal(address(&c->listeners[0].addresses[2], text), "127.0.0.2");
    assert_int_equal(c->listeners[0].passive_address[0].address, htonl(0xc0000209));
    assert_int_equal(c->listeners[0].active_port, ACTIVE_20);
    assert_int_equal(c->listeners[1].address_count, 1);
    assert_int_equal(c->defaults.umask, 077);
    assert_int_equal(c->defaults.rate_up, 5000000);
    assert_int_equal(c->defaults.rate_down, 1500);
    free(c);
}

static void an_empty_listener_section_has_the_defaults(void **state)
{
    (void)state;
    struct config *c = load_good("[listener default]\n");
    expect_default_listener(c);
    free(c);
}

static void the_pool_gives_way_to_max_sessions(void **state)
{
    (void)state;
    struct config *c = load_good("[daemon]\nmax_sessions = 5\n");
    assert_int_equal(c->pool_max, 5);
    assert_int_equal(c->pool_min, 5);
    free(c);
    c = load_good("[daemon]\npool_max = 3\n");
    assert_int_equal(c->pool_min, 3);
    free(c);
    c = load_good("[daemon]\npool_min = 100\n");
    assert_int_equal(c->pool_max, 100);
    free(c);
    expect_heard("[daemon]\nmax_sessions = 5\npool_max = 6\n",
                 "W f:3: daemon.pool_max: 6 is more than max_sessions; 5 is used\n");
}

/* ---- faults ---- */

static const struct {
    const char *text, *said;
} faults[] = {
    { "[damon]\n", "E f:1: [damon]: unknown section (did you mean [daemon]?)\n" },
    { "[zzz]\nkey = 1\n", "E f:1: [zzz]: unknown section\n" },
    { "[listener]\n", "E f:1: [listener]: a name must follow\n" },
    { "[tls server]\n", "E f:1: [tls server]: takes no name\n" },
    { "[daemon]\n[daemon]\n", "E f:2: [daemon]: appears twice, first in line 1\n" },
    { "[user staff]\n[group wardtest]\n[user staff]\nread_only = maybe\n[daemon]\ngroup_file =\n",
      "E f:3: [user staff]: appears twice, first in line 1\n"
      "E f:4: user staff.read_only: \"maybe\" is not yes or no\n"
      "E f:2: [group wardtest]: daemon.group_file is empty, so these rules would apply to no user; "
      "set it to "
      "a "
      "file with the line \"wardtest:x:GID:USER,USER\"\n" },
    { "[daemon\n", "E f:1: a section heading without ]\n" },
    { "[daemon] log = none\n", "E f:1: unexpected text after the ] of a section heading\n" },
    { "log = none\n", "E f:1: log: is before the first [section]\n" },
    { "[daemon]\nnonsense\n", "E f:2: neither a [section], nor key = value, nor a comment\n" },
    { "[daemon]\nnonsense ; with = in a comment\n",
      "E f:2: neither a [section], nor key = value, nor a comment\n" },
    { "[daemon]\nlog_levle = info\n",
      "E f:2: daemon.log_levle: unknown key (did you mean log_level?)\n" },
    { "[daemon]\nquux = info\n", "E f:2: daemon.quux: unknown key\n" },
    { "[daemon]\nuploads = direct\n", "E f:2: daemon.uploads: is a key of [defaults]\n" },
    { "[tls]\nidle_timeout = 3\n", "E f:2: tls.idle_timeout: is a key of [defaults]\n" },
    { "[user alice]\naddress = 1.2.3.4:21\n",
      "E f:2: user alice.address: is a key of [listener]\n" },
    { "[daemon]\nlog = none\n\nlog = stderr\n", "E f:4: daemon.log: set twice, first in line 2\n" },
    { "[daemon]\n  log = none\n  next\n",
      "E f:3: neither a [section], nor key = value, nor a comment\n" },
    { "[daemon]\npool_min =\n",
      "E f:2: daemon.pool_min: \"\" is not a whole number from 1 to 10000\n" },
    { "[daemon]\npool_min = 08x\n",
      "E f:2: daemon.pool_min: \"08x\" is not a whole number from 1 to 10000\n" },
    { "[daemon]\npool_min = -1\n",
      "E f:2: daemon.pool_min: \"-1\" is not a whole number from 1 to 10000\n" },
    { "[daemon]\nminimum_uid = 18446744073709551617\n",
      "E f:2: daemon.minimum_uid: \"18446744073709551617\" is not a whole number from 1 to "
      "4294967294\n" },
    { "[daemon]\nsandbox = strikt\n",
      "E f:2: daemon.sandbox: \"strikt\" is not one of strict, report (did you mean strict?)\n" },
    { "[daemon]\nlog_format = xml\n",
      "E f:2: daemon.log_format: \"xml\" is not one of text, json\n" },
    { "[daemon]\nuser_file = passwd\n",
      "E f:2: daemon.user_file: \"passwd\" is not an absolute path\n" },
    { "[daemon]\nuser_file =\n", "E f:2: daemon.user_file: may not be empty\n" },
    { "[daemon]\nlog = file\n",
      "E f:2: daemon.log: \"file\" is not syslog, stderr, none, or an absolute path\n" },
    { "[daemon]\nnet_user = a b\n",
      "E f:2: daemon.net_user: \"a b\" is not the name of a system account\n" },
    { "[daemon]\nnet_user = a23456789012345678901234567890123\n",
      "E f:2: daemon.net_user: has 33 bytes; at most 32 are allowed\n" },
    { "[daemon]\nbanner = a\tb\n", "E f:2: daemon.banner: has a control character\n" },
    { "[daemon]\npool_min = 9\npool_max = 8\n",
      "E f:2: daemon.pool_min: 9 is more than pool_max, which is 8\n" },
    { "[defaults]\numask = 8\n",
      "E f:2: defaults.umask: \"8\" is not an octal number from 0 to 777\n" },
    { "[defaults]\numask = 1000\n",
      "E f:2: defaults.umask: \"1000\" is not an octal number from 0 to 777\n" },
    { "[defaults]\ntime_zone = Mars/Olympus\n",
      "E f:2: defaults.time_zone: \"Mars/Olympus\" is not a time zone of /usr/share/zoneinfo\n" },
    { "[defaults]\ntime_zone = ../../../etc/passwd\n",
      "E f:2: defaults.time_zone: \"../../../etc/passwd\" is not a time zone of "
      "/usr/share/zoneinfo\n" },
    { "[defaults]\nrate_up = 10T\n", "E f:2: defaults.rate_up: \"10T\" is not a number of bytes up "
                                     "to 1000000000000, or with k, M or G\n" },
    { "[defaults]\nrate_up = 1001G\n", "E f:2: defaults.rate_up: \"1001G\" is not a number of "
                                       "bytes up to 1000000000000, or with k, M or G\n" },
    { "[listener a]\naddress = 21\n", "E f:2: listener a.address: \"21\" is not an address with "
                                      "its port, as 192.0.2.1:21 or [2001:db8::1]:21\n" },
    { "[listener a]\naddress = 1.2.3.4:21,\n",
      "E f:2: listener a.address: \"\" is not an address with its port, as 192.0.2.1:21 or "
      "[2001:db8::1]:21\n" },
    { "[listener a]\npassive_ports = 1023-2000\n", "E f:2: listener a.passive_ports: \"1023-2000\" "
                                                   "is not a range of ports within 1024-65535\n" },
    { "[listener a]\npassive_ports = 3000-2000\n",
      "E f:2: listener a.passive_ports: the range ends before it begins\n" },
    { "[listener a]\npassive_address = 1.2.3.4:21\n",
      "E f:2: listener a.passive_address: \"1.2.3.4:21\" is not an IPv4 address or a host name, "
      "each "
      "with \"NETWORK/BITS: \" before it for the clients of that network, or there are too "
      "many\n" },
    { "[listener a]\npassive_address = 10.0.0.0/8, 10.1.2.3\n",
      "E f:2: listener a.passive_address: \"10.0.0.0/8\" is not an IPv4 address or a host name, "
      "each "
      "with \"NETWORK/BITS: \" before it for the clients of that network, or there are too "
      "many\n" },
    { "[listener a]\npassive_address = 192.0.2.1, 192.0.2.2\n",
      "E f:2: listener a.passive_address: \"192.0.2.2\" is not an IPv4 address or a host name, "
      "each "
      "with \"NETWORK/BITS: \" before it for the clients of that network, or there are too "
      "many\n" },
    { "[listener a]\naddress = 0.0.0.0:21\n[listener b]\naddress = 127.0.0.1:22, 127.0.0.1:21\n",
      "E f:4: listener b.address: 127.0.0.1 port 21 is taken by [listener a] already\n" },
    { "[listener a]\n[listener b]\n",
      "E f:2: listener b.address: 0.0.0.0 port 21 is taken by [listener a] already\n"
      "E f:2: listener b.address: :: port 21 is taken by [listener a] already\n" },
    { "[listener a]\nimplicit_tls = yes\n[tls]\nmode = off\n",
      "E f:2: listener a.implicit_tls: needs TLS, but tls.mode is off\n" },
    { "[tls]\nkey =\n", "E f:1: tls.certificate: needs tls.key\n" },
    { "[tls]\ncertificate =\nkey = /k\n", "E f:3: tls.key: needs tls.certificate\n" },
    { "[tls]\nmode = off\ndata = required\n",
      "E f:3: tls.data: is required, but tls.mode is off\n" },
    { "[tls]\nclient_certificate = required\n",
      "E f:2: tls.client_certificate: needs tls.client_ca\n" },
    { "[tls]\nmode = off\nclient_certificate = optional\nclient_ca = /c\n",
      "E f:3: tls.client_certificate: needs TLS, but tls.mode is off\n" },
    { "[tls]\nmode = optional\nclient_certificate = required\nclient_ca = /c\n",
      "W f:2: tls.mode: required is used, as tls.client_certificate is required\n" },
    { "[listener a]\ntls = optional\n[tls]\nclient_certificate = required\nclient_ca = /c\n",
      "E f:2: listener a.tls: must be required, as tls.client_certificate is\n" },
    { "[listener a]\ntls = required\n[tls]\nmode = off\n",
      "E f:2: listener a.tls: tls.mode is off, which turns TLS off everywhere\n" },
    { "[listener a]\ntls = off\nimplicit_tls = yes\n",
      "E f:2: listener a.tls: is off, but implicit_tls is on\n" },
    { "[listener a]\ntls = off\ntls_data = required\n",
      "E f:3: listener a.tls_data: is required, but TLS is off on this listener\n" },
    { "[user alice]\nclient_subject = CN=alice\n",
      "E f:2: user alice.client_subject: needs tls.client_certificate\n" },
    { "[user alice]\ntls = off\n",
      "E f:2: user alice.tls: \"off\" is not one of optional, required\n" },
    { "[defaults]\ntls = required\ntls_data = required\n[tls]\nmode = off\n",
      "E f:2: defaults.tls: is required, but tls.mode is off\n"
      "E f:3: defaults.tls_data: is required, but TLS is off\n" },
    { "[host a.example]\nkey = /k\n", "E f:2: host a.example.key: needs the host's certificate\n" },
    { "[anonymous]\n", "" },
    { "[anonymous]\naccount =\n", "E f:2: anonymous.account: may not be empty\n" },
    { "[defaults]\naccount = ftp\n", "E f:2: defaults.account: is a key of [anonymous]\n" },
    { "[anonymous]\nupload_directory = incoming\n",
      "E f:2: anonymous.upload_directory: \"incoming\" is not a path from the user's root\n" },
    { "[anonymous]\nupload_directory = /\n",
      "E f:2: anonymous.upload_directory: is the root: guests could read nothing\n" },
    { "[anonymous]\nread_only = no\nupload_directory = /in\n",
      "E f:3: anonymous.upload_directory: needs read_only = yes, which is about all other "
      "directories\n" },
    { "[anonymous]\nlist_uploads = yes\n",
      "W f:2: anonymous.list_uploads: has no effect without upload_directory\n" },
    { "[anonymous]\nrights = read, upload\n",
      "W f:2: anonymous.rights: only list and download have an effect: read_only is yes here "
      "unless it is set to "
      "no\n" },
    { "[anonymous]\ndropbox = yes\n", "W f:2: anonymous.dropbox: leaves guests nothing to do: "
                                      "read_only is yes here unless it is set to no\n" },
    { "[anonymous]\nread_only = no\nrights = all\n", "" },
    { "[anonymous]\nupload_directory = /in\nrights = list\n[defaults]\nread_only = no\n", "" },
    { "[daemon]\nban_after = 20\n", "" },
    { "[daemon]\nban_after = 5\n", "" },
    { "[daemon]\nlgo = none\npool_min = x\n[tsl]\n",
      "E f:2: daemon.lgo: unknown key (did you mean log?)\n"
      "E f:3: daemon.pool_min: \"x\" is not a whole number from 1 to 10000\n"
      "E f:4: [tsl]: unknown section (did you mean [tls]?)\n" },
};

static void every_fault_has_its_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(faults); i++)
        expect_heard(faults[i].text, faults[i].said);
}

static void an_unreadable_file_is_a_fault(void **state)
{
    (void)state;
    struct heard heard = { 0 };
    assert_null(config_load("/nonexistent/f", NULL, 0, hear, &heard));
    assert_string_equal(heard.text, "E /nonexistent/f: can't be read: No such file or directory\n");
    memset(&heard, 0, sizeof heard);
    assert_null(config_load("/", NULL, 0, hear, &heard));
    assert_string_equal(heard.text, "E /: can't be read: Is a directory\n");
}

/* inih would cut a line at 199 bytes and a key at 49; the headings are read without it. */
static void what_inih_would_cut_is_refused(void **state)
{
    (void)state;
    char text[1024];
    char longest[256];
    memset(longest, 'x', sizeof longest);
    longest[199 - strlen("xferlog = /")] = '\0';
    (void)snprintf(text, sizeof text, "[daemon]\nxferlog = /%s\n", longest);
    struct config *c = load_good(text);
    assert_int_equal(strlen(c->xferlog), 199 - strlen("xferlog = "));
    free(c);
    (void)snprintf(text, sizeof text, "[daemon]\nxferlog = /x%s\n", longest);
    expect_heard(text, "E f:2: a line of 200 bytes; at most 199 are allowed\n");

    memset(longest, 'x', sizeof longest);
    longest[50] = '\0';
    (void)snprintf(text, sizeof text, "[daemon]\n%s = 1\n", longest);
    expect_heard(text, "E f:2: a key of more than 49 bytes\n");
    memset(longest, 'x', sizeof longest);
    longest[129] = '\0';
    (void)snprintf(text, sizeof text, "[user %s]\n", longest);
    expect_heard(text, "E f:1: a section name of more than 128 bytes\n");
    longest[128] = '\0';
    (void)snprintf(text, sizeof text, "[user %s]\nread_only = yes\n", longest);
    c = load_good(text);
    assert_string_equal(c->policies[0].name, longest);
    assert_true(c->policies[0].policy.read_only);
    free(c);
}

static void a_section_may_be_named_as_an_address(void **state)
{
    (void)state;
    struct config *c = load_good("[user alice.b+ftp@mail.example.org]\nread_only = yes\n"
                                 "[user alice.b+ftp@mail.example.com]\nread_only = no\n");
    assert_string_equal(c->policies[0].name, "alice.b+ftp@mail.example.org");
    assert_true(c->policies[0].policy.read_only);
    assert_false(c->policies[1].policy.read_only);
    free(c);
    expect_heard("[user alice@example.org]\nread_only = maybe\n",
                 "E f:2: user alice@example.org.read_only: \"maybe\" is not yes or no\n");
}

static void homes_have_a_pattern(void **state)
{
    static const char *const good[] = { "/srv/ftp/%u", "/srv/%u/files", "/srv/ftp/u-%u", "/srv" };
    static const char *const bad[] = { "srv/%u",    "/srv//%u", "/srv/%u/",  "/srv/../%u", "/",
                                       "/srv/%u%u", "/srv/%n",  "/srv/100%", "/srv/%%u",   "%u" };
    char text[128], wanted[256];
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        (void)snprintf(text, sizeof text, "[defaults]\nhome = %s\n", good[i]);
        struct config *c = load_good(text);
        assert_string_equal(c->defaults.home, good[i]);
        free(c);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        (void)snprintf(text, sizeof text, "[defaults]\nhome = %s\n", bad[i]);
        (void)snprintf(wanted, sizeof wanted,
                       "E f:2: defaults.home: \"%s\" is not an absolute path, with %%u once, or "
                       "not, in place of the name\n",
                       bad[i]);
        expect_heard(text, wanted);
    }
}

static void old_hashes_are_named(void **state)
{
    (void)state;
    struct config *c = load_good("[daemon]\naccept_hashes = md5crypt, des\naccept_hashes = nt\n");
    assert_int_equal(c->accept_hashes, OLD_MD5 | OLD_DES | OLD_NT);
    free(c);
    c = load_good("[daemon]\naccept_hashes =\n");
    assert_int_equal(c->accept_hashes, 0);
    free(c);
    expect_heard("[daemon]\naccept_hashes = md5\n",
                 "E f:2: daemon.accept_hashes: \"md5\" is not des, md5crypt, sunmd5, sha1crypt or "
                 "nt\n");
}

static void a_nul_byte_is_refused(void **state)
{
    (void)state;
    static const char text[] = "[daemon]\nlog = no\0ne\n";
    struct heard heard;
    assert_null(load_bytes(text, sizeof text - 1, NULL, &heard));
    assert_string_equal(heard.text, "E f:2: a NUL byte\n");
}

/* Each number at both ends of its range, and one beyond. */
static void ranges_hold_at_both_ends(void **state)
{
    (void)state;
    union {
        struct config config;
        struct listener_config listener;
        struct policy policy;
        struct host_config host;
    } *block = calloc(1, sizeof *block);
    assert_non_null(block);
    for (size_t i = 0; i < option_count; i++) {
        const struct option_row *row = &option_rows[i];
        char why[OPTION_WHY_ROOM], text[32];
        if (row->type != TYPE_NUMBER && row->type != TYPE_RATE)
            continue;
        for (int end = 0; end < 4; end++) {
            const uint64_t numbers[4] = { row->least - 1, row->least, row->most, row->most + 1 };
            if (end == 0 && row->least == 0)
                continue;
            (void)snprintf(text, sizeof text, "%llu", (unsigned long long)numbers[end]);
            if (option_parse(row, block, text, false, why) != (end == 1 || end == 2))
                fail_msg("%s = %s", row->key, text);
        }
    }
    free(block);
}

/* ---- overrides ---- */

static void overrides_win(void **state)
{
    (void)state;
    static const char text[] = "[daemon]\nlog = none\n[listener default]\naddress = 127.0.0.1:21\n";
    static const char *const overrides[] = { "daemon.log=stderr",
                                             "daemon.log=/x",
                                             "listener default.address=127.0.0.2:2121",
                                             "user a.b.read_only=yes",
                                             "daemon.banner=a = b.c",
                                             NULL };
    struct heard heard;
    char shown[ADDR_TEXT_ROOM];
    struct config *c = load_bytes(text, sizeof text - 1, overrides, &heard);
    assert_non_null(c);
    assert_string_equal(heard.text, "");
    assert_string_equal(c->log, "/x");
    assert_int_equal(c->listeners[0].address_count, 1);
    assert_string_equal(address(&c->listeners[0].addresses[0], shown), "127.0.0.2");
    assert_string_equal(c->policies[0].name, "a.b");
    assert_true(c->policies[0].policy.read_only);
    assert_string_equal(c->banner, "a = b.c");
    free(c);
}

static void override_faults_have_their_words(void **state)
{
    (void)state;
    static const char *const overrides[] = { "nonsense",          "daemon=1",
                                             ".log=none",         "daemon.=x",
                                             "daemn.log=none",    "daemon.lgo=none",
                                             "daemon.pool_min=0", NULL };
    struct heard heard;
    assert_null(load_bytes("", 0, overrides, &heard));
    assert_string_equal(heard.text,
                        "E -o: \"nonsense\" is not section.key=value\n"
                        "E -o: \"daemon=1\" is not section.key=value\n"
                        "E -o: \".log=none\" is not section.key=value\n"
                        "E -o: \"daemon.=x\" is not section.key=value\n"
                        "E -o: [daemn]: unknown section (did you mean [daemon]?)\n"
                        "E -o: daemon.lgo: unknown key (did you mean log?)\n"
                        "E -o: daemon.pool_min: \"0\" is not a whole number from 1 to 10000\n");
}

/* ---- policies ---- */

static void the_nearest_policy_wins(void **state)
{
    (void)state;
    static const char *const both[] = { "late", "early" };
    struct policy policy;
    struct config *c = load_good("[defaults]\numask = 027\nmax_sessions_per_user = 7\n"
                                 "[group early]\nread_only = yes\nrate_up = 1k\nuploads = direct\n"
                                 "[group late]\numask = 077\n"
                                 "[user alice]\nread_only = no\nrate_down = 9\n"
                                 "[user early]\nhide_dot_files = yes\n");
    config_policy(c, "alice", both, 2, &policy);
    assert_false(policy.read_only);         /* the user's, though it is the default */
    assert_int_equal(policy.rate_up, 1000); /* the group's */
    assert_int_equal(policy.rate_down, 9);
    assert_int_equal(policy.uploads, UPLOADS_DIRECT);
    assert_int_equal(policy.umask, 027); /* the first group in the file only */
    assert_int_equal(policy.max_sessions_per_user, 7);
    assert_false(policy.hide_dot_files); /* a user's section is no group's */
    assert_string_equal(policy.time_zone, "UTC");
    config_policy(c, "bob", both, 1, &policy);
    assert_int_equal(policy.umask, 077);
    assert_false(policy.read_only);
    config_policy(c, "bob", NULL, 0, &policy);
    assert_int_equal(policy.umask, 027);
    assert_int_equal(policy.rate_up, 0);
    free(c);
}

static int with_groups(void **state)
{
    (void)state;
    group_text = "early:x:700:alice\nlate:x:701:\na:x:702:\ng:x:703:\n";
    return 0;
}

static int without_groups(void **state)
{
    (void)state;
    group_text = NULL;
    return 0;
}

/* Fails unless it is refused, with all of these words in order. */
static void expect_words(const char *text, const char *const *words, size_t count)
{
    struct heard heard;
    const char *at = heard.text;
    struct config *config = load(text, &heard);
    for (size_t i = 0; at && i < count; i++)
        at = strstr(at, words[i]);
    if (config || !at)
        fail_msg("of:\n%s\nwas said:\n%s", text, heard.text);
    free(config);
}

/* Line, what is wrong, and what to write: the system's own line where it has such a group. */
static void a_group_section_needs_its_group(void **state)
{
    static const char *const unknown[] = {
        "E f:3: [group wardtest]: /tmp/test_config.",
        "/g has no group wardtest, so these rules would apply to no user; "
        "add the line \"wardtest:x:GID:USER,USER\" to it, or set "
        "daemon.group_file = /etc/group\n"
    };
    static const char *const known[] = { "E f:1: [group root]: ", "\"root:x:0:" };
    (void)state;
    expect_words("[group g]\n\n[group wardtest]\nread_only = yes\n", unknown, COUNT(unknown));
    expect_words("[group root]\n", known, COUNT(known));
    free(load_good("[group g]\n[group late]\n"));
    group_text = NULL;
    static const char *const none[] = { "E f:1: [group g]: /nowhere/group has no group g" };
    expect_words("[group g]\n[daemon]\ngroup_file = /nowhere/group\n", none, COUNT(none));
    static const char *const system[] = {
        "E f:1: [group wardtest]: /etc/group has no group wardtest", "\" to it\n"
    };
    expect_words("[group wardtest]\n[daemon]\ngroup_file = /etc/group\n", system, COUNT(system));
}

static void a_group_file_has_its_faults_named(void **state)
{
    static const char *const refused[] = {
        "E f:2: daemon.group_file: /dev/null: is not a regular file\n"
    };
    struct heard heard;
    (void)state;
    group_text = "broken\nfine:x:700:\n# a comment\n\nagain:x:y:z\n";
    free(load_bytes("", 0, NULL, &heard));
    assert_int_equal(heard.fatal, 0);
    assert_int_equal(heard.warnings, 2);
    assert_non_null(
        strstr(heard.text, "/g:1: not name:password:gid:members; the line is ignored\n"));
    assert_non_null(
        strstr(heard.text, "/g:5: not name:password:gid:members; the line is ignored\n"));
    group_text = NULL;
    expect_words("[daemon]\ngroup_file = /dev/null\n", refused, COUNT(refused));
}

static bool forbids(const struct config *config, uint32_t gid)
{
    for (uint32_t i = 0; i < config->forbidden_gid_count; i++) {
        if (config->forbidden_gids[i] == gid)
            return true;
    }
    return false;
}

static void forbidden_groups_are_found_by_name_and_number(void **state)
{
    (void)state;
    assert_string_equal(option_rows[option_find(BLOCK_DAEMON, "forbidden_groups")].default_text,
                        FORBIDDEN_GROUPS_DEFAULT);
    struct config *c = load_good("");
    for (const char *const *name = (const char *const[]){ "shadow", "disk", "adm", "sudo", NULL };
         *name; name++) {
        const struct group *group = getgrnam(*name);
        assert_true(!group || forbids(c, group->gr_gid));
    }
    free(c);
    c = load_good("[daemon]\nforbidden_groups = 7, 8,7\nforbidden_groups = 4294967294\n");
    assert_int_equal(c->forbidden_gid_count, 3);
    assert_true(forbids(c, 7) && forbids(c, 8) && forbids(c, 4294967294));
    free(c);
    c = load_good("[daemon]\nforbidden_groups =\n");
    assert_int_equal(c->forbidden_gid_count, 0);
    free(c);
    expect_heard("[daemon]\nforbidden_groups = wardtest\n",
                 "W f:2: daemon.forbidden_groups: the system has no group wardtest\n");
    expect_heard(
        "[daemon]\nforbidden_groups = a:b\n",
        "E f:2: daemon.forbidden_groups: \"a:b\" is not a group's name or gid, or there are too "
        "many\n");
}

static void more_forbidden_groups_than_fit_are_refused(void **state)
{
    char text[1024] = "[daemon]\n";
    struct heard heard;
    (void)state;
    for (unsigned i = 0; i <= FORBIDDEN_GIDS_MAX; i++)
        (void)text_format(text + strlen(text), sizeof text - strlen(text), "%s%u%s",
                          i % 16 ? "," : "forbidden_groups = ", i + 1,
                          i % 16 == 15 || i == FORBIDDEN_GIDS_MAX ? "\n" : "");
    assert_null(load(text, &heard));
    assert_string_equal(heard.text,
                        "E f:2: daemon.forbidden_groups: too many groups: no room for 65\n");
}

static void guests_are_read_only_unless_their_section_says_otherwise(void **state)
{
    (void)state;
    struct policy policy;
    struct config *c = load_good("[defaults]\nread_only = no\numask = 002\nrate_up = 5\n"
                                 "[user anonymous]\nrate_up = 6\n[anonymous]\nrate_down = 7\n");
    config_guests(c, &policy);
    assert_true(policy.read_only);
    assert_int_equal(policy.umask, 077);
    assert_int_equal(policy.rate_up, 5); /* a user's section is no guest's */
    assert_int_equal(policy.rate_down, 7);
    free(c);
    c = load_good("[anonymous]\nread_only = no\numask = 027\n");
    config_guests(c, &policy);
    assert_false(policy.read_only);
    assert_int_equal(policy.umask, 027);
    free(c);
}

/* The tables against libc: at steps over all years, and on both sides of each turn. */
static void expect_as_libc(const struct zone *zone, int64_t seconds)
{
    const time_t at = seconds;
    struct tm tm;
    assert_non_null(localtime_r(&at, &tm));
    if (zone_offset(zone, seconds) != tm.tm_gmtoff)
        fail_msg("%s at %lld: %d, not %ld", zone->name, (long long)seconds,
                 zone_offset(zone, seconds), tm.tm_gmtoff);
}

static void n6_zones_are_as_libc_has_them(void **state)
{
    (void)state;
    static const char *const names[] = { "Europe/Berlin",     "America/New_York",
                                         "Africa/Casablanca", "Australia/Lord_Howe",
                                         "Asia/Kolkata",      "Etc/GMT+12" };
    if (access("/usr/share/zoneinfo/Europe/Berlin", R_OK) != 0)
        skip();
    struct config *c = load_good(
        "[defaults]\ntime_zone = Europe/Berlin\n[group a]\ntime_zone = America/New_York\n"
        "[user a]\ntime_zone = Africa/Casablanca\n[user b]\ntime_zone = Australia/Lord_Howe\n"
        "[user c]\ntime_zone = Asia/Kolkata\n[user d]\ntime_zone = Europe/Berlin\n"
        "[user e]\ntime_zone = UTC\n[anonymous]\ntime_zone = Etc/GMT+12\n");
    assert_int_equal(c->zone_count, COUNT(names));
    assert_null(config_zone(c, "UTC"));
    for (size_t i = 0; i < COUNT(names); i++) {
        char value[ZONE_NAME_ROOM + 1];
        const struct zone *zone = config_zone(c, names[i]);
        assert_non_null(zone);
        (void)text_format(value, sizeof value, ":%s", names[i]);
        assert_int_equal(setenv("TZ", value, 1), 0);
        tzset();
        for (int64_t at = 0; at < UINT32_MAX; at += 500000)
            expect_as_libc(zone, at);
        for (uint32_t k = 0; k < zone->count; k++) {
            expect_as_libc(zone, (int64_t)zone->turns[k].from - 1);
            expect_as_libc(zone, zone->turns[k].from);
        }
    }
    assert_int_equal(unsetenv("TZ"), 0);
    assert_int_equal(zone_offset(NULL, 0), 0);
    free(c);
}

static void many_policies_fit(void **state)
{
    (void)state;
    char *text = malloc(100000);
    size_t length = 0;
    assert_non_null(text);
    for (int i = 0; i < 1000; i++)
        length +=
            (size_t)snprintf(text + length, 100000 - length, "[user u%d]\nrate_up = %d\n", i, i);
    struct config *c = load_good(text);
    struct policy policy;
    config_policy(c, "u999", NULL, 0, &policy);
    assert_int_equal(policy.rate_up, 999);
    free(c);
    free(text);
}

/* ---- the image ---- */

static int plain_image(const struct config *config, size_t size, int seals)
{
    const int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, config, size), size);
    assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
    return fd;
}

static void a_memfd_carries_it(void **state)
{
    (void)state;
    struct config *c = load_good("[user alice]\nrate_up = 3\n[group g]\n[daemon]\nlog = none\n");
    const int fd = config_to_fd(c);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "x", 1), -1); /* sealed */
    struct config *copy = config_from_fd(fd);
    assert_non_null(copy);
    assert_int_equal(copy->size, c->size);
    assert_memory_equal(copy, c, c->size);
    free(copy);
    free(c);
    close(fd);
}

static void what_is_no_image_is_refused(void **state)
{
    (void)state;
    enum { SEALED = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };
    struct config *c = load_good("[user alice]\n");
    const struct {
        size_t size;
        int seals;
    } cases[] = { { c->size - 1, SEALED },
                  { sizeof(struct config), SEALED },
                  { 100, SEALED },
                  { 0, SEALED },
                  { c->size, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL },
                  { c->size, F_SEAL_WRITE } };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const int fd = plain_image(c, cases[i].size, cases[i].seals);
        errno = 0;
        if (config_from_fd(fd) || errno != EBADMSG)
            fail_msg("case %zu", i);
        close(fd);
    }
    const int pipe_end = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_null(config_from_fd(pipe_end));
    close(pipe_end);
    free(c);
}

/* ---- the example that is installed ---- */

/* Every "#key = default" of it, taken out of its comment, is the default. */
static void the_example_is_the_default(void **state)
{
    (void)state;
    FILE *file = fopen("etc/wardftpd.conf", "re");
    char line[256], *text = calloc(1, 65536);
    bool copying = true; /* examples of sections that are not there by default are left alone */
    assert_non_null(text);
    if (!file) {
        free(text);
        print_message("etc/wardftpd.conf is not here: not checked\n");
        skip();
        return;
    }
    while (fgets(line, sizeof line, file)) {
        const size_t length = strlen(text);
        if (line[0] == '[' || (line[0] == '#' && line[1] == '['))
            copying = line[0] == '[';
        const bool key = line[0] == '#' && line[1] >= 'a' && line[1] <= 'z';
        if (copying)
            (void)snprintf(text + length, 65536 - length, "%s", key ? line + 1 : line);
    }
    (void)fclose(file);
    struct config *c = load_good(text);
    expect_daemon_defaults(c);
    expect_other_defaults(c);
    expect_default_listener(c);
    free(c);
    free(text);
}

#define WITH_GROUPS(test) cmocka_unit_test_setup_teardown(test, with_groups, without_groups)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_fits_its_field),
        cmocka_unit_test(defaults_are_those_of_the_manual),
        cmocka_unit_test(a_file_is_read),
        cmocka_unit_test(an_empty_listener_section_has_the_defaults),
        cmocka_unit_test(the_pool_gives_way_to_max_sessions),
        cmocka_unit_test(every_fault_has_its_words),
        cmocka_unit_test(an_unreadable_file_is_a_fault),
        cmocka_unit_test(what_inih_would_cut_is_refused),
        cmocka_unit_test(a_section_may_be_named_as_an_address),
        cmocka_unit_test(homes_have_a_pattern),
        cmocka_unit_test(old_hashes_are_named),
        cmocka_unit_test(a_nul_byte_is_refused),
        cmocka_unit_test(ranges_hold_at_both_ends),
        cmocka_unit_test(overrides_win),
        cmocka_unit_test(override_faults_have_their_words),
        WITH_GROUPS(the_nearest_policy_wins),
        WITH_GROUPS(a_group_section_needs_its_group),
        WITH_GROUPS(a_group_file_has_its_faults_named),
        cmocka_unit_test(forbidden_groups_are_found_by_name_and_number),
        cmocka_unit_test(more_forbidden_groups_than_fit_are_refused),
        cmocka_unit_test(guests_are_read_only_unless_their_section_says_otherwise),
        WITH_GROUPS(n6_zones_are_as_libc_has_them),
        cmocka_unit_test(many_policies_fit),
        WITH_GROUPS(a_memfd_carries_it),
        cmocka_unit_test(what_is_no_image_is_refused),
        cmocka_unit_test(the_example_is_the_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
