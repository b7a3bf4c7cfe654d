/* SPDX-License-Identifier: BSD-2-Clause */
/* log_files.c - opens log files; decompressors run as children without a shell. */
#include "tools/wardctl/log_files.h"

#include "common/text.h"
#include "tools/wardctl/wardctl.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

static const struct packer {
    const char *suffix;
    char *const arguments[3];
} packers[] = {
    { ".gz", { "gzip", "-dc", NULL } },
    { ".xz", { "xz", "-dc", NULL } },
    { ".zst", { "zstd", "-dc", NULL } },
    { ".bz2", { "bzip2", "-dc", NULL } },
};

static bool ends_in(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static const struct packer *packer_of(const char *path)
{
    for (size_t i = 0; i < COUNT(packers); i++) {
        if (ends_in(path, packers[i].suffix))
            return &packers[i];
    }
    return NULL;
}

/* A file that is being read, and the child that unpacks it. */
struct source {
    FILE *stream;
    pid_t child; /* 0: none */
};

/* Its standard input is the file, its standard output ends[1].  0 or an errno. */
static int spawn_unpacker(const struct packer *packer, int file, const int ends[2], pid_t *child)
{
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0)
        return error;
    error = posix_spawn_file_actions_adddup2(&actions, file, STDIN_FILENO);
    if (error == 0)
        error = posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    if (error == 0)
        error =
            posix_spawnp(child, packer->arguments[0], &actions, NULL, packer->arguments, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    return error;
}

static int unpack(const struct packer *packer, int file, const char *path, struct source *source)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return complain(EX_OSERR, "%s: %s", path, strerror(errno));
    const int error = spawn_unpacker(packer, file, ends, &source->child);
    close(ends[1]);
    if (error != 0) {
        source->child = 0;
        close(ends[0]);
        return complain(EX_UNAVAILABLE, "%s: can't run %s: %s", path, packer->arguments[0],
                        strerror(error));
    }
    source->stream = fdopen(ends[0], "r");
    if (!source->stream)
        close(ends[0]);
    return source->stream ? 0 : complain(EX_OSERR, "%s: %s", path, strerror(errno));
}

static int open_source(const char *path, struct source *source)
{
    *source = (struct source){ .stream = strcmp(path, "-") == 0 ? stdin : NULL };
    if (source->stream)
        return 0;
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (file < 0)
        return complain(EX_NOINPUT, "%s: %s", path, strerror(errno));
    const struct packer *packer = packer_of(path);
    int code = 0;
    if (packer) {
        code = unpack(packer, file, path, source);
        close(file);
    } else {
        source->stream = fdopen(file, "r");
        if (!source->stream)
            code = complain(EX_OSERR, "%s: %s", path, strerror(errno));
    }
    return code;
}

/* whole: it was read to its end, so that the child must have ended well. */
static int close_source(struct source *source, const char *path, bool whole)
{
    int status = 0;
    const bool failed = source->stream && ferror(source->stream);
    if (source->stream && source->stream != stdin)
        (void)fclose(source->stream);
    if (source->child)
        (void)waitpid(source->child, &status, 0);
    if (failed || (whole && status != 0))
        return complain(EX_IOERR, "%s: can't be read to its end", path);
    return 0;
}

/* One line into text, without its end; the rest of one that is too long is skipped. */
static bool read_line(FILE *stream, char text[LOG_LINE_SIZE], bool *ended)
{
    if (!fgets(text, LOG_LINE_SIZE, stream))
        return false;
    const size_t n = strlen(text);
    *ended = n > 0 && text[n - 1] == '\n';
    if (*ended)
        text[n - 1] = '\0';
    else if (n == LOG_LINE_SIZE - 1) {
        int c;
        while ((c = fgetc(stream)) != EOF && c != '\n')
            ;
    }
    return true;
}

