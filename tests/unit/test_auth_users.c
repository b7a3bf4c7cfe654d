/* SPDX-License-Identifier: BSD-2-Clause */
/* test_auth_users.c - the user file, the group file, and which hashes are accepted
 * (law L4). */
#include "daemon/auth/files.h"
#include "daemon/auth/groups.h"
#include "daemon/auth/hasher.h"
#include "daemon/auth/read_file.h"
#include "daemon/auth/users.h"

#include "common/text.h"
#include "daemon/ipc/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <crypt.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define GOOD "$6$rounds=1000$abcdefgh$0123456789./ABC"

static char *copy_of(const char *text)
{
    char *copy = strdup(text);
    assert_non_null(copy);
    return copy;
}

static struct users *parse(const char *text)
{
    struct users *users = users_parse(copy_of(text), strlen(text), "the file", 0);
    assert_non_null(users);
    return users;
}

static void a_user_has_seven_fields(void **state)
{
    struct users *users = parse("# comment\n"
                                "\n"
                                "alice:" GOOD ":1001:1002:Alice, room 5:/home/alice:/bin/sh\n"
                                "bob:!:1003:1004::/home/bob:\r\n"
                                "empty:" GOOD ":1005:1006:::\n"
                                "no newline:" GOOD ":4294967294:1::/:");
    (void)state;
    assert_int_equal(users_count(users), 4);
    assert_string_equal(users_find(users, "empty")->home, ""); /* that of the pattern */
    const struct user *alice = users_find(users, "alice");
    assert_non_null(alice);
    assert_string_equal(alice->hash, GOOD);
    assert_string_equal(alice->home, "/home/alice");
    assert_int_equal(alice->uid, 1001);
    assert_int_equal(alice->gid, 1002);
    assert_int_equal(alice->worth, HASH_GOOD);
    assert_int_equal(users_find(users, "bob")->worth, HASH_LOCKED);
    assert_int_equal(users_find(users, "no newline")->uid, 4294967294U);
    assert_null(users_find(users, "Alice"));
    assert_null(users_find(users, ""));
    users_free(users);
}

static void a_broken_line_costs_only_its_user(void **state)
{
    static const char *const broken[] = {
        "carol:" GOOD ":1:1::/home/carol",          /* six fields */
        "carol:" GOOD ":1:1::/home/carol:/bin/sh:", /* eight */
        ":" GOOD ":1:1::/:",                        /* no name */
        "carol:" GOOD ":-1:1::/:",                  /* no number */
        "carol:" GOOD ":4294967295:1::/:",          /* (uid_t)-1 */
        "carol:" GOOD ":4294967296:1::/:",          /* would wrap to root */
        "carol:" GOOD "::1::/:",                    /* empty uid */
        "carol:" GOOD ":1:1::home:",                /* not absolute */
        "ca\x07rol:" GOOD ":1:1::/:",               /* a control character */
        "carol",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(broken); i++) {
        char text[1024];
        (void)text_format(text, sizeof text,
                          "alice:" GOOD ":1001:1001::/a:\n%s\nbob:" GOOD ":1002:1002::/b:\n",
                          broken[i]);
        struct users *users = parse(text);
        if (users_count(users) != 2 || !users_find(users, "alice") || !users_find(users, "bob"))
            fail_msg("case %zu", i);
        users_free(users);
    }
}

static void a_nul_byte_costs_only_its_line(void **state)
{
    static const char text[] =
        "alice:" GOOD ":1001:1001::/a:\nbo\0b:" GOOD ":1:1::/b:\nc:" GOOD ":3:3::/c:\n";
    char *copy = malloc(sizeof text);
    (void)state;
    assert_non_null(copy);
    memcpy(copy, text, sizeof text);
    struct users *users = users_parse(copy, sizeof text - 1, "the file", 0);
    assert_int_equal(users_count(users), 2);
    assert_null(users_find(users, "bo"));
    users_free(users);
}

static void of_two_lines_of_a_name_the_first_counts(void **state)
{
    struct users *users =
        parse("alice:" GOOD ":1001:1001::/one:\nalice:" GOOD ":1002:1002::/two:\n");
    (void)state;
    assert_int_equal(users_count(users), 1);
    assert_string_equal(users_find(users, "alice")->home, "/one");
    users_free(users);
}

