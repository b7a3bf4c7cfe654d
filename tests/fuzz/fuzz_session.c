/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_session.c - a whole session of NET on any bytes of a client who is
 * logged in. */
/* with: daemon/net/[!r]*.c daemon/net/re*.c daemon/protocol/key_print.c daemon/config/image.c -lssl
 * -lcrypto -lpthread */
#include "tests/fuzz/session_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct session *s = &session;
    struct world world = { .jails = { data, size, 0 }, .auths = { data, size, 0 } };
    world_open(&world, s, world_config());
    world_log_in(s);
    world_say(&world, data, size);
    session_serve(s);
    data_close(s);
    control_flush(s);
    (void)check_replies(world.client[THEIRS]);
    world_close(&world, s);
    return 0;
}
