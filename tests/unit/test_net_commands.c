/* SPDX-License-Identifier: BSD-2-Clause */
/* test_net_commands.c - the table of commands: what all else is read off. */
#include "daemon/net/commands.h"

#include "common/text.h"
#include "daemon/net/allowed.h"
#include "daemon/protocol/auth_jail.h"
#include "tests/unit/expect.h"

#include <stdlib.h>
#include <string.h>

static void expect_row(const struct command *row, bool fine, const char *fault)
{
    if (!fine)
        fail_msg("commands.c: %s %s", row->verb, fault);
}

static void verbs_are_sorted_and_unique(void **state)
{
    (void)state;
    for (size_t i = 1; i < command_count; i++) {
        const char *before = commands[i - 1].verb, *verb = commands[i].verb;
        const int order = strcmp(before, verb);
        if (order == 0)
            fail_msg("commands.c: %s has two rows", verb);
        if (order > 0)
            fail_msg("commands.c is sorted by verb: the row of %s must come before that of %s",
                     verb, before);
    }
}

static void every_row_is_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < command_count; i++) {
        const struct command *row = &commands[i];
        expect_row(row, row->run != NULL, "has no handler");
        expect_row(row, row->syntax != NULL, "has no syntax");
        expect_row(row, row->source[0] != '\0', "names no source");
        expect_row(row,
                   strspn(row->verb, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -") == strlen(row->verb),
                   "is a verb with other characters than A-Z, 0-9, space and -");
        expect_row(row, row->argument != ARG_NONE || (row->syntax && row->syntax[0] == '\0'),
                   "takes no argument, but its syntax has one");
        expect_row(row, !row->more || row->feature, "adds to a FEAT line that it does not have");
        expect_row(row, !(row->flags & REFUSED) || !row->feature,
                   "is refused, but has a FEAT line");
    }
}

/* The first word of a FEAT line is its row's verb, or names what has no verb of its own. */
static void every_feature_belongs_to_its_row(void **state)
{
    static const char *const of_others[] = { "UTF8", "TVFS" };
    (void)state;
    for (size_t i = 0; i < command_count; i++) {
        const char *feature = commands[i].feature;
        bool fine = false;
        if (!feature)
            continue;
        const size_t n = strcspn(feature, " ");
        fine |= strlen(commands[i].verb) == n && strncmp(feature, commands[i].verb, n) == 0;
        for (size_t k = 0; k < COUNT(of_others); k++)
            fine |= strcmp(feature, of_others[k]) == 0;
        expect_row(&commands[i], fine, "has a FEAT line that begins with another verb");
    }
}

/* Law R6. */
static void before_the_login_only_these_are_served(void **state)
{
    static const char *const early[] = { "USER", "PASS", "AUTH", "PBSZ", "PROT", "HOST",
                                         "FEAT", "HELP", "SYST", "TYPE", "MODE", "STRU",
                                         "NOOP", "OPTS", "CLNT", "CSID", "LANG", "QUIT" };
    (void)state;
    for (size_t i = 0; i < command_count; i++) {
        bool listed = false;
        const size_t n = strcspn(commands[i].verb, " ");
        for (size_t k = 0; k < COUNT(early); k++)
            listed |= strlen(early[k]) == n && strncmp(commands[i].verb, early[k], n) == 0;
        expect_row(&commands[i], ((commands[i].flags & USER_IN) == 0) == listed,
                   listed ? "is not served before the log-in" : "is served before the log-in");
    }
}

static void what_moves_data_needs_a_login_and_a_data_connection(void **state)
{
    static const char *const movers[] = { "RETR", "STOR", "APPE", "STOU", "LIST", "NLST", "MLSD" };
    const char *rest;
    (void)state;
    for (size_t i = 0; i < COUNT(movers); i++) {
        const struct command *command = command_find(movers[i], &rest);
        assert_non_null(command);
        expect_case(i, (command->flags & (USER_IN | DATA_SET)) == (USER_IN | DATA_SET), 1);
    }
}

