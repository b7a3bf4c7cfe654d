/* SPDX-License-Identifier: BSD-2-Clause */
/* keys.c - runs in the master: hands the files of the private keys to the
 * keeper, which answers whether it can use them.  The master reads none. */
#include "daemon/master/keys.h"

#include "common/text.h"
#include "daemon/master/files.h"
#include "daemon/master/master.h"
#include "daemon/master/shared.h"

enum { KEYS_MS = 10000 }; /* for the keeper to load its keys on a busy machine */

static void key_give(struct master *master, uint32_t index, const char *path)
{
    const int fd = files_open_to_read(path);
    if (fd < 0)
        master->keys_failed++;
    files_give(master, SHARED_KEEPER, FM_FILE_KEY, index, fd);
    master->keys_missing += fd >= 0;
}

void keys_give(struct master *master)
{
    const struct config *config = master->config;
    master->keys_missing = master->keys_failed = 0;
    if (!master->images.tls_served)
        return;
    key_give(master, 0, config->key);
    for (uint32_t i = 0; i < config->host_count; i++) {
        if (config->hosts[i].certificate[0])
            key_give(master, i + 1, config->hosts[i].key);
    }
}

void keys_on_answer(struct master *master, const struct tm_key *message)
{
    master->keys_failed += message->failed != 0;
    if (master->keys_missing)
        master->keys_missing--;
}

bool keys_await(struct master *master)
{
    const int64_t until = now_ms() + KEYS_MS;
    while (master->keys_missing && !master->keys_failed) {
        if (!shared_await(master, SHARED_KEEPER, until))
            break;
    }
    return !master->keys_missing && !master->keys_failed;
}
