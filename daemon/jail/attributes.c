/* SPDX-License-Identifier: BSD-2-Clause */
/* attributes.c - runs in JAIL, as the user, in the user's root.  Reads modes,
 * ACLs and attributes of the user's disk. */
#include "daemon/jail/attributes.h"

#include "common/text.h"
#include "daemon/jail/access.h"
#include "daemon/jail/beneath.h"
#include "daemon/jail/state.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { XATTR_SIZE = 64 * 1024 }; /* the kernel's own limit, of a list and of a value */

static const char access_acl[] = "system.posix_acl_access";
static const char default_acl[] = "system.posix_acl_default";

bool attributes_fit(const struct jail_who *who, const struct statx *old)
{
    if (old->stx_uid != who->uid || !access_in_group(who, old->stx_gid) || old->stx_nlink != 1)
        return false;
    return !(old->stx_attributes &
             (STATX_ATTR_MOUNT_ROOT | STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND));
}

/* Attributes that any write removes, or that are computed from the content. */
static bool is_passed_over(const char *name)
{
    static const char *const names[] = { "security.capability", "security.ima", "security.evm" };
    for (size_t i = 0; i < COUNT(names); i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

static int copy_one(int old, int new, const char *name)
{
    static char value[XATTR_SIZE], present[XATTR_SIZE];
    const ssize_t n = fgetxattr(old, name, value, sizeof value);
    if (n < 0)
        return -errno;
    if (fgetxattr(new, name, present, sizeof present) == n &&
        memcmp(value, present, (size_t)n) == 0)
        return 0;
    return fsetxattr(new, name, value, (size_t)n, 0) == 0 ? 0 : -errno;
}

/* Lists the attributes; none on a file system without them. */
static ssize_t list(int fd, char names[XATTR_SIZE])
{
    const ssize_t n = flistxattr(fd, names, XATTR_SIZE);
    if (n < 0)
        return errno == EOPNOTSUPP || errno == ENOSYS ? 0 : -errno;
    return n;
}

static bool lists(const char *names, ssize_t n, const char *wanted)
{
    for (const char *name = names; name < names + n; name += strlen(name) + 1) {
        if (strcmp(name, wanted) == 0)
            return true;
    }
    return false;
}

/* Sets an ACL of three entries, which is equal to a mode, in the place of the one that the new
 * file has from its directory's default ACL.  Its form (linux/posix_acl_xattr.h): the version,
 * then tag, permissions and id of each entry. */
static int set_plain_acl(int fd, unsigned mode)
{
    enum { VERSION = 2, USER_OBJ = 1, GROUP_OBJ = 4, OTHER = 32, NO_ID = 0xffff };
    const uint16_t words[] = { VERSION, 0,     USER_OBJ,  (mode >> 6) & 7,
                               NO_ID,   NO_ID, GROUP_OBJ, (mode >> 3) & 7,
                               NO_ID,   NO_ID, OTHER,     mode & 7,
                               NO_ID,   NO_ID };
    uint16_t acl[COUNT(words)];
    for (size_t i = 0; i < COUNT(words); i++)
        acl[i] = htole16(words[i]);
    return fsetxattr(fd, access_acl, acl, sizeof acl, 0) == 0 ? 0 : -errno;
}

static int copy_attributes(int old, const struct statx *about, int new)
{
    static char names[XATTR_SIZE], inherited[XATTR_SIZE];
    const ssize_t n = list(old, names), m = list(new, inherited);
    if (n < 0 || m < 0)
        return (int)(n < 0 ? n : m);
    for (const char *name = names; name < names + n; name += strlen(name) + 1) {
        const int result = is_passed_over(name) ? 0 : copy_one(old, new, name);
        if (result != 0)
            return result;
    }
    if (!lists(names, n, access_acl) && lists(inherited, m, access_acl))
        return set_plain_acl(new, about->stx_mode);
    return 0;
}

/* The mode comes last, because the other steps may change it.  With an ACL, its group bits are the
 * mask. */
int attributes_take(int old, const struct statx *about, int new, uint32_t group)
{
    const mode_t mode = about->stx_mode & 0777;
    int result = 0;
    if (group != about->stx_gid)
        result = fchown(new, (uid_t)-1, about->stx_gid) == 0 ? 0 : -errno;
    if (result == 0)
        result = copy_attributes(old, about, new);
    if (result == 0)
        result = fchmod(new, mode) == 0 ? 0 : -errno;
    return result;
}

/* The kernel combines the mode of a new file with the default ACL; but the part was created as
 * private.  So create another file, without a name, and take its mode. */
static int mode_by_default_acl(int parent, mode_t wanted, mode_t *mode)
{
    struct statx about;
    const int fd = open_name(parent, ".", O_TMPFILE | O_WRONLY, wanted);
    if (fd < 0)
        return fd;
    const int result = look_fd(fd, STATX_MODE, &about);
    close(fd);
    if (result == 0)
        *mode = about.stx_mode & 0777;
    return result;
}

/* If it can't be read, assume that there is one: the longer way is always right. */
static bool may_have_default_acl(int directory)
{
    return directory < 0 || fgetxattr(directory, default_acl, NULL, 0) > 0;
}

void attributes_of_new(const struct jail *jail, int parent, int directory, int fd)
{
    mode_t mode = jail->who->policy.file_mode & ~jail->umask & 0777;
    if (may_have_default_acl(directory))
        (void)mode_by_default_acl(parent, jail->who->policy.file_mode, &mode);
    (void)fchmod(fd, mode); /* ignored by file systems without modes */
}