static void many_users_are_all_found(void **state)
{
    enum { MANY = 20000, LINE = 64 };
    char *text = malloc(MANY * LINE);
    size_t n = 0;
    (void)state;
    assert_non_null(text);
    for (int i = 0; i < MANY; i++) {
        (void)text_format(text + n, LINE, "user%d:!:%d:%d::/home/%d:\n", i, i + 1, i + 2, i);
        n += strlen(text + n);
    }
    struct users *users = users_parse(text, n, "the file", 0);
    assert_int_equal(users_count(users), MANY);
    for (int i = 0; i < MANY; i++) {
        char name[32];
        (void)text_format(name, sizeof name, "user%d", i);
        const struct user *user = users_find(users, name);
        assert_non_null(user);
        assert_int_equal(user->uid, i + 1);
    }
    users_free(users);
}

static void hashes_are_told_apart(void **state)
{
    static const struct {
        const char *hash;
        enum hash_worth worth;
        size_t cost_length;
    } cases[] = {
        { "$y$j9T$GHIsRN1Jy4p9JbCbPDjnF/$1bd1jUwu0FvOSyWhqsJwmPhLlJWpiUVKf.Pdo8OQTl5", HASH_GOOD,
          6 },
        { "$6$saltsalt$qwerty", HASH_GOOD, 3 },
        { "$6$rounds=1000$saltsalt$qwerty", HASH_GOOD, 14 },
        { "$2b$05$abcdefghijklmnopqrstuuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", HASH_GOOD, 6 },
        { "$5$saltsalt$qwerty", HASH_OLD, 3 },
        { "$5$rounds=1000$saltsalt$qwerty", HASH_OLD, 14 },
        { "!$6$saltsalt$qwerty", HASH_LOCKED, 0 },
        { "!", HASH_LOCKED, 0 },
        { "*", HASH_LOCKED, 0 },
        { "", HASH_LOCKED, 0 },
        { "$1$saltsalt$qwertyqwertyqwertyqwer", HASH_WEAK, 0 },
        { "$md5,rounds=5000$saltsalt$$qwerty", HASH_WEAK, 0 },
        { "$sha1$4000$salt$qwerty", HASH_WEAK, 0 },
        { "$3$$8846f7eaee8fb117ad06bdd830b7586c", HASH_WEAK, 0 },
        { "_J9..K0AyUubDrfOgO4s", HASH_WEAK, 0 },
        { "abJnggxhB/yWI", HASH_WEAK, 0 }, /* DES */
        { "x", HASH_UNKNOWN, 0 },
        { "plaintext!", HASH_UNKNOWN, 0 },
        { "$6$", HASH_UNKNOWN, 0 },
        { "$6$saltsalt", HASH_UNKNOWN, 0 },
        { "$6$saltsalt$", HASH_UNKNOWN, 0 },
        { "$2b$05$tooshort", HASH_UNKNOWN, 0 },
        { "$9$whatever$whatever", HASH_UNKNOWN, 0 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct hash_parts parts;
        const enum hash_worth worth = hash_judge(cases[i].hash, 0, &parts);
        if (worth != cases[i].worth ||
            (worth <= HASH_OLD && parts.cost_length != cases[i].cost_length))
            fail_msg("case %zu: worth %d, cost %zu", i, (int)worth, parts.cost_length);
    }
}

/* Of old kinds, what accept_hashes names and no other; never what crypt(3) would not compute. */
static void old_hashes_are_accepted_by_name(void **state)
{
    static const struct {
        const char *hash;
        uint32_t bit;
        size_t cost_length;
    } cases[] = {
        { "$1$saltsalt$qwertyqwertyqwertyqwer", OLD_MD5, 3 },
        { "$md5,rounds=5000$saltsalt$$qwertyqwertyqwertyqwer", OLD_SUNMD5, 16 },
        { "$md5$saltsalt$qwertyqwertyqwertyqwer", OLD_SUNMD5, 4 },
        { "$sha1$4000$salt$qwertyqwertyqwertyqwertyqwer", OLD_SHA1, 10 },
        { "$3$$8846f7eaee8fb117ad06bdd830b7586c", OLD_NT, 3 },
        { "_J9..K0AyUubDrfOgO4s", OLD_DES, 5 },
        { "abJnggxhB/yWI", OLD_DES, 0 },
    };
    static const char *const broken[] = { "$1$saltsalt",    "$1$$x", "_J9..K0AyUubDrfOgO4",
                                          "abJnggxhB/yWIx", "$3$x",  "$sha1$4000$qwerty",
                                          "$md5$saltsalt",  "$md5x" };
    struct hash_parts parts;
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const enum hash_worth worth = hash_judge(cases[i].hash, cases[i].bit, &parts);
        if (worth != HASH_WAIVED || parts.cost_length != cases[i].cost_length)
            fail_msg("case %zu: worth %d, cost %zu", i, (int)worth, parts.cost_length);
        if (hash_judge(cases[i].hash, OLD_HASHES & ~cases[i].bit, &parts) != HASH_WEAK)
            fail_msg("case %zu is accepted by another name", i);
    }
    for (size_t i = 0; i < COUNT(broken); i++) {
        if (hash_is_checked(hash_judge(broken[i], OLD_HASHES, &parts)))
            fail_msg("broken %zu is accepted", i);
    }
    assert_int_equal(hash_judge("!$1$saltsalt$qwerty", OLD_HASHES, &parts), HASH_LOCKED);
    assert_int_equal(hash_judge("$2x$05$abcdefghijklmnopqrstuuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
                                OLD_HASHES, &parts),
                     HASH_WEAK);
}

