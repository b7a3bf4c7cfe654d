/* hidden.c - runs in JAIL, as the user, in the user's root.  Reads what other
 * sessions and dead ones left on the user's disk. */
#include "daemon/jail/hidden.h"

#include "common/text.h"
#include "daemon/border/net_jail.h"
#include "daemon/jail/dents.h"
#include "daemon/jail/locks.h"
#include "daemon/jail/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char prefix[] = ".wardftpd-";
static const char suffix[] = ".part";
enum { PREFIX = sizeof prefix - 1, DIGITS = 32 };

void hidden_name(const char *target, char name[HIDDEN_ROOM])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t digest[SHA256_SIZE];
    sha256(target, strlen(target), digest);
    memcpy(name, prefix, PREFIX);
    for (size_t i = 0; i < DIGITS; i++)
        name[PREFIX + i] = digits[i % 2 ? digest[i / 2] & 15 : digest[i / 2] >> 4];
    memcpy(name + PREFIX + DIGITS, suffix, sizeof suffix);
}

bool hidden_is(const char *name)
{
    return strncmp(name, prefix, PREFIX) == 0 && strspn(name + PREFIX, "0123456789abcdef") == DIGITS &&
           strcmp(name + PREFIX + DIGITS, suffix) == 0;
}

bool hidden_in_path(const char *path)
{
    for (const char *at = strstr(path, prefix); at; at = strstr(at + 1, prefix)) {
        char name[HIDDEN_ROOM];
        const size_t n = strcspn(at, "/");
        if (n != sizeof name - 1 || at == path || at[-1] != '/')
            continue;
        memcpy(name, at, n);
        name[n] = '\0';
        if (hidden_is(name))
            return true;
    }
    return false;
}

void hidden_pause(void)
{
    (void)poll(NULL, 0, 1);
}

/* For writing where that is allowed, as a lock then keeps everybody away. */
static int open_hidden(int parent, const char *name, bool *writable)
{
    int fd = open_name(parent, name, O_WRONLY, 0);
    *writable = fd >= 0;
    if (fd == -EACCES || fd == -EPERM || fd == -EROFS)
        fd = open_name(parent, name, O_RDONLY, 0);
    return fd;
}

static bool older_than(const struct statx *about, int64_t seconds)
{
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return false;
    return now.tv_sec - about->stx_mtime.tv_sec > seconds ||
           (now.tv_sec - about->stx_mtime.tv_sec == seconds && now.tv_nsec >= (long)about->stx_mtime.tv_nsec);
}

static int remove_hidden(const struct place *place, const char *name)
{
    return unlinkat(place->parent, name, 0) == 0 || errno == ENOENT ? HIDDEN_NONE : -errno;
}

static int make_marker(const struct place *place, const char *name, int fd, const struct statx *about)
{
    if (older_than(about, MARKER_SECONDS))
        return remove_hidden(place, name);
    if (about->stx_size == 0)
        return HIDDEN_MARKER;
    if (about->stx_nlink != 1) /* no file of ours: emptying it would empty another name's file */
        return remove_hidden(place, name);
    return ftruncate(fd, 0) == 0 || errno == EINVAL || errno == EBADF ? HIDDEN_MARKER : -errno;
}

int hidden_settle(const struct place *place, const char *name, int fd)
{
    struct statx about, target;
    int result = look_fd(fd, STATX_SIZE | STATX_MTIME | STATX_NLINK, &about);
    if (result != 0)
        return result;
    result = look_at(place->parent, place->name, STATX_TYPE, &target);
    if (result == 0 && S_ISDIR(target.stx_mode))
        return remove_hidden(place, name); /* a directory took the name meanwhile */
    if (result == -ENOENT && about.stx_size > 0)
        result = rename_to_free(place->parent, name, place->name);
    else if (result == -ENOENT)
        return remove_hidden(place, name);
    else if (result == 0)
        result = -EEXIST;
    return result == -EEXIST ? make_marker(place, name, fd, &about) : result;
}

static bool has_stalled(int fd, uid_t uid)
{
    struct statx about;
    return look_fd(fd, STATX_UID | STATX_MTIME, &about) == 0 && about.stx_uid == uid &&
           older_than(&about, STALLED_SECONDS);
}

