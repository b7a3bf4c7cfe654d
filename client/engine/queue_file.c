/* SPDX-License-Identifier: BSD-2-Clause */
/* queue_file.c - reads and writes the journal of a queue. */
#include "client/engine/queue_file.h"

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

enum { FIELDS = 10, FIELD_MAX = 8192, FILE_MAX_BYTES = 512 * 1024 * 1024, SPARE_LINES = 1000 };

/* ---- fields ---- */

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

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* In place; false where it is malformed. */
static bool decode_field(char *field)
{
    char *to = field;
    for (const char *at = field; *at; at++) {
        if (*at != '%') {
            *to++ = *at;
            continue;
        }
        const int high = hex_digit(at[1]), low = high < 0 ? -1 : hex_digit(at[2]);
        if (low < 0 || high * 16 + low == 0)
            return false;
        *to++ = (char)(high * 16 + low);
        at += 2;
    }
    *to = '\0';
    return true;
}

static bool signed_number(const char *text, int64_t least, int64_t *out)
{
    uint64_t number;
    const bool negative = text[0] == '-';
    if (!number_parse(text + negative, 0, (uint64_t)INT64_MAX + negative, &number))
        return false;
    *out = negative ? (int64_t)(0 - number) : (int64_t)number;
    return *out >= least;
}

/* Cuts a line into its fields, decoded: how many, or 0. */
static size_t split(char *line, char *field[FIELDS])
{
    size_t count = 0;
    while (line && count < FIELDS) {
        field[count] = strsep(&line, " ");
        if (strlen(field[count]) > FIELD_MAX || !decode_field(field[count]))
            return 0;
        count++;
    }
    return line ? 0 : count;
}

/* ---- reading ---- */

static void free_entry(struct queued *entry)
{
    free(entry->site);
    free(entry->why);
    free((char *)entry->job.remote);
    free((char *)entry->job.local);
}

void queue_list_free(struct queue_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free_entry(&list->entry[i]);
    free(list->entry);
    *list = (struct queue_list){ 0 };
}

/* While a journal is read, ids are in order. */
static struct queued *find_entry(const struct queue_list *list, uint64_t id)
{
    size_t low = 0, high = list->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (list->entry[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < list->count && list->entry[low].id == id ? &list->entry[low] : NULL;
}

static bool take_flags(const char *flags, struct job *job)
{
    job->resume = strchr(flags, 'r');
    job->append = strchr(flags, 'a');
    job->overwrite_links = strchr(flags, 'l');
    job->time_exact = strchr(flags, 't');
    return flags[0] && flags[strspn(flags, ".ralt")] == '\0';
}

static bool take_job(char *const field[FIELDS], struct job *job)
{
    int64_t typed;
    job->upload = strcmp(field[2], "put") == 0;
    if ((!job->upload && strcmp(field[2], "get") != 0) || !take_flags(field[3], job) ||
        !signed_number(field[4], -1, &typed) || !signed_number(field[5], -1, &job->total) ||
        !signed_number(field[6], INT64_MIN, &job->modified))
        return false;
    job->typed = typed < 0 ? SIZE_MAX : (size_t)typed;
    return field[7][0] && field[8][0] && field[9][0];
}

static int add_entry(struct queue_list *list, uint64_t id, char *const field[FIELDS],
                     const struct job *job)
{
    if (list->count == list->room) {
        const size_t room = list->room ? list->room * 2 : 64;
        struct queued *bigger = reallocarray(list->entry, room, sizeof *bigger);
        if (!bigger)
            return -ENOMEM;
        list->entry = bigger;
        list->room = room;
    }
    struct queued *entry = &list->entry[list->count++];
    *entry = (struct queued){ .id = id, .site = strdup(field[7]), .job = *job };
    entry->job.remote = strdup(field[8]);
    entry->job.local = strdup(field[9]);
    return entry->site && entry->job.remote && entry->job.local ? 0 : -ENOMEM;
}

static int apply_mark(struct queue_list *list, char mark, uint64_t id, const char *text)
{
    struct queued *entry = find_entry(list, id);
    if (!entry)
        return 0;
    switch (mark) {
    case QUEUE_BEGUN:
        entry->begun = true;
        break;
    case QUEUE_FAILED:
        entry->failed = true;
        free(entry->why);
        entry->why = strdup(text);
        return entry->why ? 0 : -ENOMEM;
    case QUEUE_WAITS:
        entry->failed = false;
        break;
    case QUEUE_FIRST:
        entry->rank = -(int64_t)list->lines;
        break;
    case QUEUE_GONE:
        entry->gone = true;
        break;
    default:
        break;
    }
    return 0;
}

static int take_line(struct queue_list *list, char *line)
{
    char *field[FIELDS];
    struct job job = { .upload = false };
    uint64_t id;
    const size_t n = split(line, field);
    list->lines++;
    if (n < 2 || strlen(field[0]) != 1 || !number_parse(field[1], 1, INT64_MAX, &id))
        return 0;
    if (field[0][0] != '+')
        return apply_mark(list, field[0][0], id, n > 2 ? field[2] : "");
    if (n != FIELDS || (list->count > 0 && list->entry[list->count - 1].id >= id) ||
        !take_job(field, &job))
        return 0;
    return add_entry(list, id, field, &job);
}

static int by_rank(const void *a, const void *b)
{
    const struct queued *one = a, *other = b;
    if (one->rank != other->rank)
        return one->rank < other->rank ? -1 : 1;
    return (one->id > other->id) - (one->id < other->id);
}

static void drop_gone(struct queue_list *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (list->entry[i].gone)
            free_entry(&list->entry[i]);
        else
            list->entry[kept++] = list->entry[i];
    }
    list->count = kept;
}

/* A last line without its end was cut by a crash. */
static int read_stream(FILE *from, struct queue_list *list)
{
    char *line = NULL;
    size_t room = 0;
    int result = 0;
    ssize_t n;
    while (result == 0 && (n = getline(&line, &room, from)) > 0) {
        if (line[n - 1] != '\n')
            break;
        line[n - 1] = '\0';
        result = take_line(list, line);
    }
    free(line);
    return result == 0 && ferror(from) ? -EIO : result;
}

static int read_fd(int fd, struct queue_list *list)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return -errno;
    if (!S_ISREG(status.st_mode) || status.st_size > FILE_MAX_BYTES)
        return -EINVAL;
    const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    FILE *from = copy < 0 ? NULL : fdopen(copy, "r");
    if (!from)
        return -errno;
    rewind(from);
    const int result = read_stream(from, list);
    fclose(from);
    return result;
}

int queue_read(const char *path, struct queue_list *list)
{
    *list = (struct queue_list){ 0 };
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? 0 : -errno;
    const int result = read_fd(fd, list);
    close(fd);
    drop_gone(list);
    if (list->count > 1)
        qsort(list->entry, list->count, sizeof *list->entry, by_rank);
    return result;
}

/* ---- writing ---- */

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
    const int64_t typed = job->typed > FIELD_MAX ? -1 : (int64_t)job->typed;
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
    int result = read_fd(fd, &list);
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
    qsort(list->entry, list->count, sizeof *list->entry, by_rank);
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
    int result = read_fd(fd, &list);
    drop_gone(&list);
    if (result == 0 && list.lines > 2 * list.count + (list.count > 0 ? SPARE_LINES : 0))
        result = replace(path, &list);
    close(fd);
    queue_list_free(&list);
    return result;
}