/* A dummy is worth nothing if crypt(3) refuses it: then it would be quicker than a real hash. */
static void dummies_cost_what_their_sample_costs(void **state)
{
    static const struct {
        const char *prefix;
        unsigned long count;
    } kinds[] = { { "$y$", 1 },    { "$y$", 2 },    { "$gy$", 1 },   { "$7$", 6 }, { "$2b$", 4 },
                  { "$6$", 1000 }, { "$6$", 5000 }, { "$5$", 1000 }, { "$1$", 0 }, { "$sha1$", 9 },
                  { "$md5", 1 },   { "$3$", 0 },    { "_", 3 },      { "", 0 } };
    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        for (int round = 0; round < 20; round++) {
            char setting[HASH_ROOM], dummy[HASH_ROOM];
            static struct crypt_data data;
            struct hash_parts sample, made;
            if (!crypt_gensalt_rn(kinds[i].prefix, kinds[i].count, NULL, 0, setting,
                                  (int)sizeof setting))
                continue; /* this libcrypt has it switched off */
            const char *hash = crypt_rn("secret", setting, &data, (int)sizeof data);
            assert_non_null(hash);
            assert_true(hash_dummy(hash, dummy));
            assert_string_not_equal(hash, dummy);
            assert_int_equal(strlen(hash), strlen(dummy));
            assert_true(hash_is_checked(hash_judge(hash, OLD_HASHES, &sample)));
            assert_true(hash_is_checked(hash_judge(dummy, OLD_HASHES, &made)));
            assert_int_equal(sample.cost_length, made.cost_length);
            assert_memory_equal(hash, dummy, sample.cost_length);
            if (round == 0) /* the slow part, once for each kind */
                assert_int_equal(hash_check("secret", dummy), HASH_DIFFERS);
            else
                assert_int_equal(crypt_checksalt(dummy), crypt_checksalt(hash));
        }
    }
}

static void the_dummy_is_of_the_most_common_kind_and_cost(void **state)
{
    struct users *users =
        parse("a:$6$saltsalt$qwerty:1:1::/:\n"
              "b:$6$rounds=1000$saltsalt$qwerty:2:2::/:\n"
              "c:$6$rounds=1000$othersalt$qwerty:3:3::/:\n"
              "d:!$5$saltsalt$qwerty:4:4::/:\ne:!:5:5::/:\nf:$1$salt$qwerty:6:6::/:\n");
    (void)state;
    assert_memory_equal(users_dummy(users), "$6$rounds=1000$", strlen("$6$rounds=1000$"));
    users_free(users);
    users = parse("a:!:1:1::/:\n"); /* none: the kind that new passwords get */
    struct hash_parts parts;
    assert_int_equal(hash_judge(users_dummy(users), 0, &parts), HASH_GOOD);
    users_free(users);
}

