/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_eprt.c - EPRT's argument: what is taken is an address with a port, and
 * survives being written and read again. */
#include "common/addr.h"
#include "common/eprt.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sockaddr_storage to = { .ss_family = AF_UNIX }, again;
    char *text = fuzz_text(data, size);
    char written[128];
    const int result = eprt_parse(text, &to);
    if (result == 0) {
        must(to.ss_family == AF_INET || to.ss_family == AF_INET6);
        must(addr_port(&to) != 0);
        must(eprt_format(&to, written, sizeof written));
        must(eprt_parse(written, &again) == 0);
        addr_unmap(&to);
        must(addr_same_host(&to, &again) && addr_port(&to) == addr_port(&again));
    } else {
        must(result == -EINVAL || result == -EPROTONOSUPPORT);
        must(to.ss_family == AF_UNIX);
    }
    free(text);
    return 0;
}
