/* SPDX-License-Identifier: BSD-2-Clause */
/* output.h - the local file of a download.
 *
 * A new file, or a regular one that is replaced, is written as a partial file in its directory and
 * renamed when complete; it keeps the mode of the old one.  If the user typed the name, a symbolic
 * link's target is written, a file with several hard links, or one in a directory without write
 * permission, is written in place, and so are devices and FIFOs. */
#ifndef CLIENT_ENGINE_OUTPUT_H
#define CLIENT_ENGINE_OUTPUT_H

#include "client/engine/local.h"
#include "client/engine/settings.h"

struct output_options {
    const struct settings *settings;
    size_t typed;         /* see local.h */
    bool overwrite_links; /* replace a symbolic link, if not typed */
    bool resume;          /* continue the file itself, if there is no partial one */
};

struct output {
    struct local_name at;
    char part[NAME_MAX + 1];
    int fd;
    int mode;      /* of the file that is replaced; -1: none */
    bool in_place; /* fd is the file itself */
    bool stream;   /* a device or FIFO: it has no length and no time */
    bool exists;   /* a regular file is replaced */
};

/* 0 or -errno: -EBUSY another download has it; -EEXIST it exists (no_clobber); -ELOOP a symbolic
 * link, -ENXIO a device or the like, of a name that was not typed. */
int output_open(const char *path, const struct output_options *options, struct output *output);

/* Sets length and position before data comes: 0 or -errno. */
int output_seek(const struct output *output, int64_t offset);

/* All has come: sets mode and time (INT64_MIN: leaves it), syncs, renames.  0 or -errno; closes in
 * any case. */
int output_finish(struct output *output, const struct settings *settings, int64_t modified);

/* It failed.  A partial file stays for a resume: with the server's time if something was written to
 * it, else as it was before.  One that is empty or of no use is deleted. */
enum output_rest { OUTPUT_UNTOUCHED, OUTPUT_WRITTEN, OUTPUT_USELESS };
void output_abandon(struct output *output, int64_t modified, enum output_rest rest);

#endif