static void passwords_are_checked(void **state)
{
    static struct crypt_data data;
    char hash[HASH_ROOM];
    (void)state;
    (void)text_copy(hash, sizeof hash,
                    crypt_rn("open sesame", "$6$rounds=1000$salt", &data, (int)sizeof data));
    assert_int_equal(hash_check("open sesame", hash), HASH_MATCHES);
    assert_int_equal(hash_check("open sesamE", hash), HASH_DIFFERS);
    assert_int_equal(hash_check("", hash), HASH_DIFFERS);
    assert_int_equal(hash_check("x", "$6$rounds=1000$salt"), HASH_DIFFERS);
    assert_int_equal(hash_check("x", "*"), HASH_FAILED);
}

static int file_of(const char *text, mode_t mode)
{
    const int fd = memfd_create("users", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    return fd;
}

static void a_file_that_others_may_use_is_refused(void **state)
{
    static const mode_t refused[] = { 0601, 0602, 0604, 0610, 0620, 0640, 0644, 0666 };
    const char *text = "alice:" GOOD ":1001:1001::/a:\n";
    struct stat about;
    (void)state;
    /* the file has to be root's */
    if (getuid() != 0)
        skip();
    for (size_t i = 0; i < COUNT(refused); i++) {
        const int fd = file_of(text, refused[i]);
        struct users *users = users_load(fd, "the file", 0, &about);
        if (users)
            fail_msg("mode %o is taken", refused[i]);
        close(fd);
    }
    const int fd = file_of(text, 0600);
    struct users *users = users_load(fd, "the file", 0, &about);
    assert_non_null(users);
    assert_false(file_has_changed(fd, &about));
    users_free(users);
    assert_int_equal(fchown(fd, 1001, 1001), 0);
    assert_null(users_load(fd, "the file", 0, &about));
    close(fd);
}

/* One that has a name, as only those can be written again. */
static int named_file_of(const char *text, mode_t mode, char path[64])
{
    (void)text_copy(path, 64, "/tmp/test_auth_users.XXXXXX");
    const int fd = mkostemp(path, O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    return fd;
}

static void a_bad_file_leaves_the_old_users(void **state)
{
    char path[64];
    static struct files files;
    static struct config config = { .user_file = "the file" };
    (void)state;
    if (getuid() != 0)
        skip();
    files_init(&files, &config);
    files_take_users(&files, &config, 0, file_of("alice:" GOOD ":1001:1001::/a:\n", 0600));
    assert_non_null(users_find(files.users[0].users, "alice"));
    files_take_users(&files, &config, 0,
                     named_file_of("bob:" GOOD ":1001:1001::/a:\n", 0644, path));
    assert_non_null(users_find(files.users[0].users, "alice"));
    assert_null(users_find(files.users[0].users, "bob"));
    const int fd = files.users[0].fd;
    assert_false(files_changed(&files, 0));
    assert_int_equal(fchmod(fd, 0600), 0); /* put right: only the ctime changes */
    assert_true(files_changed(&files, 0));
    files_make_do(&files, &config, 0);
    assert_non_null(users_find(files.users[0].users, "bob"));
    files_take_users(&files, &config, 1, file_of("", 0600)); /* of a host that is not there */
    assert_null(files.users[1].users);
    users_free(files.users[0].users);
    close(fd);
    assert_int_equal(unlink(path), 0);
}

static void hosts_have_their_own_file(void **state)
{
    static struct config config = {
        .host_count = 3,
        .hosts = { { .name = "a.example" },
                   { .name = "b.example", .user_file = "/b" },
                   { .name = "c.example", .user_file = "/c" } },
    };
    (void)state;
    assert_int_equal(files_of_host(&config, ""), 0);
    assert_int_equal(files_of_host(&config, "a.example"), 0);
    assert_int_equal(files_of_host(&config, "B.Example"), 2);
    assert_int_equal(files_of_host(&config, "c.example"), 3);
    assert_int_equal(files_of_host(&config, "d.example"), 0);
}

static struct groups *parse_groups(const char *text)
{
    struct groups *groups = groups_parse(copy_of(text), strlen(text), "group");
    assert_non_null(groups);
    return groups;
}

/* A configuration with these [group] sections. */
static struct config *sections(const char *const *names, uint32_t count)
{
    struct config *config = calloc(1, sizeof *config + count * sizeof config->policies[0]);
    assert_non_null(config);
    config->policy_count = count;
    for (uint32_t i = 0; i < count; i++) {
        config->policies[i].kind = POLICY_GROUP;
        assert_true(text_copy(config->policies[i].name, sizeof config->policies[i].name, names[i]));
    }
    config->forbidden_gid_count = 1;
    config->forbidden_gids[0] = 42;
    return config;
}

static const struct role_ids our_ids = { .gid = { [ROLE_AUTH] = 900 } };

static void groups_are_those_that_name_the_user(void **state)
{
    struct groups *groups =
        parse_groups("root:x:0:alice\n"
                     "staff:x:50:bob,alice\n"
                     "alic:x:51:alic,alicee,lice\n"
                     "users:x:100:\n"
                     "broken\nbroken:x:101\nbroken:x:y:alice\nbroken:x:5:alice:more\n"
                     "+::::\n"
                     "wardftpd-auth:x:900:alice\n"
                     "shadow:x:42:alice\n"
                     "again:x:50:alice\n"
                     "last:x:102:alice");
    struct config *config = sections(NULL, 0);
    struct membership out;
    (void)state;
    assert_null(groups_bind(groups, config));
    groups_of(groups, config, &our_ids, "alice", 100, NULL, &out);
    assert_int_equal(out.gid_count, 2);
    assert_int_equal(out.gids[0], 50);
    assert_int_equal(out.gids[1], 102);
    assert_int_equal(out.refused, 3); /* root's, the daemon's own, a forbidden one */
    assert_null(out.section);
    groups_of(groups, config, &our_ids, "carol", 7, NULL, &out);
    assert_int_equal(out.gid_count + out.refused, 0);
    groups_of(NULL, config, &our_ids, "alice", 100, NULL, &out);
    assert_int_equal(out.gid_count + out.refused, 0);
    groups_free(groups);
    free(config);
}

/* The first in the configuration's order; by name or by the user's own gid; of groups that are not
 * given, too. */
static void the_first_group_section_of_a_user_is_found(void **state)
{
    static const char *const names[] = { "shadow", "users", "staff" };
    static const struct {
        const char *user;
        uint32_t gid;
        const char *section;
    } cases[] = {
        { "alice", 1, "users" }, { "bob", 1, "staff" },   { "carol", 100, "users" },
        { "dave", 1, NULL },     { "erin", 1, "shadow" },
    };
    struct groups *groups = parse_groups("staff:x:50:alice,bob\n"
                                         "users:x:100:alice\n"
                                         "shadow:x:42:erin\n"
                                         "other:x:51:dave\n"
                                         "staff:x:52:erin\n");
    struct config *config = sections(names, COUNT(names));
    struct membership out;
    (void)state;
    assert_null(groups_bind(groups, config));
    for (size_t i = 0; i < COUNT(cases); i++) {
        groups_of(groups, config, &our_ids, cases[i].user, cases[i].gid, NULL, &out);
        if (!cases[i].section != !out.section ||
            (out.section && strcmp(out.section, cases[i].section) != 0))
            fail_msg("%s has the section %s", cases[i].user, out.section ? out.section : "(none)");
    }
    groups_free(groups);
    free(config);
}

/* However many groups come before it, a section is not lost. */
static void groups_beyond_the_most_are_counted(void **state)
{
    static const char *const names[] = { "last" };
    char text[8192] = "";
    struct membership out;
    (void)state;
    for (unsigned i = 0; i < GROUPS_MAX + 3; i++)
        (void)text_format(text + strlen(text), sizeof text - strlen(text), "g%u:x:%u:alice\n", i,
                          i + 1000);
    (void)text_format(text + strlen(text), sizeof text - strlen(text), "last:x:5000:alice\n");
    struct groups *groups = parse_groups(text);
    struct config *config = sections(names, COUNT(names));
    assert_null(groups_bind(groups, config));
    groups_of(groups, config, &our_ids, "alice", 1, NULL, &out);
    assert_int_equal(out.gid_count, GROUPS_MAX);
    assert_int_equal(out.beyond, 4);
    assert_string_equal(out.section, "last");
    groups_free(groups);
    free(config);
}

static void a_section_without_its_group_is_named(void **state)
{
    static const char *const names[] = { "staff", "gone", "lost" };
    struct groups *groups = parse_groups("staff:x:50:alice\n");
    struct config *config = sections(names, COUNT(names));
    (void)state;
    assert_string_equal(groups_bind(groups, config), "gone");
    assert_string_equal(groups_bind(NULL, config), "staff");
    config->policies[1].kind = config->policies[2].kind = POLICY_USER;
    assert_null(groups_bind(groups, config));
    groups_free(groups);
    free(config);
}

static int group_file(const char *text)
{
    const int fd = memfd_create("group", 0);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, 0644), 0);
    return fd;
}

