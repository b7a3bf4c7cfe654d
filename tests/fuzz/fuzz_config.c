/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_config.c - the configuration file: it is taken or refused, with a word
 * for each fault, and what is taken survives the way to the shared processes. */
/* with: daemon/config/[a-z]*.c -linih */
#include "daemon/config/config.h"
#include "common/text.h"
#include "tests/fuzz/fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

static unsigned fatal_ones;

static void count(void *context, bool fatal, const char *line)
{
    (void)context;
    must(line[0] != '\0' && !strchr(line, '\n'));
    fatal_ones += fatal;
}

static void check_copy(const struct config *config)
{
    const int fd = config_to_fd(config);
    must(fd >= 0);
    struct config *copy = config_from_fd(fd);
    must(copy && copy->size == config->size && memcmp(copy, config, config->size) == 0);
    free(copy);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    const int fd = memfd_create("wardftpd.conf", MFD_CLOEXEC);
    must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    must(text_format(path, sizeof path, "/proc/self/fd/%d", fd));
    fatal_ones = 0;
    struct config *config = config_load(path, NULL, 0, count, NULL);
    must((config != NULL) == (fatal_ones == 0));
    if (config)
        check_copy(config);
    free(config);
    close(fd);
    return 0;
}
