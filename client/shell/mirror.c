/* mirror.c - makes one side's directory like the other's.
 *
 * Walks both trees together.  Files to copy become a list of jobs; deletions come last, so that
 * a failure before them loses nothing.  A name from the server is used
 * only as one component below the target directory. */
#include "client/shell/mirror.h"

#include "client/engine/remote.h"
#include "common/path.h"
#include "common/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct mirror {
    struct shell *shell;
    struct mirror_options options;
    struct jobs jobs;
    struct listing deletions; /* paths, directories after their contents */
    unsigned unsafe;          /* names that were skipped */
    unsigned directories;     /* of the source, so far */
    size_t held_bytes;        /* listings of the directories from the root down to this one */
};

bool mirror_wants(const struct mirror_options *options, const struct entry *entry)
{
    bool wanted = options->includes == 0 || entry->type == ENTRY_DIRECTORY;
    for (unsigned i = 0; i < options->excludes; i++)
        if (glob_match(options->exclude[i], entry->name))
            return false;
    for (unsigned i = 0; i < options->includes && !wanted; i++)
        wanted = glob_match(options->include[i], entry->name);
    return wanted;
}

/* LIST knows minutes and no time zone: its times say little, so only sizes count there. */
bool mirror_differs(const struct mirror_options *options, const struct entry *source,
                    const struct entry *target)
{
    const bool timed = source->time_exact && target && target->time_exact;
    if (!target || target->type != ENTRY_FILE)
        return true;
    if (options->only_newer)
        return timed && source->modified > target->modified;
    if (source->size >= 0 && target->size >= 0 && source->size != target->size)
        return true;
    if (options->size_only)
        return false;
    return timed && source->modified > target->modified;
}

static int add_local(int directory, const char *name, struct listing *listing)
{
    struct stat status;
    struct entry entry = {
        .name = name, .name_bytes = strlen(name), .type = ENTRY_OTHER, .size = -1, .time_exact = true
    };
    if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return 0; /* gone meanwhile */
    if (S_ISLNK(status.st_mode) && (fstatat(directory, name, &status, 0) < 0 || S_ISDIR(status.st_mode)))
        entry.type = ENTRY_LINK;
    else if (S_ISDIR(status.st_mode))
        entry.type = ENTRY_DIRECTORY;
    else if (S_ISREG(status.st_mode))
        entry.type = ENTRY_FILE;
    entry.size = entry.type == ENTRY_FILE ? status.st_size : -1;
    entry.modified = status.st_mtime;
    entry.mode = (int)(status.st_mode & 0777);
    return listing_add(listing, &entry);
}

int local_list(const char *path, struct listing *listing)
{
    DIR *directory = opendir(path[0] ? path : ".");
    struct dirent *one;
    int result = 0;
    *listing = (struct listing){ 0 };
    if (!directory)
        return -errno;
    while (result == 0 && (one = readdir(directory)))
        if (strcmp(one->d_name, ".") != 0 && strcmp(one->d_name, "..") != 0)
            result = add_local(dirfd(directory), one->d_name, listing);
    closedir(directory);
    listing_sort(listing);
    return result;
}

static enum outcome list_local(struct shell *shell, const char *path, struct listing *listing)
{
    const int result = local_list(path, listing);
    return result == 0 ? OUTCOME_OK : shell_fail(shell, OUTCOME_LOCAL, "%s: %s", path, strerror(-result));
}

/* Lists the target; a directory that does not exist is empty. */
static enum outcome list_target(struct mirror *mirror, const char *path, bool exists, struct listing *listing)
{
    *listing = (struct listing){ 0 };
    if (!exists)
        return OUTCOME_OK;
    return mirror->options.upload ? remote_list(&mirror->shell->session, path, listing)
                                  : list_local(mirror->shell, path, listing);
}

static enum outcome make_directory(struct mirror *mirror, const char *path)
{
    struct shell *shell = mirror->shell;
    report_plan(&shell->report, "make", path, mirror->options.dry_run);
    if (mirror->options.dry_run)
        return OUTCOME_OK;
    if (mirror->options.upload)
        return session_ask(&shell->session, "MKD %s", path);
    if (mkdir(path, 0777) < 0 && errno != EEXIST)
        return shell_fail(shell, OUTCOME_NO_CREATE, "%s: %s", path, strerror(errno));
    return OUTCOME_OK;
}

