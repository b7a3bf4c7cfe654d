/* SPDX-License-Identifier: BSD-2-Clause */
/* test_jail_format.c - the lines of listings, the names of hidden files, the
 * sorting of names: JAIL's parts that need no process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/text.h"
#include "daemon/protocol/auth_jail.h"
#include "daemon/jail/access.h"
#include "daemon/jail/format.h"
#include "daemon/jail/hidden.h"
#include "daemon/jail/names.h"
#include "common/sha256.h"

#include <stdio.h>
#include <string.h>

enum { NOW = 1795583520 }; /* 2026-11-25 05:12:00 UTC */

static void expect_line(size_t i, const struct out *out, const char *wanted)
{
    if (out->used != strlen(wanted) || memcmp(out->text, wanted, out->used) != 0)
        fail_msg("case %zu: '%.*s' instead of '%s'", i, (int)out->used, out->text, wanted);
}

static const struct {
    unsigned mode;
    uint32_t links, uid, gid;
    uint64_t size;
    int64_t mtime;
    const char *name, *target, *line;
} long_cases[] = {
    { S_IFDIR | 0755, 2, 1000, 1000, 4096, NOW - 86400, "name", NULL,
      "drwxr-xr-x   2 1000     1000         4096 Nov 24 05:12 name\r\n" },
    { S_IFREG | 0644, 1, 0, 0, 0, NOW, "empty", NULL,
      "-rw-r--r--   1 0        0               0 Nov 25 05:12 empty\r\n" },
    { S_IFREG | 0, 1, 4294967294, 4294967294, INT64_MAX, NOW, "big", NULL,
      "----------   1 4294967294 4294967294 9223372036854775807 Nov 25 05:12 big\r\n" },
    { S_IFLNK | 0777, 1, 1, 2, 6, NOW, "link", "../to",
      "lrwxrwxrwx   1 1        2               6 Nov 25 05:12 link -> ../to\r\n" },
    { S_IFREG | 06755, 1, 1, 1, 1, NOW, "suid", NULL,
      "-rwsr-sr-x   1 1        1               1 Nov 25 05:12 suid\r\n" },
    { S_IFREG | 06644, 1, 1, 1, 1, NOW, "Suid", NULL,
      "-rwSr-Sr--   1 1        1               1 Nov 25 05:12 Suid\r\n" },
    { S_IFDIR | 01777, 9999, 0, 0, 1, NOW, "tmp", NULL,
      "drwxrwxrwt 9999 0        0               1 Nov 25 05:12 tmp\r\n" },
    { S_IFDIR | 01776, 1, 0, 0, 1, NOW, "tmp", NULL,
      "drwxrwxrwT   1 0        0               1 Nov 25 05:12 tmp\r\n" },
    { S_IFIFO | 0600, 1, 1, 1, 0, NOW, "fifo", NULL,
      "prw-------   1 1        1               0 Nov 25 05:12 fifo\r\n" },
    /* law N6: half a year, to the second; what is to come shows its year */
    { S_IFREG | 0644, 1, 1, 1, 1, NOW - 15778475, "young", NULL,
      "-rw-r--r--   1 1        1               1 May 26 14:17 young\r\n" },
    { S_IFREG | 0644, 1, 1, 1, 1, NOW - 15778476, "old", NULL,
      "-rw-r--r--   1 1        1               1 May 26  2026 old\r\n" },
    { S_IFREG | 0644, 1, 1, 1, 1, NOW + 1, "soon", NULL,
      "-rw-r--r--   1 1        1               1 Nov 25  2026 soon\r\n" },
    { S_IFREG | 0644, 1, 1, 1, 1, 0, "epoch", NULL,
      "-rw-r--r--   1 1        1               1 Jan  1  1970 epoch\r\n" },
    /* law N1 */
    { S_IFREG | 0644, 1, 1, 1, 1, NOW, " -\t\xff\r[*]\"\x01", NULL,
      "-rw-r--r--   1 1        1               1 Nov 25 05:12  -?\xff?[*]\"?\r\n" },
    { S_IFREG | 0644, 1, 1, 1, 1, NOW, "a\x1b[1mb", NULL,
      "-rw-r--r--   1 1        1               1 Nov 25 05:12 a?[1mb\r\n" },
    { S_IFREG | 0644, 1, 1, 1, 1, NOW, "a\r\n-rw b\x7f", NULL,
      "-rw-r--r--   1 1        1               1 Nov 25 05:12 a?\?-rw b?\r\n" },
    { S_IFLNK | 0777, 1, 1, 1, 1, NOW, "l", "x\ny",
      "lrwxrwxrwx   1 1        1               1 Nov 25 05:12 l -> x?y\r\n" },
};

