/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_answers.c - a session of NET whose JAIL was taken: it answers with any
 * bytes, and brings a descriptor or not.  NET goes on or dies by its own
 * decision; it gives its client no more than JAIL said.
 *
 * The input is a row of answers: a byte of flags, then either a datagram (two
 * bytes of length) or what is changed in an honest one. */
/* with: daemon/net/[!r]*.c daemon/net/re*.c daemon/protocol/key_print.c daemon/config/image.c -lssl
 * -lcrypto -lpthread */
/* longest: 4096 */
#include "tests/fuzz/session_world.h"

enum {
    FLAG_OWN_HEAD = 1, /* of a datagram: not the question's */
    FLAG_FD = 2,       /* brings a descriptor where none is due, and none where one is */
    FLAG_RAW = 4,      /* a datagram */
    CHANGES_MOST = 4,
    REPLIES_MOST = 32 * 1024,
};

/* One question of each kind at least.  XCRC represents all checksums: it allocates nothing. */
static const char said[] =
    "CWD a\r\nTYPE I\r\nSIZE a\r\nMDTM a\r\nMLST a\r\nSTAT a\r\nSTAT -d *\r\nXCRC a\r\nMKD "
    "a\r\nRMD a\r\n"
    "DELE a\r\nRNFR a\r\nRNTO b\r\nSITE CHMOD 644 a\r\nSITE UMASK\r\nSITE QUOTA\r\nAVBL\r\nALLO "
    "5\r\n"
    "MFMT 20270101000000 a\r\nPORT 127,0,0,1,200,0\r\nLIST a\r\nPORT 127,0,0,1,200,0\r\nNLST a\r\n"
    "PORT 127,0,0,1,200,0\r\nMLSD a\r\nPORT 127,0,0,1,200,0\r\nRETR a\r\nPORT 127,0,0,1,200,0\r\n"
    "STOR a\r\nPORT 127,0,0,1,200,0\r\nSTOU\r\nSTAT\r\n";

union datagram {
    struct message_head head;
    struct jail_answer answer;
    struct jail_page page;
    struct jail_listing listing;
    char room[sizeof(struct jail_listing) + 1];
};

/* Any bytes of the input. */
static size_t make_raw(struct dice *dice, union datagram *datagram)
{
    const size_t wanted = (size_t) throw(dice) | (size_t) throw(dice) << 8;
    const size_t left = dice->thrown < dice->sides ? dice->sides - dice->thrown : 0;
    size_t n = wanted < left ? wanted : left;
    n = n < sizeof *datagram ? n : sizeof *datagram;
    memcpy(datagram->room, dice->bytes + dice->sides - left, n);
    dice->thrown += n;
    return n;
}

/* A number from the edges of what numbers can be. */
static uint64_t edge(struct dice *dice)
{
    static const uint64_t bases[] = { 0,          1ULL << 8,  1ULL << 12, 1ULL << 16,
                                      1ULL << 31, 1ULL << 32, 1ULL << 63, 1000000000 };
    return bases[throw(dice) % COUNT(bases)] + throw(dice) % 5 - 2;
}

static size_t make_answer(struct dice *dice, uint32_t type, union datagram *datagram)
{
#define FIELD(name)                                                                                \
    {                                                                                              \
        offsetof(struct jail_answer, name), sizeof datagram->answer.name                           \
    }
    static const struct {
        size_t at, n;
    } fields[] = { FIELD(error),
                   FIELD(more),
                   FIELD(offset),
                   FIELD(limit),
                   FIELD(file.size),
                   FIELD(file.mtime),
                   FIELD(file.type),
                   FIELD(file.mode),
                   FIELD(file.mtime_ns),
                   FIELD(file.inode),
                   FIELD(file.uid),
                   FIELD(name[0]),
                   FIELD(name[NAME_ROOM - 1]) };
#undef FIELD
    datagram->answer = (struct jail_answer){ .more = type == JAIL_HASH_TURN,
                                             .limit = UINT64_MAX,
                                             .file = { .size = 7, .type = FILE_REGULAR } };
    const size_t changes = throw(dice) % CHANGES_MOST;
    for (size_t i = 0; i < changes; i++) {
        const size_t field = throw(dice) % COUNT(fields);
        const uint64_t value = edge(dice);
        memcpy(datagram->room + fields[field].at, &value, fields[field].n);
    }
    return sizeof datagram->answer;
}

