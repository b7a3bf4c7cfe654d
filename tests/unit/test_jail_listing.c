/* SPDX-License-Identifier: BSD-2-Clause */
/* test_jail_listing.c - LIST, NLST, MLSD and MLST as JAIL makes them: laws N2
 * to N4, patterns, order, 100,000 entries in constant memory. */
#include "tests/unit/jail_cell.h"

struct listed {
    uint32_t error, more; /* of LIST_OPEN */
    uint32_t broken;      /* of the last page */
    size_t pages, bytes;
    char text[16 * 1024]; /* its beginning */
};

static void add_page(struct listed *listed, const struct jail_page *page, size_t n)
{
    assert_true(n >= offsetof(struct jail_page, text));
    const size_t text = n - offsetof(struct jail_page, text);
    assert_true(text == 0 || memcmp(page->text + text - 2, "\r\n", 2) == 0); /* whole lines */
    if (listed->bytes + text < sizeof listed->text)
        memcpy(listed->text + listed->bytes, page->text, text);
    listed->bytes += text;
    listed->pages++;
    listed->broken = page->error;
}

static void take_pages(struct cell *cell, struct listed *listed)
{
    static struct jail_page page;
    add_page(listed, &first_page()->page, first_page()->n);
    page.last = first_page()->page.last;
    while (!page.last) {
        const struct message_head ask = { JAIL_LIST_NEXT, ++cell->serial };
        assert_int_equal(channel_send(cell->channel, &ask, sizeof ask, 0), 0);
        const ssize_t n = channel_receive(cell->channel, &page, sizeof page, 0);
        assert_true(n > 0);
        assert_int_equal(page.head.serial, cell->serial);
        add_page(listed, &page, (size_t)n);
    }
}

static const struct listed *list(struct cell *cell, const char *path, uint32_t format,
                                 uint32_t flags, uint32_t facts)
{
    static struct listed listed;
    struct jail_path *question = empty_question();
    struct jail_answer answer;
    const struct message_head close = { JAIL_LIST_CLOSE, 0 };
    question->format = format;
    question->flags = flags;
    question->facts = facts;
    memset(&listed, 0, sizeof listed);
    answer = ask_full(cell, question, JAIL_LIST_OPEN, path, NULL);
    listed.error = answer.error;
    listed.more = answer.more;
    if (answer.error != 0)
        return &listed;
    take_pages(cell, &listed);
    struct message_head last = close;
    last.serial = ++cell->serial;
    assert_int_equal(channel_send(cell->channel, &last, sizeof last, 0), 0);
    take_answer(cell, JAIL_LIST_CLOSE, &answer, NULL);
    assert_int_equal(answer.error, 0);
    return &listed;
}

#define names_of(cell, path, flags)                                                                \
    (list((cell), (path), LIST_NAMES, (flags) | LIST_NO_PREFIX, 0)->text)

