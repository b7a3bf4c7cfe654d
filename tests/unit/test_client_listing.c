/* SPDX-License-Identifier: BSD-2-Clause */
/* The client's readings of MLSD and LIST. */
#include "client/engine/listing.h"

#include "common/text.h"
#include "tests/unit/expect.h"

#include <errno.h>

/* 2026-07-15 12:00:00 UTC */
static const int64_t now = 1784116800;

static const struct {
    const char *line;
    int result;
    const char *name;
    enum entry_type type;
    int64_t size, modified;
    int mode;
} list_cases[] = {
    { "-rw-r--r--   1 alice users     1234 Jan 31 14:05 plain", 0, "plain", ENTRY_FILE, 1234,
      1769868300, 0644 },
    { "drwxr-xr-x   2 0 0 4096 Feb 29  2024 dir name", 0, "dir name", ENTRY_DIRECTORY, -1,
      1709164800, 0755 },
    { "-rw-r--r-- 1 a b 5 Dec 31 23:59 last year", 0, "last year", ENTRY_FILE, 5, 1767225540,
      0644 },
    { "-rw-r--r--    1 5 Jan 01  1970 no owner", 0, "no owner", ENTRY_FILE, 5, 0, 0644 },
    { "-rw-rw-rw- 1 a b 5 Jan 01 1970   two spaces", 0, "  two spaces", ENTRY_FILE, 5, 0, 0666 },
    { "lrwxrwxrwx 1 a b 7 Jan 01 1970 link -> to/there", 0, "link", ENTRY_LINK, -1, 0, 0777 },
    { "-rwsr-xr-T 1 a b 7 Jan 01 1970 odd", 0, "odd", ENTRY_FILE, 7, 0, 0754 },
    { "-rw-r--r--+ 1 a b 7 Jan 01 1970 acl", 0, "acl", ENTRY_FILE, 7, 0, 0644 },
    { "-rw-r--r-- 1 a b 7 2024-02-29 12:30 iso", 0, "iso", ENTRY_FILE, 7, 1709209800, 0644 },
    { "crw-rw-rw- 1 a b 1, 3 Jan 01 1970 null", 0, "null", ENTRY_OTHER, -1, 0, 0666 },
    { "02-29-24  12:30PM       <DIR>          Dos Dir", 0, "Dos Dir", ENTRY_DIRECTORY, -1,
      1709209800, -1 },
    { "02-29-2024  12:05AM             99 a.txt", 0, "a.txt", ENTRY_FILE, 99, 1709165100, -1 },
    { "02-29-24  03:30PM  5 p", 0, "p", ENTRY_FILE, 5, 1709220600, -1 },
    /* day before month, other languages, missing group, commas, an owner with the name of a
     * month */
    { "-rw-r--r-- 1 alice users 1234 31 Jan 14:05 day first", 0, "day first", ENTRY_FILE, 1234,
      1769868300, 0644 },
    { "-rw-r--r-- 1 u g 7 29. Feb 2024 german", 0, "german", ENTRY_FILE, 7, 1709164800, 0644 },
    { "-rw-r--r-- 1 u g 7 Mai 29 2024 mai", 0, "mai", ENTRY_FILE, 7, 1716940800, 0644 },
    { "-rw-r--r-- 1 u g 7 29 févr. 2024 french", 0, "french", ENTRY_FILE, 7, 1709164800, 0644 },
    { "-rw-r--r-- 1 u g 7 ao\xfbt 29 2024 latin", 0, "latin", ENTRY_FILE, 7, 1724889600, 0644 },
    { "-rw-r--r-- 1 u g 7 2月 29日 2024年 chinese", 0, "chinese", ENTRY_FILE, 7, 1709164800, 0644 },
    { "-rw-r--r-- 1 u g 7 2월 29일 2024년 korean", 0, "korean", ENTRY_FILE, 7, 1709164800, 0644 },
    { "-rw-r--r-- 1 user 1234 Jan 31 2024 no group", 0, "no group", ENTRY_FILE, 1234, 1706659200,
      0644 },
    { "-rw-r--r-- 1 domain users dev 1234 Jan 31 2024 blanks", 0, "blanks", ENTRY_FILE, 1234,
      1706659200, 0644 },
    { "-rw-r--r-- 1 u g 1,234,567 Jan 31 2024 commas", 0, "commas", ENTRY_FILE, 1234567, 1706659200,
      0644 },
    { "-rw-r--r-- 1 jan users 12 Feb 29 2024 owner jan", 0, "owner jan", ENTRY_FILE, 12, 1709164800,
      0644 },
    { "-rw-r--r-- 1 jan 10 2000 Feb 29 2024 group 10", 0, "group 10", ENTRY_FILE, 2000, 1709164800,
      0644 },
    { "-rw-r--r-- 1 u g 5 Jan 31 2024 6 Feb 29 2023 name", 0, "6 Feb 29 2023 name", ENTRY_FILE, 5,
      1706659200, 0644 },
    { "-rw-r--r-- 1 u g 5 Feb 29 12:30:07 2024 with both", 0, "with both", ENTRY_FILE, 5,
      1709209807, 0644 },
    { "-rw-r--r-- 1 u g 5 2024-02-29 12:30:00.000000000 x", 0, "x", ENTRY_FILE, 5, 1709209800,
      0644 },
    /* DOS and IIS */
    { "2024-02-29  12:30         1,234,567 iso.bin", 0, "iso.bin", ENTRY_FILE, 1234567, 1709209800,
      -1 },
    { "29.02.2024  12:30    <DIR>          Bilder", 0, "Bilder", ENTRY_DIRECTORY, -1, 1709209800,
      -1 },
    { "02/29/2024  12:30 PM             99  two", 0, " two", ENTRY_FILE, 99, 1709209800, -1 },
    { "29-02-24  12:30PM  5 day first", 0, "day first", ENTRY_FILE, 5, 1709209800, -1 },
    { "02-29-24  12:30PM    <JUNCTION>     here [C:\\there]", 0, "here", ENTRY_LINK, -1, 1709209800,
      -1 },
    { "02-29-24  12:30PM       <DIR>          .", 1, NULL, 0, 0, 0, 0 },
    /* NetWare */
    { "d [R----F--] supervisor            512       Feb 29  2024    login", 0, "login",
      ENTRY_DIRECTORY, -1, 1709164800, -1 },
    { "- [RWCEAFMS] jan                 12345       Feb 29  2024    a file", 0, "a file",
      ENTRY_FILE, 12345, 1709164800, -1 },
    /* VxWorks */
    { "  size          date       time       name", 1, NULL, 0, 0, 0, 0 },
    { "--------       ------     ------    --------", 1, NULL, 0, 0, 0, 0 },
    { "    512    Feb-29-2024  12:30:00   lib               <DIR>", 0, "lib", ENTRY_DIRECTORY, -1,
      1709209800, -1 },
    { "   1234    Feb-29-2024  12:30:00   boot.rom", 0, "boot.rom", ENTRY_FILE, 1234, 1709209800,
      -1 },
    /* EPLF */
    { "+i8388621.29609,m824255902,/,\tdev", 0, "dev", ENTRY_DIRECTORY, -1, 824255902, -1 },
    { "+i8388621.44468,m839956783,r,s10376,\tRFC ERA", 0, "RFC ERA", ENTRY_FILE, 10376, 839956783,
      -1 },
    /* VMS */
    { "Directory DISK$USER:[ALICE]", 1, NULL, 0, 0, 0, 0 },
    { "README.TXT;1      2/3     29-FEB-2024 12:30:00.17  [GROUP,OWNER]  (RWED,RWED,RE,)", 0,
      "README.TXT;1", ENTRY_FILE, -1, 1709209800, -1 },
    { "SUB.DIR;1         1        29-FEB-2024 12:30  [ALICE]  (RWE,RWE,RE,E)", 0, "SUB",
      ENTRY_DIRECTORY, -1, 1709209800, -1 },
    { "Total of 2 files, 3/4 blocks.", 1, NULL, 0, 0, 0, 0 },
    /* IBM i */
    { "QSYS          77824 29/02/24 15:09:55 *DIR       QOpenSys/", 0, "QOpenSys", ENTRY_DIRECTORY,
      -1, 1709219395, -1 },
    { "PEP            4019 04/03/18 18:58:16 *STMF      einladung.zip", 0, "einladung.zip",
      ENTRY_FILE, 4019, INT64_MIN, -1 },
    { "QPGMR         *MEM       QCLSRC.NAME", 0, "QCLSRC.NAME", ENTRY_FILE, -1, INT64_MIN, -1 },
    { "insgesamt 12", 1, NULL, 0, 0, 0, 0 },
    { "total 4.0K", 1, NULL, 0, 0, 0, 0 },
    { "drwxr-xr-x 2 0 0 4096 Jan 01 1970 .", 1, NULL, 0, 0, 0, 0 },
    { "drwxr-xr-x 2 0 0 4096 Jan 01 1970 ..", 1, NULL, 0, 0, 0, 0 },
    { "total 12", 1, NULL, 0, 0, 0, 0 },
    { "-rw-r--r-- 1 a b", -EINVAL, NULL, 0, 0, 0, 0 },
    { "-rw-r--r-- 1 a b 99999999999999999999 Jan 01 1970 huge", -EINVAL, NULL, 0, 0, 0, 0 },
    { "garbage that is no listing at all", -EINVAL, NULL, 0, 0, 0, 0 },
};