/* A byte above 127 means a line, any other one itself. */
static size_t make_any_page(struct dice *dice, struct jail_page *page)
{
    static const char line[] = "-rw-r--r--   1 0 0 7 Jan  1  1970 a\r\n";
    const size_t head_n = offsetof(struct jail_page, text), line_n = sizeof line - 1;
    size_t count = throw(dice), n = 0;
    page->error = throw(dice) % 8 == 0 ? (uint32_t)edge(dice) : 0;
    page->last = throw(dice) % 16 == 0 ? 2 : dice->thrown % 2;
    while (count-- > 0 && dice->thrown < dice->sides) {
        const uint8_t byte = throw(dice);
        memcpy(page->text + n, byte > 127 ? line : (const char *)&byte, byte > 127 ? line_n : 1);
        n += byte > 127 ? line_n : 1;
    }
    return head_n + n;
}

static bool is_due(uint32_t type, const union datagram *datagram)
{
    return (type == JAIL_OPEN_READ || type == JAIL_STORE_CREATE) && datagram->answer.error == 0;
}

static void answer_as_told(struct world *world, const struct message_head *question)
{
    static union datagram datagram;
    struct dice *dice = &world->jails;
    const uint8_t flags = throw(dice);
    size_t n;
    if (flags & FLAG_RAW)
        n = make_raw(dice, &datagram);
    else if (question->type == JAIL_LIST_NEXT)
        n = make_any_page(dice, &datagram.page);
    else
        n = make_answer(dice, question->type, &datagram);
    if (!(flags & FLAG_RAW) && question->type == JAIL_LIST_OPEN && datagram.answer.error == 0)
        n += make_any_page(dice, &datagram.listing.page);
    if (!(flags & FLAG_RAW && flags & FLAG_OWN_HEAD))
        datagram.head = *question;
    n = n > sizeof *question ? n : sizeof *question;
    const bool due = question->type != JAIL_LIST_NEXT && is_due(question->type, &datagram);
    const bool brings = due != ((flags & FLAG_FD) != 0);
    (void)channel_send_fd(world->jail[THEIRS], &datagram, n, brings ? STDIN_FILENO : -1, 0);
}

static void *be_taken_jail(void *context)
{
    static union {
        struct message_head head;
        char room[sizeof(struct jail_rename)];
    } question;
    struct world *world = context;
    while (world->jails.thrown < world->jails.sides &&
           channel_receive(world->jail[THEIRS], &question, sizeof question, 0) > 0)
        answer_as_told(world, &question.head);
    (void)shutdown(world->jail[THEIRS], SHUT_RDWR);
    return NULL;
}

/* What a session that died has left open. */
static void close_left(int first)
{
    must(close_range((unsigned)first, ~0U, 0) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct session *s = &session;
    struct world world = { .jails = { data, size, 0 },
                           .auths = { data, size, 0 },
                           .be_jail = be_taken_jail };
    jmp_buf death;
    static volatile int first = -1;
    if (first < 0)
        first = dup(STDIN_FILENO);
    world_open(&world, s, world_config());
    world_log_in(s);
    world_say(&world, said, sizeof said - 1);
    world_death = &death;
    if (setjmp(death) == 0) {
        session_serve(s);
        data_close(s);
        control_flush(s);
    }
    world_death = NULL;
    must(check_replies(world.client[THEIRS]) <= REPLIES_MOST + 40 * size);
    world_close(&world, s);
    close_left(first + 1);
    return 0;
}