static int read_file(const char *path, log_taker *take, void *context, bool *goes_on)
{
    static char text[LOG_LINE_SIZE];
    struct source source;
    size_t number = 0;
    bool ended;
    int code = open_source(path, &source);
    while (code == 0 && *goes_on && read_line(source.stream, text, &ended))
        *goes_on = take(context, text, ended, path, ++number);
    const int closed = close_source(&source, path, code == 0 && *goes_on);
    return code ? code : closed;
}

int log_files_read(char *const *files, size_t count, log_taker *take, void *context)
{
    bool goes_on = true;
    int code = 0;
    for (size_t i = 0; i < count && goes_on; i++) {
        const int one = read_file(files[i], take, context, &goes_on);
        code = code ? code : one;
    }
    return code;
}

/* ---- the configured log ---- */

/* The value of "log = VALUE" in [daemon], into path; empty where there is none. */
static void read_log_key(FILE *stream, char path[PATH_SIZE])
{
    char line[PATH_SIZE], value[PATH_SIZE], key[32];
    bool in_daemon = false;
    path[0] = '\0';
    while (fgets(line, sizeof line, stream)) {
        if (line[0] == '[')
            in_daemon = strncmp(line, "[daemon]", 8) == 0;
        else if (in_daemon && sscanf(line, " %31[a-z_] = %4095[^\n;]", key, value) == 2 &&
                 strcmp(key, "log") == 0)
            (void)text_copy(path, PATH_SIZE, value);
    }
    for (size_t n = strlen(path); n > 0 && strchr(" \t\r", path[n - 1]); n--)
        path[n - 1] = '\0';
}

/* FILE.1, FILE-20261128, FILE.2.gz: what logrotate calls them. */
static bool is_rotated(const char *rest)
{
    if (*rest == '\0')
        return true;
    const size_t digits = strspn(rest + 1, "0123456789-");
    const char *behind = rest + 1 + digits;
    return (*rest == '.' || *rest == '-') && digits > 0 &&
           (*behind == '\0' || packer_of(behind) != NULL);
}

static int by_age(const void *a, const void *b)
{
    struct stat one, other;
    char *const *first = a, *const *second = b;
    if (stat(*first, &one) != 0 || stat(*second, &other) != 0)
        return strcmp(*second, *first);
    if (one.st_mtim.tv_sec != other.st_mtim.tv_sec)
        return one.st_mtim.tv_sec < other.st_mtim.tv_sec ? -1 : 1;
    return one.st_mtim.tv_nsec < other.st_mtim.tv_nsec
               ? -1
               : one.st_mtim.tv_nsec > other.st_mtim.tv_nsec;
}

static int find_rotated(const char *path, char ***files, size_t *count)
{
    char pattern[PATH_SIZE + 2];
    glob_t found;
    (void)text_format(pattern, sizeof pattern, "%s*", path);
    if (glob(pattern, GLOB_ERR, NULL, &found) != 0)
        return complain(EX_NOINPUT, "%s: there is no such log", path);
    *files = calloc(found.gl_pathc, sizeof **files);
    *count = 0;
    for (size_t i = 0; *files && i < found.gl_pathc; i++) {
        if (is_rotated(found.gl_pathv[i] + strlen(path)) &&
            ((*files)[*count] = strdup(found.gl_pathv[i])) != NULL)
            (*count)++;
    }
    globfree(&found);
    if (!*files)
        return complain(EX_OSERR, "no memory");
    qsort(*files, *count, sizeof **files, by_age);
    return 0;
}

int log_files_find(const char *configuration, char ***files, size_t *count)
{
    char path[PATH_SIZE];
    FILE *stream = fopen(configuration, "re");
    *files = NULL;
    *count = 0;
    if (!stream)
        return complain(EX_NOINPUT, "%s: %s; name the log files", configuration, strerror(errno));
    read_log_key(stream, path);
    (void)fclose(stream);
    if (path[0] != '/')
        return complain(EX_USAGE,
                        "%s does not log to a file: name the syslog files, or "
                        "`journalctl -t wardftpd -o short-iso | wardctl log search ... -'",
                        configuration);
    return find_rotated(path, files, count);
}

void log_files_free(char **files, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(files[i]);
    free(files);
}
