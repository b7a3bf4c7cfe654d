/* SPDX-License-Identifier: BSD-2-Clause */
/* write.c - runs in the master: the configuration in a sealed memfd, for
 * the programs that read it (image.c). */
#include "daemon/config/config.h"

#include "common/sealed.h"

int config_to_fd(const struct config *config)
{
    return sealed_make("wardftpd-config", config, config->size);
}
