/* SPDX-License-Identifier: BSD-2-Clause */
/* test_jail_become.c - what a JAIL takes of auth before it becomes a user: a
 * taken auth names root, the daemon's own accounts, groups that are forbidden. */
#include "daemon/jail/become.h"

#include "common/text.h"
#include "daemon/protocol/auth_jail.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MINIMUM_UID = 500, USER = 5001, OUR_UID = 901, OUR_GID = 902, FORBIDDEN = 4242 };

static struct config config = { .minimum_uid = MINIMUM_UID,
                                .forbidden_gid_count = 2,
                                .forbidden_gids = { 42, FORBIDDEN } };
static struct role_ids ids = { .uid = { [ROLE_SCRIBE] = OUR_UID },
                               .gid = { [ROLE_SCRIBE] = OUR_GID } };

static struct jail_who good_who(void)
{
    struct jail_who who = { .head = { .type = JAIL_WHO, .serial = 1 },
                            .uid = USER,
                            .gid = USER,
                            .group_count = 2,
                            .groups = { 50, 51 },
                            .home = "/" };
    return who;
}

/* The JAIL's process, with its descriptors where its zygote puts them. */
static _Noreturn void be_jail(int auth, int net)
{
    static struct jail_who who;
    const int high_auth = fcntl(auth, F_DUPFD, 100), high_net = fcntl(net, F_DUPFD, 100);
    if (high_auth < 0 || high_net < 0 || dup2(high_auth, FD_AUTH) < 0 ||
        dup2(high_net, FD_MASTER) < 0 || close_range(100, ~0U, 0) != 0 || close(STDERR_FILENO) != 0)
        _exit(99);
    become_user(&config, &ids, &who);
    _exit(0);
}

/* Does JAIL try to become that?  It answers, then, whether it can or not; else it ends without a
 * word. */
static bool is_taken(const struct jail_who *who)
{
    struct jail_who_answer answer;
    int auth[2], net[2], status = -1;
    assert_int_equal(channel_pair(auth, 0), 0);
    assert_int_equal(channel_pair(net, 0), 0);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        be_jail(auth[1], net[1]);
    close(auth[1]);
    close(net[1]);
    assert_int_equal(channel_send(auth[0], who, sizeof *who, 0), 0);
    const ssize_t n = channel_receive(auth[0], &answer, sizeof answer, 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 99);
    close(auth[0]);
    close(net[0]);
    return n == (ssize_t)sizeof answer;
}

static void a_user_of_free_groups_is_taken(void **state)
{
    struct jail_who who = good_who();
    (void)state;
    assert_true(is_taken(&who));
    who.group_count = 0;
    assert_true(is_taken(&who));
}

static void no_uid_of_root_the_system_or_the_daemon(void **state)
{
    static const uint32_t uids[] = { 0, 1, MINIMUM_UID - 1, OUR_UID, UINT32_MAX };
    (void)state;
    for (size_t i = 0; i < COUNT(uids); i++) {
        struct jail_who who = good_who();
        who.uid = uids[i];
        if (is_taken(&who))
            fail_msg("uid %u is taken", uids[i]);
    }
}

static void no_gid_of_root_the_daemon_or_forbidden_groups(void **state)
{
    static const uint32_t gids[] = { 0, OUR_GID, 42, FORBIDDEN, UINT32_MAX };
    (void)state;
    for (size_t i = 0; i < COUNT(gids); i++) {
        for (size_t place = 0; place < 3; place++) {
            struct jail_who who = good_who();
            *(place == 2 ? &who.gid : &who.groups[place]) = gids[i];
            if (is_taken(&who))
                fail_msg("gid %u is taken in place %zu", gids[i], place);
        }
    }
}

/* What follows the last group does not count. */
static void only_the_groups_that_count_are_judged(void **state)
{
    struct jail_who who = good_who();
    (void)state;
    who.groups[2] = FORBIDDEN;
    assert_true(is_taken(&who));
    who.group_count = 3;
    assert_false(is_taken(&who));
    who.group_count = GROUPS_MAX + 1;
    assert_false(is_taken(&who));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_user_of_free_groups_is_taken),
        cmocka_unit_test(no_uid_of_root_the_system_or_the_daemon),
        cmocka_unit_test(no_gid_of_root_the_daemon_or_forbidden_groups),
        cmocka_unit_test(only_the_groups_that_count_are_judged),
    };
    log_open(-1, 0); /* what is complained of here is expected */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