/* A new version that would leave a [group] without members is not used: the one before it stays. */
static void a_group_file_that_lacks_a_section_is_refused(void **state)
{
    static const char *const names[] = { "staff" };
    struct config *config = sections(names, COUNT(names));
    struct files *files = calloc(1, sizeof *files);
    struct membership out;
    (void)state;
    if (getuid() != 0)
        skip();
    assert_non_null(files);
    files_init(files, config);
    assert_true(files->groups_lack);
    files_take_groups(files, config, -1);
    assert_true(files->groups_lack);
    files_take_groups(files, config, group_file("other:x:50:alice\n"));
    assert_true(files->groups_lack);
    files_take_groups(files, config, group_file("staff:x:50:alice\n"));
    assert_false(files->groups_lack);
    files_take_groups(files, config, group_file("other:x:50:alice\n"));
    files_take_groups(files, config, -1);
    assert_false(files->groups_lack);
    groups_of(files->groups, config, &our_ids, "alice", 1, NULL, &out);
    assert_string_equal(out.section, "staff");
    config->policy_count = 0; /* a reload that needs no group */
    files_take_config(files, config);
    files_take_groups(files, config, -1);
    assert_false(files->groups_lack);
    assert_null(files->groups);
    free(files);
    free(config);
}

static void a_group_file_that_others_may_write_is_refused(void **state)
{
    struct stat about;
    (void)state;
    if (getuid() != 0)
        skip();
    const int fd = group_file("staff:x:50:alice\n");
    struct groups *groups = groups_load(fd, "group", &about);
    assert_non_null(groups);
    groups_free(groups);
    assert_int_equal(fchmod(fd, 0664), 0);
    assert_null(groups_load(fd, "group", &about));
    assert_int_equal(fchmod(fd, 0644), 0);
    assert_int_equal(fchown(fd, 1, 0), 0);
    assert_null(groups_load(fd, "group", &about));
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_user_has_seven_fields),
        cmocka_unit_test(a_broken_line_costs_only_its_user),
        cmocka_unit_test(a_nul_byte_costs_only_its_line),
        cmocka_unit_test(of_two_lines_of_a_name_the_first_counts),
        cmocka_unit_test(many_users_are_all_found),
        cmocka_unit_test(hashes_are_told_apart),
        cmocka_unit_test(old_hashes_are_accepted_by_name),
        cmocka_unit_test(dummies_cost_what_their_sample_costs),
        cmocka_unit_test(the_dummy_is_of_the_most_common_kind_and_cost),
        cmocka_unit_test(passwords_are_checked),
        cmocka_unit_test(a_file_that_others_may_use_is_refused),
        cmocka_unit_test(a_bad_file_leaves_the_old_users),
        cmocka_unit_test(hosts_have_their_own_file),
        cmocka_unit_test(groups_are_those_that_name_the_user),
        cmocka_unit_test(the_first_group_section_of_a_user_is_found),
        cmocka_unit_test(groups_beyond_the_most_are_counted),
        cmocka_unit_test(a_section_without_its_group_is_named),
        cmocka_unit_test(a_group_file_that_lacks_a_section_is_refused),
        cmocka_unit_test(a_group_file_that_others_may_write_is_refused),
    };
    log_open(-1, 0); /* what is complained of here is expected */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
