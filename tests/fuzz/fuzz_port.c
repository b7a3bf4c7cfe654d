/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_port.c - PORT's argument: what is taken is an IPv4 address with a port,
 * and survives being written and read again. */
#include "common/addr.h"
#include "common/eprt.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sockaddr_storage to = { .ss_family = AF_UNIX }, again;
    char *text = fuzz_text(data, size);
    char written[32];
    const int result = port_parse(text, &to);
    if (result == 0) {
        must(to.ss_family == AF_INET && addr_port(&to) != 0);
        must(port_format(&to, written, sizeof written));
        must(port_parse(written, &again) == 0);
        must(addr_same_host(&to, &again) && addr_port(&to) == addr_port(&again));
    } else {
        must(result == -EINVAL && to.ss_family == AF_UNIX);
    }
    free(text);
    return 0;
}