static void list_lines_are_understood(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(list_cases); i++) {
        struct list_state lines = { .now = now };
        struct entry entry;

        expect_case(i, list_parse(&lines, list_cases[i].line, strlen(list_cases[i].line), &entry),
                    list_cases[i].result);
        if (list_cases[i].result != 0)
            continue;
        expect_case(i, entry.name_bytes, strlen(list_cases[i].name));
        assert_memory_equal(entry.name, list_cases[i].name, entry.name_bytes);
        expect_case(i, entry.type, list_cases[i].type);
        expect_case(i, entry.size, list_cases[i].size);
        expect_case(i, entry.modified, list_cases[i].modified);
        expect_case(i, entry.mode, list_cases[i].mode);
    }
}

static const struct {
    const char *lines[5];
    const char *name; /* of the last */
    enum entry_type type;
    int64_t modified;
} tables[] = {
    { { "Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname",
        "WYOSPT 3420   2024/02/29  1  200  FB      80  8053  PS  48-MVS.FILE" },
      "48-MVS.FILE",
      ENTRY_FILE,
      1709164800 },
    { { "Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname",
        "WYOSPT 3420   2024/02/29  1  200  FB      80  8053  PO  SOME.SOURCE" },
      "SOME.SOURCE",
      ENTRY_DIRECTORY,
      1709164800 },
    { { "Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname", "Migrated    OLD.DATA" },
      "OLD.DATA",
      ENTRY_FILE,
      INT64_MIN },
    { { " Name     VV.MM   Created       Changed      Size  Init   Mod   Id",
        "MEMBER01  01.09 2024/02/01 2024/02/29 12:30    12    12     0 USER" },
      "MEMBER01",
      ENTRY_FILE,
      1709209800 },
    { { "A_NAME_THAT_IS_TOO_LONG_FOR_ITS_COLUMN.TXT;12",
        "                  2/3     29-FEB-2024 12:30:00  [GROUP,OWNER]  (RWED,RWED,RE,)" },
      "A_NAME_THAT_IS_TOO_LONG_FOR_ITS_COLUMN.TXT;12",
      ENTRY_FILE,
      1709209800 },
};