/* Compares the checksums of files of equal size.  Fails if the server has none. */
static enum outcome compare_checksums(struct mirror *mirror, const char *remote, const char *local,
                                      bool *differs)
{
    struct hash theirs, ours;
    const enum outcome outcome = remote_hash(&mirror->shell->session, remote, -1, &theirs);
    int result, fd;
    if (outcome != OUTCOME_OK)
        return outcome;
    fd = open(local, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    result = fd < 0 ? -errno : local_hash(fd, -1, theirs.name, &ours);
    if (fd >= 0)
        close(fd);
    if (result < 0)
        return shell_fail(mirror->shell, OUTCOME_LOCAL, "%s: %s", local, strerror(-result));
    *differs = strcmp(theirs.hex, ours.hex) != 0;
    return OUTCOME_OK;
}

static enum outcome plan_file(struct mirror *mirror, const struct entry *source, const struct entry *target,
                              const char *from, const char *to)
{
    const struct mirror_options *options = &mirror->options;
    const char *remote = options->upload ? to : from, *local = options->upload ? from : to;
    struct job job = { .upload = options->upload,
                       .resume = options->resume && target,
                       .remote = remote,
                       .local = local,
                       .total = source->size,
                       .modified = source->time_exact ? source->modified : INT64_MIN };
    bool differs = mirror_differs(options, source, target);
    enum outcome outcome = OUTCOME_OK;
    if (!differs && options->checksum)
        outcome = compare_checksums(mirror, remote, local, &differs);
    if (outcome != OUTCOME_OK || !differs)
        return outcome;
    if (options->dry_run)
        report_plan(&mirror->shell->report, "copy", from, true);
    return jobs_add(mirror->shell, &mirror->jobs, &job);
}

/* Listings stay in memory from the root down to the directory at hand: all together are bounded. */
static enum outcome hold(struct mirror *mirror, const char *path, size_t bytes)
{
    mirror->held_bytes += bytes;
    return mirror->held_bytes <= MIRROR_MAX_BYTES
               ? OUTCOME_OK
               : shell_fail(mirror->shell, OUTCOME_PROTOCOL, "%s: listings too large", path);
}

static enum outcome note_deletion(struct mirror *mirror, const char *path, const struct entry *entry)
{
    struct entry copy = *entry;
    copy.name = path;
    copy.name_bytes = strlen(path);
    return listing_add(&mirror->deletions, &copy) == 0
               ? OUTCOME_OK
               : shell_fail(mirror->shell, OUTCOME_LOCAL, "out of memory");
}

/* Plans to delete a path and all below it, the deepest first. */
static enum outcome plan_deletion(struct mirror *mirror, const char *path, const struct entry *entry,
                                  unsigned depth)
{
    struct listing inside;
    size_t held;
    char inner[PATH_MAX];
    enum outcome outcome = OUTCOME_OK;
    if (depth > MIRROR_DEPTH_MAX)
        return shell_fail(mirror->shell, OUTCOME_PROTOCOL, "%s: directories nested too deeply", path);
    if (entry->type == ENTRY_DIRECTORY) {
        outcome = list_target(mirror, path, true, &inside);
        held = inside.bytes;
        if (hold(mirror, path, held) != OUTCOME_OK && outcome == OUTCOME_OK)
            outcome = OUTCOME_PROTOCOL;
        for (size_t i = 0; outcome == OUTCOME_OK && i < inside.count; i++) {
            const struct entry *one = &inside.entries[i];
            if (name_is_safe(one->name, one->name_bytes) && remote_join(path, one->name, inner, sizeof inner))
                outcome = plan_deletion(mirror, inner, one, depth + 1);
        }
        mirror->held_bytes -= held;
        listing_free(&inside);
    }
    return outcome == OUTCOME_OK ? note_deletion(mirror, path, entry) : outcome;
}

/* Plans to delete what only the target has, unless the listing of the source may be incomplete. */
static enum outcome plan_extras(struct mirror *mirror, const struct listing *sources,
                                const struct listing *targets, const char *from, const char *to)
{
    enum outcome outcome = OUTCOME_OK;
    char path[PATH_MAX];
    if (sources->doubtful)
        return shell_fail(mirror->shell, OUTCOME_PROTOCOL,
                          "the listing of %s may be incomplete: nothing in it is deleted", from);
    for (size_t i = 0; outcome == OUTCOME_OK && i < targets->count; i++) {
        const struct entry *entry = &targets->entries[i];
        if (listing_find(sources, entry->name) || !mirror_wants(&mirror->options, entry) ||
            !name_is_safe(entry->name, entry->name_bytes))
            continue;
        if (remote_join(to, entry->name, path, sizeof path))
            outcome = plan_deletion(mirror, path, entry, 0);
    }
    return outcome;
}

static enum outcome plan_directory(struct mirror *mirror, const char *from, const char *to, bool exists,
                                   unsigned depth);

static enum outcome plan_entry(struct mirror *mirror, const struct entry *source,
                               const struct listing *targets, const char *from, const char *to,
                               unsigned depth)
{
    const struct entry *target = listing_find(targets, source->name);
    char inner_from[PATH_MAX], inner_to[PATH_MAX];
    if (!name_is_safe(source->name, source->name_bytes)) {
        mirror->unsafe++;
        report_note(&mirror->shell->report, "skipped, unsafe name: %s", source->name);
        return OUTCOME_OK;
    }
    if (!mirror_wants(&mirror->options, source))
        return OUTCOME_OK;
    if (!remote_join(from, source->name, inner_from, sizeof inner_from) ||
        !remote_join(to, source->name, inner_to, sizeof inner_to))
        return shell_fail(mirror->shell, OUTCOME_REFUSED, "%s: path too long", source->name);
    if (source->type == ENTRY_DIRECTORY)
        return plan_directory(mirror, inner_from, inner_to, target && target->type == ENTRY_DIRECTORY,
                              depth + 1);
    if (source->type == ENTRY_FILE)
        return plan_file(mirror, source, target, inner_from, inner_to);
    report_note(&mirror->shell->report, "skipped, not a regular file: %s", inner_from);
    return OUTCOME_OK;
}

static enum outcome plan_directory(struct mirror *mirror, const char *from, const char *to, bool exists,
                                   unsigned depth)
{
    struct listing sources = { 0 }, targets = { 0 };
    size_t held;
    enum outcome outcome;
    if (depth > MIRROR_DEPTH_MAX || ++mirror->directories > MIRROR_DIRECTORIES_MAX)
        return shell_fail(mirror->shell, OUTCOME_PROTOCOL, "%s: too many or too deeply nested directories",
                          from);
    outcome = mirror->options.upload ? list_local(mirror->shell, from, &sources)
                                     : remote_list(&mirror->shell->session, from, &sources);
    if (outcome == OUTCOME_OK && !exists)
        outcome = make_directory(mirror, to);
    if (outcome == OUTCOME_OK)
        outcome = list_target(mirror, to, exists, &targets);
    held = sources.bytes + targets.bytes;
    if (hold(mirror, from, held) != OUTCOME_OK && outcome == OUTCOME_OK)
        outcome = OUTCOME_PROTOCOL;
    for (size_t i = 0; outcome == OUTCOME_OK && i < sources.count; i++)
        if (i == 0 || strcmp(sources.entries[i].name, sources.entries[i - 1].name) != 0)
            outcome = plan_entry(mirror, &sources.entries[i], &targets, from, to, depth);
    if (outcome == OUTCOME_OK && mirror->options.delete_extra)
        outcome = plan_extras(mirror, &sources, &targets, from, to);
    mirror->held_bytes -= held;
    listing_free(&sources);
    listing_free(&targets);
    return outcome;
}

static enum outcome delete_one(struct mirror *mirror, const struct entry *entry)
{
    struct shell *shell = mirror->shell;
    const bool directory = entry->type == ENTRY_DIRECTORY;
    report_plan(&shell->report, "delete", entry->name, mirror->options.dry_run);
    if (mirror->options.dry_run)
        return OUTCOME_OK;
    if (mirror->options.upload)
        return session_ask(&shell->session, "%s %s", directory ? "RMD" : "DELE", entry->name);
    if (unlinkat(AT_FDCWD, entry->name, directory ? AT_REMOVEDIR : 0) < 0)
        return shell_fail(shell, OUTCOME_LOCAL, "%s: %s", entry->name, strerror(errno));
    return OUTCOME_OK;
}

static enum outcome carry_out(struct mirror *mirror)
{
    enum outcome outcome = OUTCOME_OK;
    if (!mirror->options.dry_run)
        outcome = jobs_run(mirror->shell, &mirror->jobs, mirror->options.parallel);
    if (outcome == OUTCOME_OK && mirror->deletions.count > 0 && !mirror->options.dry_run)
        outcome = shell_ensure(mirror->shell);
    for (size_t i = 0; outcome == OUTCOME_OK && i < mirror->deletions.count; i++)
        outcome = delete_one(mirror, &mirror->deletions.entries[i]);
    if (outcome == OUTCOME_OK && mirror->unsafe > 0)
        outcome = shell_fail(mirror->shell, OUTCOME_PROTOCOL, "skipped %u unsafe names from the server",
                             mirror->unsafe);
    return outcome;
}

/* Does the target directory exist? */
static enum outcome target_exists(struct mirror *mirror, const char *to, bool *exists)
{
    struct session *session = &mirror->shell->session;
    char back[TARGET_PATH_SIZE];
    struct stat status;
    enum outcome outcome;
    if (!mirror->options.upload) {
        *exists = stat(to, &status) == 0 && S_ISDIR(status.st_mode);
        return OUTCOME_OK;
    }
    outcome = session_command(session, "CWD %s", to);
    *exists = outcome == OUTCOME_OK && session->reply.code == 250;
    if (!*exists)
        return outcome;
    text_copy(back, sizeof back, session->cwd);
    return session_ask(session, "CWD %s", back);
}

static bool add_pattern(const char **patterns, unsigned *count, const char *pattern)
{
    if (*count == MIRROR_PATTERNS_MAX)
        return false;
    patterns[(*count)++] = pattern;
    return true;
}

enum { OPT_CHECKSUM = 256, OPT_SIZE_ONLY, OPT_DRY_RUN };

static const struct option option_table[] = {
    { "reverse", no_argument, NULL, 'R' },
    { "delete", no_argument, NULL, 'e' },
    { "only-newer", no_argument, NULL, 'n' },
    { "continue", no_argument, NULL, 'c' },
    { "checksum", no_argument, NULL, OPT_CHECKSUM },
    { "size-only", no_argument, NULL, OPT_SIZE_ONLY },
    { "dry-run", no_argument, NULL, OPT_DRY_RUN },
    { "parallel", required_argument, NULL, 'P' },
    { "include", required_argument, NULL, 'i' },
    { "exclude", required_argument, NULL, 'x' },
    { NULL, 0, NULL, 0 },
};

static bool take_value(struct mirror_options *options, int option, const char *value)
{
    uint64_t number;
    if (option == 'i')
        return add_pattern(options->include, &options->includes, value);
    if (option == 'x')
        return add_pattern(options->exclude, &options->excludes, value);
    if (!number_parse(value, 1, 64, &number))
        return false;
    options->parallel = (unsigned)number;
    return true;
}

static bool take_option(struct mirror_options *options, int option, const char *value)
{
    const struct {
        int option;
        bool *flag;
    } flags[] = {
        { 'R', &options->upload },
        { 'e', &options->delete_extra },
        { 'n', &options->only_newer },
        { 'c', &options->resume },
        { OPT_CHECKSUM, &options->checksum },
        { OPT_SIZE_ONLY, &options->size_only },
        { OPT_DRY_RUN, &options->dry_run },
    };
    for (size_t i = 0; i < COUNT(flags); i++)
        if (flags[i].option == option) {
            *flags[i].flag = true;
            return true;
        }
    return option != '?' && take_value(options, option, value);
}

/* Reads the words: *first is the index of the source. */
static enum outcome take_options(struct shell *shell, const struct tokens *tokens,
                                 struct mirror_options *options, size_t *first)
{
    char **argv = calloc(tokens->count + 1, sizeof *argv);
    enum outcome outcome = OUTCOME_OK;
    int option;
    if (!argv)
        return shell_fail(shell, OUTCOME_LOCAL, "out of memory");
    for (size_t i = 0; i < tokens->count; i++)
        argv[i] = tokens->token[i].text;
    optind = 0; /* restart parsing */
    opterr = 0;
    while (outcome == OUTCOME_OK &&
           (option = getopt_long((int)tokens->count, argv, "+RencP:i:x:", option_table, NULL)) != -1)
        if (!take_option(options, option, optarg))
            outcome =
                shell_fail(shell, OUTCOME_USAGE, "mirror: invalid option or value: %s", argv[optind - 1]);
    *first = (size_t)optind;
    free(argv);
    if (outcome == OUTCOME_OK && (*first == tokens->count || tokens->count - *first > 2))
        outcome = shell_fail(shell, OUTCOME_USAGE, "usage: mirror [OPTIONS] SOURCE [TARGET]");
    return outcome;
}

enum outcome verb_mirror(struct shell *shell, const struct tokens *tokens)
{
    struct mirror mirror = { .shell = shell, .options = { .parallel = shell->parallel } };
    const char *from, *to;
    size_t first = 0;
    bool exists = false;
    enum outcome outcome = take_options(shell, tokens, &mirror.options, &first);
    if (outcome != OUTCOME_OK)
        return outcome;
    from = tokens->token[first].text;
    to = tokens->count - first == 2 ? tokens->token[first + 1].text : path_last(from);
    if (!to[0])
        to = ".";
    outcome = target_exists(&mirror, to, &exists);
    if (outcome == OUTCOME_OK)
        outcome = plan_directory(&mirror, from, to, exists, 0);
    if (outcome == OUTCOME_OK)
        outcome = carry_out(&mirror);
    jobs_free(&mirror.jobs);
    listing_free(&mirror.deletions);
    return outcome;
}
