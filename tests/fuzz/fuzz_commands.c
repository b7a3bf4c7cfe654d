/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_commands.c - every command of the table, with arguments by a grammar:
 * what parsers take for numbers, addresses, paths, times, facts and the like,
 * whole and broken, in any order.  The input's bytes choose; the first one
 * also says whether the client is logged in. */
/* with: daemon/net/[!r]*.c daemon/net/re*.c daemon/protocol/key_print.c daemon/config/image.c -lssl
 * -lcrypto -lpthread */
#include "tests/fuzz/session_world.h"

enum { SAID_ROOM = 32 * 1024, PIECES_MOST = 5, LONG_PIECE = 5000 };

struct text_out {
    char bytes[SAID_ROOM];
    size_t n;
};

static void put(struct text_out *out, const char *bytes, size_t n)
{
    if (n <= sizeof out->bytes - out->n) {
        memcpy(out->bytes + out->n, bytes, n);
        out->n += n;
    }
}

static void put_text(struct text_out *out, const char *text)
{
    put(out, text, strlen(text));
}

/* Pieces by what they are for; each parser meets all of them. */
static const char *const numbers[] = { "0",
                                       "1",
                                       "7",
                                       "-1",
                                       "00",
                                       "+1",
                                       "255",
                                       "256",
                                       "65535",
                                       "65536",
                                       "2147483647",
                                       "2147483648",
                                       "4294967295",
                                       "4294967296",
                                       "9223372036854775806",
                                       "9223372036854775807",
                                       "9223372036854775808",
                                       "18446744073709551615",
                                       "18446744073709551616",
                                       "99999999999999999999999999",
                                       "0x10",
                                       "1e9",
                                       "1.5",
                                       "0777",
                                       "07777",
                                       "8" };
static const char *const addresses[] = { "127.0.0.1",
                                         "127.0.0.1,",
                                         "0.0.0.0",
                                         "255.255.255.255",
                                         "1.2.3",
                                         "1.2.3.4.5",
                                         "::",
                                         "::1",
                                         "[::1]",
                                         "[",
                                         "]",
                                         "[]",
                                         "[[",
                                         "[::1",
                                         "fe80::1%lo",
                                         "fe80::1%1",
                                         "[fe80::1%lo]",
                                         "%",
                                         "::ffff:127.0.0.1",
                                         "1:2:3:4:5:6:7:8",
                                         "1:2:3:4:5:6:7:8:9",
                                         "example",
                                         "a.b.example.",
                                         ".",
                                         "-a",
                                         "xn--a" };
static const char *const ports[] = { "127,0,0,1,4,0",
                                     "127,0,0,1,255,255",
                                     "0,0,0,0,0,0",
                                     "256,0,0,1,4,0",
                                     "127,0,0,1,4",
                                     "127,0,0,1,4,0,0",
                                     ",,,,,",
                                     "127,0,0,1,4,",
                                     "|1|127.0.0.1|2000|",
                                     "|2|::1|2000|",
                                     "|1|127.0.0.1|65536|",
                                     "|1|127.0.0.1|0|",
                                     "|3|x|1|",
                                     "|||2000|",
                                     "||||",
                                     "|",
                                     "!1!127.0.0.1!2000!",
                                     "|1|::1|2000|",
                                     "|2|127.0.0.1|2000|",
                                     "|1|127.0.0.1|2000",
                                     "|1|127.0.0.1|2000|x",
                                     "ALL",
                                     "1",
                                     "2" };
static const char *const paths[] = { "/",        "a",         "/a",    ".",  "..",   "...",  "//",
                                     "/../../a", "a/",        "a b",   " a", "a ",   "./-x", "-x",
                                     "-la",      "-a",        "-d",    "--", "-- a", "-",    "~",
                                     "~/",       "~fuzz",     "*",     "?",  "[a]",  "*[!",  "\\",
                                     "*.*",      "a*b?[c-d]", "\"a\"", "\"", "\"\"", "\"a",  "a\"",
                                     "''",       "a;b",       "C:\\a" };
