/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_pasv.c - a server's 227 reply: what is found is an IPv4 address with a
 * port; whatever PORT would take is found in any reply that holds only it. */
#include "common/addr.h"
#include "common/eprt.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sockaddr_storage to = { .ss_family = AF_UNIX }, port;
    char *text = fuzz_text(data, size);
    const int result = pasv_reply_parse(text, &to);
    if (result == 0) {
        must(to.ss_family == AF_INET && addr_port(&to) != 0);
    } else {
        must(result == -EINVAL && to.ss_family == AF_UNIX);
    }
    if (port_parse(text, &port) == 0) {
        must(result == 0 && addr_same_host(&to, &port));
        must(addr_port(&to) == addr_port(&port));
    }
    free(text);
    return 0;
}
