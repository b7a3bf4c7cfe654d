/* SPDX-License-Identifier: BSD-2-Clause */
/* skeleton.h - the files that a new home gets, in one sealed memfd (common/skeleton.h). */
#ifndef MASTER_SKELETON_H
#define MASTER_SKELETON_H

/* Reads the directory at path: its directories and regular files, through no symbolic link; others
 * are left out.  An empty path: there is none, and *image is -1.  0, or an errno with *fault. */
int skeleton_read(const char *path, int *image, const char **fault);

#endif
