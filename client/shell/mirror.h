/* mirror.h - plans what to copy and delete, then does it. */
#ifndef CLIENT_SHELL_MIRROR_H
#define CLIENT_SHELL_MIRROR_H

#include "client/shell/jobs.h"

enum {
    MIRROR_PATTERNS_MAX = 32,
    MIRROR_DEPTH_MAX = 100,
    MIRROR_DIRECTORIES_MAX = 1000000,
    MIRROR_MAX_BYTES = 512 * 1024 * 1024
};

struct mirror_options {
    bool upload, delete_extra, only_newer, resume, checksum, size_only, dry_run;
    unsigned parallel;
    const char *include[MIRROR_PATTERNS_MAX], *exclude[MIRROR_PATTERNS_MAX];
    unsigned includes, excludes;
};

/* Is a file to be copied?  source and target (NULL: missing) as listed; pure. */
bool mirror_differs(const struct mirror_options *options, const struct entry *source,
                    const struct entry *target);

/* Do the patterns let the name through?  Directories are only excluded, never left out for want of
 * an include. */
bool mirror_wants(const struct mirror_options *options, const struct entry *entry);

/* A local directory's entries, sorted; symbolic links are followed for files, left out for
 * directories, so that no loop is walked.  0 or -errno. */
int local_list(const char *path, struct listing *listing);

#endif
