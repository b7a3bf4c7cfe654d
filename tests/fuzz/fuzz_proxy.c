/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_proxy.c - the header of the PROXY protocol: the verdict does not change with what follows,
 * no beginning of a good header is bad, and an address is one that a client can have. */
#include "common/proxy_header.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct proxy_header whole, part;
    const enum proxy_state state = proxy_header_parse(data, size, &whole);
    if (state == PROXY_MORE || state == PROXY_BAD)
        return 0;
    must(whole.size > 0 && whole.size <= size && whole.size <= PROXY_HEADER_MAX);
    for (size_t n = 0; n < whole.size; n++)
        must(proxy_header_parse(data, n, &part) == PROXY_MORE);
    must(proxy_header_parse(data, whole.size, &part) == state && part.size == whole.size);
    if (state == PROXY_CLIENT)
        must(proxy_address_is_usable(&whole.source) && proxy_address_is_usable(&whole.destination));
    return 0;
}
