/* config_image.c - the configuration in a sealed memfd, as a reload hands it
 * to the shared processes.  The master makes it, they read it.  The seals see
 * to it that what was measured is what is read. */
#include "daemon/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE,
    IMAGE_MOST = 64 * 1024 * 1024,
};

static int write_all(int fd, const void *bytes, size_t n)
{
    for (const char *at = bytes; n > 0;) {
        const ssize_t written = write(fd, at, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? -errno : -EIO;
        at += written;
        n -= (size_t)written;
    }
    return 0;
}

int config_to_fd(const struct config *config)
{
    const int fd = memfd_create("wardftpd-config", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -errno;
    int error = write_all(fd, config, config->size);
    if (!error && fcntl(fd, F_ADD_SEALS, SEALS) != 0)
        error = -errno;
    if (!error)
        return fd;
    close(fd);
    return error;
}

static bool read_all(int fd, void *bytes, size_t n)
{
    size_t done = 0;
    while (done < n) {
        const ssize_t got = pread(fd, (char *)bytes + done, n - done, (off_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0)
            errno = EBADMSG;
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

static bool zones_fit(const struct config *config)
{
    for (uint32_t i = 0; i < config->zone_count && i < ZONES_MAX; i++) {
        if (config->zones[i].count > ZONE_TURNS)
            return false;
    }
    return config->zone_count <= ZONES_MAX;
}

/* Do the counts stay within the block? */
static bool is_whole(const struct config *config, size_t size)
{
    const size_t behind = size - sizeof *config;
    return config->size == size && behind == config->policy_count * sizeof config->policies[0] &&
           config->listener_count <= LISTENERS_MAX && config->host_count <= HOSTS_MAX &&
           config->forbidden_gid_count <= FORBIDDEN_GIDS_MAX && zones_fit(config);
}

struct config *config_from_fd(int fd)
{
    struct stat about;
    const int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || fstat(fd, &about) != 0)
        return NULL;
    if ((seals & SEALS) != SEALS || about.st_size < (off_t)sizeof(struct config) ||
        about.st_size > IMAGE_MOST) {
        errno = EBADMSG;
        return NULL;
    }
    const size_t size = (size_t)about.st_size;
    struct config *config = malloc(size);
    if (!config || !read_all(fd, config, size)) {
        const int error = errno;
        free(config);
        errno = error;
        return NULL;
    }
    if (!is_whole(config, size)) {
        free(config);
        errno = EBADMSG;
        return NULL;
    }
    return config;
}
