/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_jail.c - what a taken NET may send a JAIL: any messages, one after the
 * other.  Each is answered, or is the JAIL's end; whatever comes of it stays
 * beneath the root.
 *
 * The input is a row of messages: two bytes of length, then the datagram. */
/* with: daemon/jail/[!br]*.c daemon/jail/beneath.c daemon/jail/re*.c daemon/jail/rights.c
 * daemon/config/image.c */
#include "daemon/jail/run.c" /* its parts are static: NOLINT(bugprone-suspicious-include) */
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/stat.h>

static jmp_buf at_the_end;

/* A JAIL that dies goes no further in this input. */
void die(const char *format, ...)
{
    (void)format;
    longjmp(at_the_end, 1);
}

void log_note(enum log_level level, const char *format, ...)
{
    (void)level, (void)format;
}

void log_choose(uint32_t events)
{
    (void)events;
}

bool log_wants(enum event_id event)
{
    (void)event;
    return true; /* every path is taken */
}

void log_record(const void *record, size_t size)
{
    (void)record, (void)size;
}

void log_patience(int patience_ms)
{
    (void)patience_ms;
}

void log_open(int channel, enum log_level level)
{
    (void)channel, (void)level;
}

void log_confined(void)
{
}

void become_user(const struct config *config, const struct role_ids *ids, struct jail_who *who)
{
    (void)config, (void)ids, (void)who;
    abort(); /* there is no log-in here */
}

static const struct jail_policy everything = { .rights = RIGHTS_ALL,
                                               .umask = 022,
                                               .uploads = UPLOADS_ATOMIC };
static const struct jail_policy guests = { .rights = RIGHTS_READ,
                                           .upload_rights = RIGHT_UPLOAD | RIGHT_LIST,
                                           .upload_directory = "/a",
                                           .umask = 077,
                                           .uploads = UPLOADS_ATOMIC };
static struct jail_who who;

static int root = -1, around = -1;

/* A directory with a neighbour that must stay as it is. */
static void make_root(void)
{
    static char path[256];
    const char *where = getenv("FUZZ_DIRECTORY");
    must(text_format(path, sizeof path, "%s/jail-XXXXXX", where ? where : "/tmp") &&
         mkdtemp(path) != NULL);
    around = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    must(mkdirat(around, "root", 0755) == 0);
    root = openat(around, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    must(mkdirat(root, "a", 0755) == 0);
    must(symlinkat("../secret", root, "up") == 0 && symlinkat("/a", root, "link") == 0);
    const int secret = openat(around, "secret", O_CREAT | O_WRONLY | O_CLOEXEC, 0400);
    must(secret >= 0 && close(secret) == 0);
}

/* NET reads its answers, and lets go of what they bring. */
static void take_answers(int net)
{
    static struct jail_listing answer;
    int fd = -1;
    while (channel_receive_fd(net, &answer, sizeof answer, &fd, MSG_DONTWAIT) > 0) {
        if (fd >= 0)
            close(fd);
    }
}

static void one_message(struct jail *jail, int net, const uint8_t *data, size_t n)
{
    static union question question;
    memset(&question, 0, sizeof question.head);
    memcpy(&question, data, n);
    check_message(jail, &question, n);
    if (question.head.type == JAIL_LIST_NEXT)
        send_page(jail, &question.head);
    else
        answer_question(jail, &question);
    take_answers(net);
}

static void let_go(struct jail *jail)
{
    struct reply none = { .fd = -1 };
    struct message_head head = { .type = JAIL_LIST_CLOSE };
    upload_abandon(jail);
    (void)listing_close(jail, &head, &none);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct jail jail;
    struct stat secret;
    int ends[2];
    if (root < 0)
        make_root();
    must(channel_pair(ends, sizeof(struct jail_listing)) == 0);
    memset(&jail, 0, sizeof jail);
    jail.net = ends[0];
    jail.root = root;
    jail.who = &who;
    who.policy = size > 0 && data[0] % 2 ? guests : everything; /* by the first length */
    jail.uploads = UPLOADS_NONE;
    rights_find_uploads(&jail);
    jail.umask = who.policy.umask;
    jail.upload.fd = jail.upload.place.parent = jail.listing.directory = -1;
    volatile size_t at = 0;
    if (setjmp(at_the_end) == 0) {
        while (at + 2 <= size) {
            const size_t length = (size_t)data[at] | (size_t)data[at + 1] << 8;
            const size_t n = length < size - at - 2 ? length : size - at - 2;
            one_message(&jail, ends[1], data + at + 2, n);
            at += 2 + n;
        }
    }
    if (setjmp(at_the_end) == 0)
        let_go(&jail);
    if (jail.uploads >= 0)
        close(jail.uploads);
    close(ends[0]);
    close(ends[1]);
    must(fstatat(around, "secret", &secret, 0) == 0 && secret.st_size == 0 &&
         (secret.st_mode & 07777) == 0400);
    return 0;
}