/* An upload that is running: its own settling, which may take long, is not waited for. */
static enum hidden_state running(int fd, uid_t uid)
{
    return has_stalled(fd, uid) ? HIDDEN_STALLED : HIDDEN_BUSY;
}

/* With LOCK_FATE held: nobody else renames or removes the name now. */
static int decide(const struct place *place, const char *name, int fd, uid_t uid, enum hidden_wish wish)
{
    if (lock_is_held(fd, LOCK_UPLOAD)) {
        const enum hidden_state state = running(fd, uid);
        return state == HIDDEN_STALLED && wish == HIDDEN_TAKE ? remove_hidden(place, name) : (int)state;
    }
    const int state = hidden_settle(place, name, fd);
    return state == HIDDEN_MARKER && wish != HIDDEN_LOOK ? remove_hidden(place, name) : state;
}

static int judge(const struct place *place, const char *name, int fd, bool writable, uid_t uid,
                 enum hidden_wish wish)
{
    struct statx about;
    int result = look_fd(fd, STATX_TYPE, &about);
    if (result != 0)
        return result;
    if (!S_ISREG(about.stx_mode))
        return -JAIL_BAD_NAME;
    if (lock_is_held(fd, LOCK_UPLOAD)) {
        const enum hidden_state state = running(fd, uid);
        if (state == HIDDEN_BUSY || wish != HIDDEN_TAKE)
            return (int)state;
    }
    result = lock_take(fd, LOCK_FATE, writable);
    if (result != 0)
        return result;
    return still_named(place->parent, name, fd) ? decide(place, name, fd, uid, wish) : -EAGAIN;
}

/* -EAGAIN: another session is at the same; look again. */
static int meet_once(const struct place *place, const char *name, uid_t uid, enum hidden_wish wish)
{
    bool writable;
    const int fd = open_hidden(place->parent, name, &writable);
    if (fd < 0)
        return fd == -ENOENT ? HIDDEN_NONE : fd;
    const int result = judge(place, name, fd, writable, uid, wish);
    close(fd);
    return result;
}

int hidden_meet(const struct place *place, uid_t uid, enum hidden_wish wish)
{
    char name[HIDDEN_ROOM];
    hidden_name(place->name, name);
    for (int i = 0; i < HIDDEN_TURNS; i++) {
        const int result = meet_once(place, name, uid, wish);
        if (result != -EAGAIN)
            return result;
        hidden_pause();
    }
    return HIDDEN_BUSY;
}

static int sweep_one(int directory, const char *name, struct jail_usage *gone)
{
    const struct place place = { .parent = directory };
    struct statx about = { .stx_size = 0 };
    bool writable;
    const int fd = open_hidden(directory, name, &writable);
    if (fd < 0)
        return fd == -ENOENT ? 0 : fd;
    int result = lock_is_held(fd, LOCK_UPLOAD) ? -JAIL_BUSY : lock_take(fd, LOCK_FATE, writable);
    if (result == 0 && still_named(directory, name, fd)) {
        (void)look_fd(fd, STATX_SIZE, &about);
        result = remove_hidden(&place, name);
    }
    if (result == 0 && about.stx_size > 0) { /* a marker counts for nothing */
        gone->bytes += about.stx_size;
        gone->files++;
    }
    close(fd);
    return result == -EAGAIN ? -JAIL_BUSY : result;
}

/* Goes over all entries; where gone is NULL it only looks. */
static int sweep_pass(int directory, struct jail_usage *gone)
{
    UNFILLED struct dents dents;
    const char *name;
    int result = dents_rewind(directory, &dents);
    while (result == 0 && (name = dents_next(directory, &dents, &result)) != NULL) {
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            continue;
        if (!hidden_is(name))
            result = -ENOTEMPTY;
        else if (gone)
            result = sweep_one(directory, name, gone);
    }
    return result;
}

int hidden_sweep(int directory, struct jail_usage *gone)
{
    const int result = sweep_pass(directory, NULL);
    return result == 0 ? sweep_pass(directory, gone) : result;
}