static void n2_patterns_and_dot_files(void **state)
{
    (void)state;
    need_root();
    struct jail_policy policy = all_allowed;
    struct cell cell = cell_start(&policy);
    make_directory("/d", 0755, CELL_UID);
    make_file("/d/b.txt", "");
    make_file("/d/a.txt", "");
    make_file("/d/.dot", "");
    make_file("/d/*", "");
    make_file("/d/[a]", "");
    assert_string_equal(names_of(&cell, "/d", 0), "*\r\n.dot\r\n[a]\r\na.txt\r\nb.txt\r\n");
    assert_string_equal(names_of(&cell, "/d/*", LIST_GLOB), "*\r\n"); /* a literal name first */
    assert_string_equal(names_of(&cell, "/d/[a]", LIST_GLOB), "[a]\r\n");
    assert_string_equal(names_of(&cell, "/d/?.txt", LIST_GLOB), "a.txt\r\nb.txt\r\n");
    assert_string_equal(names_of(&cell, "/d/[b-z]*", LIST_GLOB), "b.txt\r\n");
    assert_string_equal(names_of(&cell, "/d/*t", LIST_GLOB), "a.txt\r\nb.txt\r\n");
    assert_string_equal(names_of(&cell, "/d/*t", LIST_GLOB | LIST_ALL),
                        ".dot\r\na.txt\r\nb.txt\r\n");
    assert_string_equal(names_of(&cell, "/d/.*", LIST_GLOB), ".dot\r\n");
    assert_string_equal(list(&cell, "/d/*t", LIST_NAMES, LIST_GLOB, 0)->text,
                        "/d/a.txt\r\n/d/b.txt\r\n");
    assert_string_equal(list(&cell, "/d", LIST_NAMES, 0, 0)->text,
                        "/d/*\r\n/d/.dot\r\n/d/[a]\r\n/d/a.txt\r\n/d/b.txt\r\n");
    assert_int_equal(list(&cell, "/d/x*", LIST_NAMES, LIST_GLOB, 0)->more, 1);
    assert_int_equal(list(&cell, "/d/?.txt", LIST_NAMES, LIST_GLOB, 0)->more, 0);
    assert_int_equal(list(&cell, "/d/x*", LIST_NAMES, 0, 0)->error, ENOENT);
    assert_string_equal(list(&cell, "/*/a.txt", LIST_NAMES, LIST_GLOB, 0)->text, "/d/a.txt\r\n");
    assert_string_equal(list(&cell, "/?/[ab].txt", LIST_NAMES, LIST_GLOB, 0)->text,
                        "/d/a.txt\r\n/d/b.txt\r\n");
    assert_string_equal(names_of(&cell, "/d*", LIST_GLOB | LIST_DIRECTORIES), "d/\r\n");
    assert_string_equal(names_of(&cell, "/d/*.txt", LIST_GLOB | LIST_DIRECTORIES), "");
    assert_int_equal(list(&cell, "/*/none", LIST_NAMES, LIST_GLOB, 0)->more, 1);
    /* nothing is so deep */
    assert_int_equal(list(&cell, "/?/?/?/?/?/?/?/?/?", LIST_NAMES, LIST_GLOB, 0)->error, 0);
    assert_int_equal(list(&cell, "/d/?.txt", LIST_FACTS, 0, FACT_TYPE)->error, ENOENT);
    assert_int_equal(cell_end(&cell), 0);

    policy.hide_dot_files = 1;
    cell = cell_start(&policy);
    assert_string_equal(names_of(&cell, "/d", 0), "*\r\n[a]\r\na.txt\r\nb.txt\r\n");
    assert_string_equal(names_of(&cell, "/d", LIST_ALL), "*\r\n.dot\r\n[a]\r\na.txt\r\nb.txt\r\n");
    assert_non_null(
        strstr(list(&cell, "/d", LIST_FACTS, 0, FACT_TYPE)->text, "type=file; .dot\r\n"));
    assert_int_equal(cell_end(&cell), 0);
}

static void list_lines(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed);
    make_file_as("/file", "12345", 0644, CELL_UID);
    make_link("file", "/link");
    make_link("nowhere", "/dangling");
    make_directory("/dir", 02750, CELL_UID);
    make_old("/file", 400 * 86400);
    const char *text = list(&cell, "/", LIST_LONG, 0, 0)->text;
    const char *line = strstr(text, "-rw-r--r--   1 61234    61234           5 ");
    assert_non_null(line);
    assert_non_null(strstr(text, " file\r\n"));
    assert_non_null(strstr(text, " link -> file\r\n"));
    assert_non_null(strstr(text, " dangling -> nowhere\r\n"));
    assert_non_null(strstr(text, "drwxr-s---   2 61234    61234    "));
    assert_null(strstr(text, " ..\r\n"));
    text = list(&cell, "/", LIST_LONG, LIST_ALL, 0)->text;
    assert_non_null(strstr(text, " .\r\n"));
    assert_non_null(strstr(text, " ..\r\n"));
    text = list(&cell, "/file", LIST_LONG, 0, 0)->text; /* LIST of a file */
    assert_non_null(strstr(text, "-rw-r--r--   1 61234    61234           5 "));
    assert_non_null(strstr(text, " file\r\n"));
    text = list(&cell, "/dir", LIST_LONG, LIST_ITSELF, 0)->text;
    assert_non_null(strstr(text, " dir\r\n"));
    assert_string_equal(list(&cell, "/dir", LIST_LONG, 0, 0)->text, "");
    assert_non_null(
        strstr(list(&cell, "/dangling", LIST_LONG, 0, 0)->text, "dangling -> nowhere\r\n"));
    assert_int_equal(list(&cell, "/none", LIST_LONG, 0, 0)->error, ENOENT);
    assert_int_equal(cell_end(&cell), 0);
}