static void tables_of_several_lines_are_understood(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(tables); i++) {
        struct list_state lines = { .now = now };
        struct entry entry;
        size_t k = 0;

        for (; tables[i].lines[k + 1]; k++)
            expect_case(
                i, list_parse(&lines, tables[i].lines[k], strlen(tables[i].lines[k]), &entry), 1);
        expect_case(i, list_parse(&lines, tables[i].lines[k], strlen(tables[i].lines[k]), &entry),
                    0);
        expect_case(i, entry.name_bytes, strlen(tables[i].name));
        assert_memory_equal(entry.name, tables[i].name, entry.name_bytes);
        expect_case(i, entry.type, tables[i].type);
        expect_case(i, entry.modified, tables[i].modified);
    }
}

static const struct {
    const char *line;
    int result;
    const char *name;
    enum entry_type type;
    int64_t size, modified;
    int mode;
} mlsd_cases[] = {
    { "type=file;size=5;modify=20240229123000;UNIX.mode=0644; name", 0, "name", ENTRY_FILE, 5,
      1709209800, 0644 },
    { "Type=File;Size=5; a; b=c", 0, "a; b=c", ENTRY_FILE, 5, INT64_MIN, -1 },
    { "type=dir;perm=el;  leading blank", 0, " leading blank", ENTRY_DIRECTORY, -1, INT64_MIN, -1 },
    { "type=OS.unix=slink:/to;size=3; l", 0, "l", ENTRY_LINK, 3, INT64_MIN, -1 },
    { "type=file;size=-5;modify=yesterday; x", 0, "x", ENTRY_FILE, -1, INT64_MIN, -1 },
    { "type=file;UNIX.mode=99; x", 0, "x", ENTRY_FILE, -1, INT64_MIN, -1 },
    { " no facts", 0, "no facts", ENTRY_OTHER, -1, INT64_MIN, -1 },
    { "type=cdir; .", 1, NULL, 0, 0, 0, 0 },
    { "type=pdir;modify=20240229123000; ..", 1, NULL, 0, 0, 0, 0 },
    { "type=file;size=5;", -EINVAL, NULL, 0, 0, 0, 0 },
    { "type=file; ", -EINVAL, NULL, 0, 0, 0, 0 },
    { "no equals; x", -EINVAL, NULL, 0, 0, 0, 0 },
    { "", -EINVAL, NULL, 0, 0, 0, 0 },
};

