/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_addr.c - addresses and blocks: what is taken is written and read again
 * the same, lies in the block of itself, and has a key. */
#include "common/addr.h"
#include "common/text.h"
#include "tests/fuzz/fuzz.h"

#include <sys/socket.h>

static void check_address(const struct sockaddr_storage *address)
{
    char text[ADDR_TEXT_ROOM];
    struct sockaddr_storage again, plain = *address, key, key_again;
    must(address->ss_family == AF_INET || address->ss_family == AF_INET6);
    must(addr_parse_host(addr_text(address, text), &again));
    must(again.ss_family == address->ss_family);
    must(addr_in_block(address, text) == 1);
    addr_unmap(&plain);
    must(addr_in_block(address, plain.ss_family == AF_INET ? "0.0.0.0/0" : "::/0") == 1);
    must(addr_in_block(address, plain.ss_family == AF_INET ? "::/0" : "0.0.0.0/0") == 0);
    addr_key(address, &key);
    addr_key(&key, &key_again);
    must(memcmp(&key, &key_again, sizeof key) == 0);
    must(addr_port(&key) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const samples[] = { "192.0.2.1", "2001:db8::1", "::ffff:10.0.0.1",
                                           "::", "255.255.255.255" };
    char *text = fuzz_text(data, size);
    struct sockaddr_storage address = { .ss_family = AF_UNIX };
    if (strchr(text, '%')) { /* asks the system for its interfaces: slow, and not ours */
        free(text);
        return 0;
    }
    if (addr_parse_here(text, &address) || addr_parse_host(text, &address))
        check_address(&address);
    else
        must(address.ss_family == AF_UNIX);
    for (size_t i = 0; i < COUNT(samples); i++) {
        must(addr_parse_host(samples[i], &address));
        const int in = addr_in_block(&address, text);
        must(in >= -1 && in <= 1);
    }
    free(text);
    return 0;
}
