/* SPDX-License-Identifier: BSD-2-Clause */
/* queue_write.c - writes the journal of a queue. */
#include "client/engine/queue_steps.h"
#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SPARE_LINES = 1000 };

static void write_field(FILE *to, const char *text)
{
    fputc(' ', to);
    for (; *text; text++) {
        const unsigned char byte = (unsigned char)*text;
        if (byte <= ' ' || byte == '%' || byte == 0x7f)
            fprintf(to, "%%%02x", (unsigned)byte);
        else
            fputc(byte, to);
    }
}

/* Opens and locks the journal.  Another program may have put a new one in its place meanwhile. */
static int open_locked(const char *path)
{
    for (;;) {
        struct stat ours, named;
        const int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
            return -errno;
        if (flock(fd, LOCK_EX) == 0 && fstat(fd, &ours) == 0 && stat(path, &named) == 0 &&
            ours.st_ino == named.st_ino && ours.st_dev == named.st_dev) {
            if (S_ISREG(ours.st_mode) && fchmod(fd, 0600) == 0)
                return fd;
            close(fd);
            return -EINVAL;
        }
        close(fd);
    }
}

static FILE *append_stream(int fd)
{
    char last = '\n';
    const off_t end = lseek(fd, 0, SEEK_END);
    FILE *to = end >= 0 ? fdopen(fd, "a") : NULL;
    if (to && end > 0 && pread(fd, &last, 1, end - 1) == 1 && last != '\n')
        fputc('\n', to);
    return to;
}

/* Flushes and closes; 0 or -errno. */
static int finish(FILE *to)
{
    int result = fflush(to) != 0 || ferror(to) ? -EIO : 0;
    if (fclose(to) != 0 && result == 0)
        result = -errno;
    return result;
}

static void write_job(FILE *to, uint64_t id, const char *site, const struct job *job)
{
    const int64_t typed = job->typed > QUEUE_FIELD_MAX ? -1 : (int64_t)job->typed;
    fprintf(to, "+ %" PRIu64 " %s %s%s%s%s. %" PRId64 " %" PRId64 " %" PRId64, id,
            job->upload ? "put" : "get", job->resume ? "r" : "", job->append ? "a" : "",
            job->overwrite_links ? "l" : "", job->time_exact ? "t" : "", typed, job->total,
            job->modified);
    write_field(to, site);
    write_field(to, job->remote);
    write_field(to, job->local);
    fputc('\n', to);
}

static uint64_t last_id(const struct queue_list *list)
{
    return list->count > 0 ? list->entry[list->count - 1].id : 0;
}

int queue_add_jobs(const char *path, const char *site, const struct jobs *jobs)
{
    struct queue_list list = { 0 };
    const int fd = open_locked(path);
    if (fd < 0)
        return fd;
    int result = queue_read_fd(fd, &list);
    FILE *to = result == 0 ? append_stream(fd) : NULL;
    if (!to) {
        close(fd);
        queue_list_free(&list);
        return result < 0 ? result : -ENOMEM;
    }
    for (size_t i = 0; i < jobs->count; i++)
        write_job(to, last_id(&list) + 1 + i, site, &jobs->job[i]);
    queue_list_free(&list);
    return finish(to);
}

int queue_add_mark(const char *path, enum queue_mark mark, uint64_t id, const char *text)
{
    const int fd = open_locked(path);
    FILE *to = fd < 0 ? NULL : append_stream(fd);
    if (!to) {
        if (fd >= 0)
            close(fd);
        return fd < 0 ? fd : -ENOMEM;
    }
    fprintf(to, "%c %" PRIu64, (int)mark, id);
    if (text)
        write_field(to, text);
    fputc('\n', to);
    return finish(to);
}

static void write_entry(FILE *to, const struct queued *entry)
{
    write_job(to, entry->id, entry->site, &entry->job);
    if (entry->begun)
        fprintf(to, "> %" PRIu64 "\n", entry->id);
    if (entry->failed) {
        fprintf(to, "! %" PRIu64, entry->id);
        write_field(to, entry->why ? entry->why : "");
        fputc('\n', to);
    }
}

/* Ids are in order in a journal; those that come first are marked again, the first one last. */
static void write_all(FILE *to, struct queue_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        write_entry(to, &list->entry[i]);
    qsort(list->entry, list->count, sizeof *list->entry, queue_by_rank);
    size_t ranked = 0;
    while (ranked < list->count && list->entry[ranked].rank < 0)
        ranked++;
    while (ranked-- > 0)
        fprintf(to, "^ %" PRIu64 "\n", list->entry[ranked].id);
}

static int replace(const char *path, struct queue_list *list)
{
    char name[PATH_MAX];
    if (!text_format(name, sizeof name, "%s.new", path))
        return -ENAMETOOLONG;
    (void)unlink(name);
    const int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *to = fd < 0 ? NULL : fdopen(fd, "w");
    if (!to)
        return -errno;
    write_all(to, list);
    int result = fflush(to) != 0 || fsync(fd) < 0 ? -EIO : 0;
    const int closed = finish(to);
    if (result == 0)
        result = closed;
    if (result == 0 && rename(name, path) < 0)
        result = -errno;
    if (result < 0)
        (void)unlink(name);
    return result;
}

int queue_compact(const char *path)
{
    struct queue_list list = { 0 };
    const int fd = open_locked(path);
    if (fd < 0)
        return fd;
    int result = queue_read_fd(fd, &list);
    queue_drop_gone(&list);
    if (result == 0 && list.lines > 2 * list.count + (list.count > 0 ? SPARE_LINES : 0))
        result = replace(path, &list);
    close(fd);
    queue_list_free(&list);
    return result;
}