static void mlsd_and_mlst_lines(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed);
    const uint32_t facts = FACT_TYPE | FACT_SIZE | FACT_PERM | FACT_UNIX_MODE;
    char full[PATH_MAX];
    make_directory("/dir", 0755, CELL_UID);
    make_file_as("/dir/file", "12345", 0644, CELL_UID);
    make_file_as("/dir/theirs", "1", 0644, 0);
    make_link("file", "/dir/link");
    make_link("..", "/dir/up");
    make_link("nowhere", "/dir/dangling");
    make_file("/dir/a\nb", "");
    in_root("/dir/fifo", full);
    assert_int_equal(mkfifo(full, 0600), 0);
    const char *text = list(&cell, "/dir", LIST_FACTS, 0, facts)->text;
    static const char *const lines[] = {
        "type=cdir;perm=celmp;UNIX.mode=0755; .\r\n",
        "type=pdir;perm=celmp;UNIX.mode=0755; ..\r\n",
        "type=file;size=5;perm=adfrw;UNIX.mode=0644; file\r\n",
        "type=file;size=1;perm=dfr;UNIX.mode=0644; theirs\r\n",
        "type=file;size=5;perm=adfrw;UNIX.mode=0644; link\r\n",
        "type=OS.unix=slink:..;perm=df;UNIX.mode=0777; up\r\n",
        "type=OS.unix=slink:nowhere;perm=df;UNIX.mode=0777; dangling\r\n",
        "type=OS.unix=fifo;perm=df;UNIX.mode=0600; fifo\r\n",
    };
    for (size_t i = 0; i < COUNT(lines); i++) {
        if (!strstr(text, lines[i]))
            fail_msg("case %zu: '%s' is not in\n%s", i, lines[i], text);
    }
    /* the root has no parent */
    assert_null(strstr(list(&cell, "/", LIST_FACTS, 0, facts)->text, "pdir"));
    assert_string_equal(list(&cell, "/dir/file", LIST_FACTS, LIST_ITSELF, facts)->text,
                        "type=file;size=5;perm=adfrw;UNIX.mode=0644; /dir/file\r\n");
    assert_string_equal(list(&cell, "/dir", LIST_FACTS, LIST_ITSELF, facts)->text,
                        "type=dir;perm=cdeflmp;UNIX.mode=0755; /dir\r\n");
    assert_string_equal(list(&cell, "/", LIST_FACTS, LIST_ITSELF, FACT_TYPE | FACT_PERM)->text,
                        "type=dir;perm=celmp; /\r\n");
    assert_int_equal(list(&cell, "/dir/file", LIST_FACTS, 0, facts)->error, ENOTDIR);
    assert_int_equal(cell_end(&cell), 0);
}

static void hidden_files_are_in_no_listing(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed);
    const int fd = begin_file(&cell, "/file", STORE_WHOLE, 0, "x");
    assert_true(exists(hidden_path("file")));
    assert_string_equal(names_of(&cell, "/", LIST_ALL), "");
    assert_int_equal(list(&cell, "/.*", LIST_NAMES, LIST_GLOB | LIST_ALL, 0)->more, 1);
    assert_null(strstr(list(&cell, "/", LIST_LONG, LIST_ALL, 0)->text, "wardftpd"));
    assert_null(strstr(list(&cell, "/", LIST_FACTS, LIST_ALL, FACT_TYPE)->text, "wardftpd"));
    assert_int_equal(list(&cell, hidden_path("file"), LIST_LONG, 0, 0)->error, JAIL_BAD_NAME);
    close(fd);
    assert_int_equal(cell_end(&cell), 0);
}

static void n4_an_entry_that_cannot_be_looked_at_ends_no_listing(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed);
    make_directory("/names", 0755, CELL_UID);
    make_file("/names/file", "");
    char full[PATH_MAX];
    in_root("/names", full);
    assert_int_equal(chmod(full, 0444), 0); /* names can be read, facts can't */
    make_directory("/names/dir", 0755, CELL_UID);
    assert_string_equal(list(&cell, "/names", LIST_LONG, 0, 0)->text,
                        "d---------   1 0        0               0 Jan  1  1970 dir\r\n"
                        "----------   1 0        0               0 Jan  1  1970 file\r\n");
    const char *facts =
        list(&cell, "/names", LIST_FACTS, 0, FACT_TYPE | FACT_SIZE | FACT_PERM)->text;
    assert_non_null(strstr(facts, "type=file; file\r\n"));
    assert_non_null(strstr(facts, "type=dir; dir\r\n"));
    assert_non_null(strstr(facts, "type=cdir;perm="));
    assert_non_null(strstr(facts, "type=pdir; ..\r\n"));
    assert_string_equal(names_of(&cell, "/names", 0), "dir\r\nfile\r\n");
    assert_int_equal(chmod(full, 0111), 0);
    assert_int_equal(list(&cell, "/names", LIST_LONG, 0, 0)->error, EACCES);
    const struct message_head ask_next = { JAIL_LIST_NEXT, ++cell.serial };
    static struct jail_page page;
    assert_int_equal(channel_send(cell.channel, &ask_next, sizeof ask_next, 0), 0);
    assert_true(channel_receive(cell.channel, &page, sizeof page, 0) > 0);
    assert_int_equal(page.error, EBADF); /* none is open */
    assert_int_equal(page.last, 1);
    assert_int_equal(cell_end(&cell), 0);
}