static void lines_are_those_of_ls(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(long_cases); i++) {
        char text[512];
        struct out out = { .text = text, .room = sizeof text };
        const struct entry entry = { .prefix = "",
                                     .name = long_cases[i].name,
                                     .target = long_cases[i].target,
                                     .about = { .stx_mode = (uint16_t)long_cases[i].mode,
                                                .stx_nlink = long_cases[i].links,
                                                .stx_uid = long_cases[i].uid,
                                                .stx_gid = long_cases[i].gid,
                                                .stx_size = long_cases[i].size,
                                                .stx_mtime = { .tv_sec = long_cases[i].mtime } } };
        format_long(&out, &entry, NOW, NULL);
        expect_line(i, &out, long_cases[i].line);
    }
}

static const struct {
    uint32_t facts;
    enum shown shown;
    unsigned mode;
    const char *name, *target, *line;
} fact_cases[] = {
    { FACTS_ALL, SHOWN_FILE, S_IFREG | 0644, "a b", NULL,
      "type=file;size=5;modify=20261125051200;perm=rw;unique=800000001gff;UNIX.mode=0644;UNIX."
      "owner=7;UNIX.group=8; a b\r\n" },
    { FACTS_ALL, SHOWN_DIRECTORY, S_IFDIR | 02755, "d", NULL,
      "type=dir;modify=20261125051200;perm=rw;unique=800000001gff;UNIX.mode=2755;UNIX.owner=7;UNIX."
      "group=8; d\r\n" },
    { FACT_TYPE, SHOWN_CURRENT, S_IFDIR, ".", NULL, "type=cdir; .\r\n" },
    { FACT_TYPE, SHOWN_PARENT, S_IFDIR, "..", NULL, "type=pdir; ..\r\n" },
    { FACT_TYPE, SHOWN_LINK, S_IFLNK, "l", "dir/sub", "type=OS.unix=slink:dir/sub; l\r\n" },
    { FACT_TYPE, SHOWN_LINK, S_IFLNK, "l", "a;b", "type=OS.unix=symlink; l\r\n" },
    { FACT_TYPE, SHOWN_LINK, S_IFLNK, "l", "a\nb", "type=OS.unix=symlink; l\r\n" },
    { FACT_TYPE | FACT_SIZE, SHOWN_OTHER, S_IFIFO, "f", NULL, "type=OS.unix=fifo; f\r\n" },
    { FACT_TYPE, SHOWN_OTHER, S_IFSOCK, "s", NULL, "type=OS.unix=socket; s\r\n" },
    { 0, SHOWN_FILE, S_IFREG, "bare", NULL, " bare\r\n" },
};

static void facts_are_those_chosen(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(fact_cases); i++) {
        char text[512];
        struct out out = { .text = text, .room = sizeof text };
        const struct entry entry = { .prefix = "",
                                     .name = fact_cases[i].name,
                                     .target = fact_cases[i].target,
                                     .shown = fact_cases[i].shown,
                                     .perm = "rw",
                                     .about = { .stx_mode = (uint16_t)fact_cases[i].mode,
                                                .stx_uid = 7,
                                                .stx_gid = 8,
                                                .stx_size = 5,
                                                .stx_ino = 255,
                                                .stx_dev_major = 8,
                                                .stx_dev_minor = 1,
                                                .stx_mtime = { .tv_sec = NOW } } };
        format_facts(&out, &entry, fact_cases[i].facts);
        expect_line(i, &out, fact_cases[i].line);
    }
}