static void commands_are_found_in_any_case(void **state)
{
    static const struct {
        const char *line, *verb, *rest;
    } cases[] = {
        { "RETR name", "RETR", " name" },
        { "retr  two blanks", "RETR", "  two blanks" },
        { "rEtR", "RETR", "" },
        { "SITE CHMOD 644 x", "SITE CHMOD", " 644 x" },
        { "site  chmod 644 x", "SITE CHMOD", " 644 x" },
        { "SITE NONSENSE", "SITE", " NONSENSE" },
        { "SITE", "SITE", "" },
        { "OPTS UTF8 ON", "OPTS UTF8", " ON" },
        { "OPTS mlst", "OPTS MLST", "" },
        { "OPTS UTF8X", "OPTS", " UTF8X" },
        { "XSHA1 x", "XSHA1", " x" },
        { "XSHA x", "XSHA", " x" },
        { "RETRX", NULL, NULL },
        { "RET", NULL, NULL },
        { "", NULL, NULL },
        { " RETR x", NULL, NULL },
        { "RETR\tx", NULL, NULL },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *rest;
        const struct command *command = command_find(cases[i].line, &rest);
        expect_text(i, command ? command->verb : "", cases[i].verb ? cases[i].verb : "");
        if (command)
            expect_text(i, rest, cases[i].rest);
    }
}

/* Every command that needs a right is refused without it: those, and no others. */
static void a_user_without_rights_is_refused_what_needs_one(void **state)
{
    static const char *const need[] = { "RETR",       "HASH",      "XCRC", "XMD5", "XSHA", "XSHA1",
                                        "XSHA256",    "XSHA512",   "STOR", "STOU", "APPE", "DELE",
                                        "RNFR",       "RNTO",      "MKD",  "XMKD", "RMD",  "XRMD",
                                        "LIST",       "NLST",      "MLSD", "MLST", "MFMT", "MFF",
                                        "SITE CHMOD", "SITE UTIME" };
    struct session *s = calloc(1, sizeof *s);
    (void)state;
    assert_non_null(s);
    s->logged_in = true;
    for (size_t i = 0; i < command_count; i++) {
        bool listed = false;
        for (size_t k = 0; k < COUNT(need); k++)
            listed |= strcmp(commands[i].verb, need[k]) == 0;
        s->policy.rights = 0;
        expect_case(i, command_refusal(s, commands[i].verb) != NULL, listed);
        s->policy.rights = RIGHTS_ALL;
        expect_case(i, command_refusal(s, commands[i].verb) != NULL, 0);
    }
    free(s);
}

/* The perm fact promises nothing that the policy's list of commands refuses. */
static void a_denied_command_takes_its_letter(void **state)
{
    static const struct {
        const char *denied;
        uint32_t refused;
    } cases[] = {
        { "", 0 },
        { "NOOP\n", 0 },
        { "APPE\n", PERM_BIT('a') },
        { "STOR\nSTOU\nAPPE\n", PERM_BIT('a') | PERM_BIT('c') | PERM_BIT('w') },
        { "DELE\n", PERM_BIT('d') },
        { "RMD\n", 0 },
        { "RMD\nXRMD\n", PERM_RMD },
        { "DELE\nRMD\nXRMD\n", PERM_BIT('d') | PERM_RMD | PERM_BIT('p') },
        { "CWD\nXCWD\n", PERM_BIT('e') },
        { "RNFR\n", PERM_BIT('f') },
        { "RNTO\n", PERM_BIT('f') },
        { "LIST\nNLST\n", 0 },
        { "LIST\nNLST\nMLSD\n", PERM_BIT('l') },
        { "MKD\nXMKD\n", PERM_BIT('m') },
        { "RETR\n", PERM_BIT('r') },
        { "STOR\n", PERM_BIT('w') },
    };
    struct session *s = calloc(1, sizeof *s);
    (void)state;
    assert_non_null(s);
    s->logged_in = true;
    s->policy.rights = RIGHTS_ALL;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_true(text_copy(s->policy.denied_commands, sizeof s->policy.denied_commands,
                              cases[i].denied));
        expect_case(i, perm_bits_refused(s), cases[i].refused);
    }
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verbs_are_sorted_and_unique),
        cmocka_unit_test(every_row_is_whole),
        cmocka_unit_test(every_feature_belongs_to_its_row),
        cmocka_unit_test(before_the_login_only_these_are_served),
        cmocka_unit_test(what_moves_data_needs_a_login_and_a_data_connection),
        cmocka_unit_test(commands_are_found_in_any_case),
        cmocka_unit_test(a_user_without_rights_is_refused_what_needs_one),
        cmocka_unit_test(a_denied_command_takes_its_letter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