/* Kilobytes that only this process has: "Private_Dirty" and its kin. */
static long private_kilobytes(pid_t pid)
{
    char path[64], line[128];
    long sum = 0;
    assert_true(text_format(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, "Private_Dirty:", 14) == 0)
            sum += strtol(line + 14, NULL, 10);
    }
    (void)fclose(file);
    return sum;
}

static void make_many(unsigned count)
{
    char full[PATH_MAX];
    make_directory("/many", 0755, CELL_UID);
    in_root("/many", full);
    const int directory = open(full, O_PATH | O_DIRECTORY);
    assert_true(directory >= 0);
    for (unsigned i = 0; i < count; i++) {
        char name[32];
        assert_true(text_format(name, sizeof name, "entry%06u", i));
        assert_int_equal(mknodat(directory, name, S_IFREG | 0644, 0), 0);
    }
    close(directory);
}

static void n4_a_hundred_thousand_entries_in_constant_memory(void **state)
{
    (void)state;
    need_root();
    enum { MANY = 100000 };
    struct cell cell = cell_start(&all_allowed);
    make_many(MANY);
    const long before = private_kilobytes(cell.pid);
    const struct listed *listed = list(&cell, "/many", LIST_NAMES, LIST_NO_PREFIX, 0);
    assert_int_equal(listed->broken, 0);
    assert_int_equal(listed->bytes, MANY * strlen("entry000000\r\n"));
    listed = list(&cell, "/many", LIST_LONG, 0, 0);
    assert_int_equal(listed->broken, 0);
    assert_int_equal(
        listed->bytes,
        MANY * strlen("-rw-r--r--   1 0        0               0 Nov 24 05:12 entry000000\r\n"));
    assert_true(listed->pages > 50);
    listed = list(&cell, "/many", LIST_FACTS, 0, FACT_SIZE);
    assert_int_equal(listed->bytes,
                     MANY * strlen("size=0; entry000000\r\n") + strlen(" .\r\n ..\r\n"));
    assert_int_equal(list(&cell, "/many/no*", LIST_NAMES, LIST_GLOB, 0)->more, 1);
    assert_string_equal(names_of(&cell, "/many/*99999", LIST_GLOB), "entry099999\r\n");
    /* a page, a buffer of names, not what 100,000 names would take */
    assert_true(private_kilobytes(cell.pid) - before < 600);
    assert_int_equal(cell_end(&cell), 0);
}

static void a_listing_may_be_given_up_in_the_middle(void **state)
{
    (void)state;
    need_root();
    struct cell cell = cell_start(&all_allowed);
    struct jail_path *question = empty_question();
    make_file("/file", "x");
    question->format = LIST_FACTS;
    assert_int_equal(ask_full(&cell, question, JAIL_LIST_OPEN, "/", NULL).error, 0);
    /* another question meanwhile */
    assert_int_equal(put_file(&cell, "/other", "y"), 0);
    /* a second one ends the first */
    assert_string_equal(names_of(&cell, "/", 0), "file\r\nother\r\n");
    assert_int_equal(cell_end(&cell), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        JAIL_TEST(n2_patterns_and_dot_files),
        JAIL_TEST(list_lines),
        JAIL_TEST(mlsd_and_mlst_lines),
        JAIL_TEST(hidden_files_are_in_no_listing),
        JAIL_TEST(n4_an_entry_that_cannot_be_looked_at_ends_no_listing),
        JAIL_TEST(n4_a_hundred_thousand_entries_in_constant_memory),
        JAIL_TEST(a_listing_may_be_given_up_in_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