static void a_line_that_does_not_fit_is_not_cut(void **state)
{
    (void)state;
    char text[6];
    struct out out = { .text = text, .room = sizeof text };
    const struct entry entry = { .prefix = "d/", .prefix_length = 2, .name = "x" };
    format_name(&out, &entry);
    expect_line(0, &out, "d/x\r\n");
    assert_false(out.full);
    format_name(&out, &entry);
    assert_true(out.full);
}

static const struct {
    struct perm_grounds grounds;
    const char *perm;
} perm_cases[] = {
    { { RIGHTS_ALL, 7, true, false, 0 }, "adfrw" },
    { { RIGHTS_ALL, 7, true, true, 0 }, "cdeflmp" },
    { { RIGHTS_ALL, 4, true, false, 0 }, "dfr" },
    /* where no part can be made, STOR writes in place */
    { { RIGHTS_ALL, 6, false, false, 0 }, "arw" },
    { { RIGHTS_ALL, 5, false, true, 0 }, "el" },
    { { RIGHTS_ALL, 4, true, true, 0 }, "dfl" }, /* no search: the names are listed */
    { { RIGHTS_ALL, 7, true, false, PERM_BIT('a') | PERM_BIT('w') }, "dfr" },
    { { RIGHTS_ALL, 7, true, true, PERM_BIT('d') }, "cdeflmp" }, /* DELE is refused, RMD is not */
    { { RIGHTS_ALL, 7, true, true, PERM_RMD | PERM_BIT('m') }, "ceflp" },
    { { RIGHTS_ALL, 7, true, false, PERM_RMD }, "adfrw" },
    { { RIGHTS_READ, 7, true, false, 0 }, "r" },
    { { RIGHTS_READ, 7, true, true, 0 }, "el" },
    { { RIGHT_UPLOAD, 7, true, true, 0 }, "ce" },
    { { 0, 7, true, true, 0 }, "" },
};

static void perm_is_what_rights_and_kernel_allow(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(perm_cases); i++) {
        char perm[PERM_SIZE];
        format_perm(&perm_cases[i].grounds, perm);
        if (strcmp(perm, perm_cases[i].perm) != 0)
            fail_msg("case %zu: '%s' instead of '%s'", i, perm, perm_cases[i].perm);
    }
}

static void access_goes_by_owner_then_group_then_others(void **state)
{
    (void)state;
    const struct jail_who who = { .uid = 10, .gid = 20, .group_count = 1, .groups = { 30 } };
    const struct statx own = { .stx_mode = 0170, .stx_uid = 10, .stx_gid = 20 };
    const struct statx group = { .stx_mode = 0751, .stx_uid = 1, .stx_gid = 20 };
    const struct statx more = { .stx_mode = 0751, .stx_uid = 1, .stx_gid = 30 };
    const struct statx other = { .stx_mode = 0751, .stx_uid = 1, .stx_gid = 1 };
    assert_int_equal(access_bits(&who, &own), 1); /* never the group's more */
    assert_int_equal(access_bits(&who, &group), 5);
    assert_int_equal(access_bits(&who, &more), 5);
    assert_int_equal(access_bits(&who, &other), 1);
    const struct statx tmp = { .stx_mode = 01777, .stx_uid = 0 };
    assert_true(access_sticks(&who, &tmp, &other));
    assert_false(access_sticks(&who, &tmp, &own));
}