static void mlsd_lines_are_understood(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(mlsd_cases); i++) {
        struct entry entry;

        expect_case(i, mlsd_parse(mlsd_cases[i].line, strlen(mlsd_cases[i].line), &entry),
                    mlsd_cases[i].result);
        if (mlsd_cases[i].result != 0)
            continue;
        expect_case(i, entry.name_bytes, strlen(mlsd_cases[i].name));
        assert_memory_equal(entry.name, mlsd_cases[i].name, entry.name_bytes);
        expect_case(i, entry.type, mlsd_cases[i].type);
        expect_case(i, entry.size, mlsd_cases[i].size);
        expect_case(i, entry.modified, mlsd_cases[i].modified);
        expect_case(i, entry.mode, mlsd_cases[i].mode);
    }
}

static const struct {
    const char *name;
    size_t n;
    bool safe;
} names[] = {
    { "a", 1, true },     { "...", 3, true },  { "..a", 3, true },   { "-x", 2, true },
    { "", 0, false },     { ".", 1, false },   { "..", 2, false },   { "../etc", 6, false },
    { "/etc", 4, false }, { "a/b", 3, false }, { "a\0b", 3, false }, { "\n", 1, true },
};

static void a_server_names_no_file_elsewhere(void **state)
{
    char most[256];

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++)
        expect_case(i, name_is_safe(names[i].name, names[i].n), names[i].safe);
    memset(most, 'x', sizeof most);
    assert_true(name_is_safe(most, 255));
    assert_false(name_is_safe(most, 256));
}

static void a_listing_is_sorted_and_searched(void **state)
{
    static const char *const order[] = { "c", "a", "b" };
    struct listing listing = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT(order); i++) {
        struct entry entry = { .name = order[i], .name_bytes = 1, .size = (int64_t)i };

        assert_int_equal(listing_add(&listing, &entry), 0);
    }
    listing_sort(&listing);
    assert_string_equal(listing.entries[0].name, "a");
    assert_int_equal(listing_find(&listing, "b")->size, 2);
    assert_null(listing_find(&listing, "d"));
    listing_free(&listing);
    assert_null(listing_find(&listing, "b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list_lines_are_understood),
        cmocka_unit_test(tables_of_several_lines_are_understood),
        cmocka_unit_test(mlsd_lines_are_understood),
        cmocka_unit_test(a_server_names_no_file_elsewhere),
        cmocka_unit_test(a_listing_is_sorted_and_searched),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
