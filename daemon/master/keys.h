/* SPDX-License-Identifier: BSD-2-Clause */
/* keys.h - the private keys of the keeper. */
#ifndef MASTER_KEYS_H
#define MASTER_KEYS_H

#include "daemon/protocol/from_master.h"

#include <stdbool.h>

struct master;

/* Hands all files of keys to the keeper. */
void keys_give(struct master *master);

void keys_on_answer(struct master *master, const struct tm_key *message);

/* At the start.  False: the keeper cannot use all of them, so TLS could not be served. */
bool keys_await(struct master *master);

#endif