static const char *const times[] = {
    "20270101000000",     "19691231235959",
    "20000229120000.123", "20010229120000",
    "20270101000000.",    "20270101000060",
    "20271301000000",     "00000000000000",
    "99999999999999",     "202701010000",
    "2027010100000",      "20270101000000.999999999999",
    "-0270101000000",     "20270101000000 a",
    "20270101000000 UTC", "a 20270101000000 20270101000000 20270101000000 UTC"
};
static const char *const facts[] = { "Modify=20270101000000;",
                                     "UNIX.mode=0644;",
                                     "UNIX.mode=;",
                                     "UNIX.mode=0777777;",
                                     "Modify=;",
                                     "Type=dir;",
                                     "type;",
                                     "size;",
                                     "Modify=20270101000000;UNIX.mode=0644; a",
                                     ";",
                                     "=;",
                                     "UNIX.owner;UNIX.group;",
                                     "unique;perm;",
                                     "Modify",
                                     "UNIX.mode" };
static const char *const words[] = {
    "A",       "A N",       "A T",  "I",         "L 8",  "L8",        "L 9",       "E",
    "S",       "B",         "C",    "F",         "R",    "P",         "ON",        "OFF",
    "UTF8",    "MLST",      "HASH", "TLS",       "SSL",  "TLS-C",     "EN",        "EN-us",
    "SHA-256", "sha-1",     "MD5",  "CRC32",     "HELP", "CHMOD",     "UTIME",     "IDLE",
    "UMASK",   "anonymous", "ftp",  "x@example", "SITE", "SITE HELP", "OPTS MLST", "QUIT"
};
static const char *const bytes[] = { " ",
                                     "  ",
                                     "\t",
                                     "\r",
                                     "\r\r",
                                     "\xff\xff",
                                     "\xff\xf4\xff\xf2",
                                     "\xff\xfd\x01",
                                     "\xff\xfb\x03",
                                     "\xff\xfa\x18",
                                     "\xff\xf0",
                                     "\xff",
                                     "\xc3\xa9",
                                     "\x80",
                                     "\xe2\x80\xa8",
                                     "%s%n",
                                     "%",
                                     "\x01",
                                     "\x7f",
                                     "|",
                                     ",",
                                     "R" };

static const struct {
    const char *const *pieces;
    size_t count;
} kinds[] = {
    { numbers, COUNT(numbers) }, { addresses, COUNT(addresses) }, { ports, COUNT(ports) },
    { paths, COUNT(paths) },     { times, COUNT(times) },         { facts, COUNT(facts) },
    { words, COUNT(words) },     { bytes, COUNT(bytes) },
};

/* Now and then a piece over and over, as long as a line or longer. */
static void put_piece(struct dice *dice, struct text_out *out)
{
    const uint8_t kind = throw(dice);
    const size_t at = throw(dice);
    const char *piece = kinds[kind % COUNT(kinds)].pieces[at % kinds[kind % COUNT(kinds)].count];
    size_t times_over = kind >= 250 ? LONG_PIECE / strlen(piece) : 1;
    while (times_over-- > 0)
        put_text(out, piece);
}

static void put_verb(struct dice *dice, struct text_out *out)
{
    const size_t at = throw(dice);
    const size_t n = out->n;
    put_text(out, at < 2 * command_count ? commands[at % command_count].verb : "NONE");
    for (size_t i = n; at >= command_count && i < out->n; i++) {
        if (out->bytes[i] >= 'A' && out->bytes[i] <= 'Z')
            out->bytes[i] = (char)(out->bytes[i] - 'A' + 'a');
    }
}

static void put_line(struct dice *dice, struct text_out *out)
{
    static const char *const between[] = { " ", " ", " ", "", ";", "  " };
    static const char *const ends[] = { "\r\n", "\r\n", "\r\n", "\n", "\r\r\n", " \r\n" };
    put_verb(dice, out);
    const size_t count = throw(dice) % PIECES_MOST;
    for (size_t i = 0; i < count; i++) {
        put_text(out, i == 0 ? " " : between[throw(dice) % COUNT(between)]);
        put_piece(dice, out);
    }
    if (throw(dice) == 77)
        put(out, "\0", 1);
    put_text(out, ends[throw(dice) % COUNT(ends)]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct text_out out;
    struct session *s = &session;
    struct dice dice = { data, size, 0 };
    struct world world = { .jails = dice, .auths = dice };
    const bool logged_in = throw(&dice) % 4 != 0;
    out.n = 0;
    while (dice.thrown < size)
        put_line(&dice, &out);
    world_open(&world, s, world_config());
    if (logged_in)
        world_log_in(s);
    world_say(&world, out.bytes, out.n);
    session_serve(s);
    data_close(s);
    control_flush(s);
    (void)check_replies(world.client[THEIRS]);
    world_close(&world, s);
    return 0;
}
