/* SPDX-License-Identifier: BSD-2-Clause */
/* images.c - runs in the master: sealed memfds that each program reads at its
 * start: configuration, orders, the files of certificates. */
#include "daemon/master/images.h"

#include "common/sealed.h"
#include "common/text.h"
#include "daemon/protocol/certificates.h"
#include "daemon/master/orders.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* RLIMIT_NOFILE where a role's row has none: descriptors in flight count for a
 * uid, so twice what all cells need. */
static uint32_t nofile_of_all_cells(const struct config *config)
{
    return 4 * (config->max_sessions + config->pool_max) + 128;
}

/* Only a regular file: a FIFO would block. */
static int open_regular(const char *path)
{
    struct stat about;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || (fstat(fd, &about) == 0 && S_ISREG(about.st_mode)))
        return fd;
    close(fd);
    errno = EINVAL;
    return -1;
}

/* Reads the file, or as much as fits.  The size read, or -errno. */
static ssize_t read_file(const char *path, char *to, size_t room)
{
    ssize_t n = 0, got = 1;
    const int fd = open_regular(path);
    if (fd < 0)
        return -errno;
    while (got > 0 && (size_t)n < room) {
        got = read(fd, to + n, room - (size_t)n);
        n = got < 0 ? -errno : n + got;
    }
    close(fd);
    return n;
}

/* What is wrong with a file of n bytes, or -errno. */
static int refuse_file(uint32_t number, const char *path, ssize_t n, const struct complaint *to)
{
    char what[160];
    if (number == CERTIFICATE_CLIENT_CA)
        return complain_about(to, true, path, "not a file of certificates (tls.client_ca)");
    (void)text_format(what, sizeof what, "no certificate can be read from it: %s",
                      n < 0    ? strerror((int)-n)
                      : n == 0 ? "it is empty"
                               : "it is too large");
    return complain_about(to, true, path, what);
}

static int add_file(struct certificates **image, uint32_t number, const char *path,
                    const struct complaint *to)
{
    const size_t old = (*image)->size;
    struct certificates *larger = realloc(*image, old + CERTIFICATE_FILE_MAX);
    if (!larger)
        return -ENOMEM;
    *image = larger;
    const ssize_t n = read_file(path, (char *)larger + old, CERTIFICATE_FILE_MAX);
    if (n <= 0 || n == CERTIFICATE_FILE_MAX)
        return refuse_file(number, path, n, to);
    larger->files[number] = (struct certificate_place){ .at = old, .length = (uint64_t)n };
    larger->size = old + (size_t)n;
    return 0;
}

static int add_files(struct certificates **image, const struct config *config,
                     const struct complaint *to)
{
    int result = add_file(image, CERTIFICATE_TLS, config->certificate, to);
    for (uint32_t i = 0; i < config->host_count && result == 0; i++) {
        if (config->hosts[i].certificate[0])
            result = add_file(image, CERTIFICATE_HOST + i, config->hosts[i].certificate, to);
    }
    if (result == 0 && config->client_certificate != TLS_OFF)
        result = add_file(image, CERTIFICATE_CLIENT_CA, config->client_ca, to);
    return result;
}

/* Must TLS be served?  Yes, unless it is off, or the default certificate does not exist and the
 * configuration does not ask for TLS.  Where TLS was served `already`, a reload does not end it.  A
 * file that cannot be examined counts as existing. */
static bool is_wanted(const struct config *config, bool already, const struct complaint *to)
{
    if (config->tls_mode == TLS_OFF)
        return false;
    if (config->tls_needed || already || access(config->certificate, F_OK) == 0 || errno != ENOENT)
        return true;
    (void)complain_about(to, false, config->certificate,
                         "no such certificate: TLS is off, implicit TLS listeners are skipped");
    return false;
}

static int make_certificates(const struct config *config, struct images *images,
                             const struct complaint *to)
{
    struct certificates *image = calloc(1, sizeof *image);
    if (!image)
        return -ENOMEM;
    image->size = sizeof *image;
    images->tls_served = is_wanted(config, images->tls_served, to);
    int result = images->tls_served ? add_files(&image, config, to) : 0;
    if (result == 0) {
        images->certificates = sealed_make("wardftpd-certificates", image, image->size);
        result = images->certificates < 0 ? images->certificates : 0;
    }
    free(image);
    return result;
}

int images_make(const struct config *config, const struct role_ids *ids, struct images *images,
                const struct complaint *to)
{
    const struct order_facts facts = { config, ids, nofile_of_all_cells(config) };
    *images = (struct images){ -1, -1, -1, images->tls_served };
    images->config = config_to_fd(config);
    images->orders = orders_to_fd(&facts);
    int result = images->config < 0 ? images->config : images->orders < 0 ? images->orders : 0;
    if (result == 0)
        result = make_certificates(config, images, to);
    if (result != 0 && result != -EINVAL) /* which was reported */
        (void)complain_about(to, true, "the images of the configuration", strerror(-result));
    if (result != 0)
        images_close(images);
    return result;
}

void images_close(struct images *images)
{
    const int fds[] = { images->config, images->orders, images->certificates };
    for (size_t i = 0; i < COUNT(fds); i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
    *images = (struct images){ .config = -1, .orders = -1, .certificates = -1 };
}