/* FIPS 180-4's examples, and the lengths around a block's end. */
static void sha256_is_sha256(void **state)
{
    (void)state;
    static const struct {
        size_t repeat;
        const char *text;
        uint8_t begins[4];
    } cases[] = {
        { 1, "", { 0xe3, 0xb0, 0xc4, 0x42 } },
        { 1, "abc", { 0xba, 0x78, 0x16, 0xbf } },
        { 1,
          "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          { 0x24, 0x8d, 0x6a, 0x61 } },
        { 55, "a", { 0x9f, 0x43, 0x90, 0xf8 } },
        { 64, "a", { 0xff, 0xe0, 0x54, 0xfe } },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[512] = "";
        uint8_t digest[SHA256_SIZE];
        for (size_t k = 0; k < cases[i].repeat; k++)
            memcpy(text + k * strlen(cases[i].text), cases[i].text, strlen(cases[i].text));
        sha256(text, cases[i].repeat * strlen(cases[i].text), digest);
        if (memcmp(digest, cases[i].begins, 4) != 0)
            fail_msg("case %zu: %02x%02x%02x%02x", i, digest[0], digest[1], digest[2], digest[3]);
    }
}

static void hidden_names_are_known_again(void **state)
{
    (void)state;
    char a[HIDDEN_SIZE], b[HIDDEN_SIZE], path[2 * HIDDEN_SIZE];
    hidden_name("abc", a);
    assert_string_equal(a, ".wardftpd-ba7816bf8f01cfea414140de5dae2223.part");
    hidden_name("abd", b);
    assert_string_not_equal(a, b);
    assert_true(hidden_is(a));
    assert_false(hidden_is(".wardftpd-"));
    assert_false(hidden_is(".wardftpd-ba7816bf8f01cfea414140de5dae2223"));
    assert_false(hidden_is(".wardftpd-ba7816bf8f01cfea414140de5dae2223.parts"));
    assert_false(hidden_is(".wardftpd-BA7816bf8f01cfea414140de5dae2223.part"));
    assert_false(hidden_is(".wardftpd-ba7816bf8f01cfea414140de5dae22233.part"));
    assert_true(text_format(path, sizeof path, "/d/%s", a));
    assert_true(hidden_in_path(path));
    assert_true(text_format(path, sizeof path, "/%s/x", a));
    assert_true(hidden_in_path(path));
    assert_true(text_format(path, sizeof path, "/x%s", a));
    assert_false(hidden_in_path(path));
    assert_false(hidden_in_path("/.wardftpd-/.wardftpd-ba"));
}

static void names_are_sorted_bytewise_up_to_their_bound(void **state)
{
    (void)state;
    struct names *names = names_new();
    assert_non_null(names);
    char name[32];
    for (unsigned i = 0; i < NAMES_MAX; i++) {
        assert_true(text_format(name, sizeof name, "%08x", i * 2654435761u));
        assert_true(names_add(names, name, 0));
    }
    assert_false(names_add(names, "one more", 0));
    names_sort(names);
    for (size_t i = 1; i < names->count; i++)
        assert_true(strcmp(names_get(names, i - 1), names_get(names, i)) < 0);
    names_free(names);

    names = names_new();
    assert_true(names_add(names, "\xff", 0) && names_add(names, "b", 0) &&
                names_add(names, "B", 0) && names_add(names, "ba", 0));
    names_sort(names);
    assert_string_equal(names_get(names, 0), "B");
    assert_string_equal(names_get(names, 1), "b");
    assert_string_equal(names_get(names, 2), "ba");
    assert_string_equal(names_get(names, 3), "\xff");
    names_free(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_those_of_ls),
        cmocka_unit_test(facts_are_those_chosen),
        cmocka_unit_test(a_line_that_does_not_fit_is_not_cut),
        cmocka_unit_test(perm_is_what_rights_and_kernel_allow),
        cmocka_unit_test(access_goes_by_owner_then_group_then_others),
        cmocka_unit_test(sha256_is_sha256),
        cmocka_unit_test(hidden_names_are_known_again),
        cmocka_unit_test(names_are_sorted_bytewise_up_to_their_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
