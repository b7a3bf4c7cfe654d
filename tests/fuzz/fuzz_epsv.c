/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_epsv.c - a server's 229 reply: a port or a refusal. */
#include "common/eprt.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    char digits[16];
    const int result = epsv_reply_parse(text);
    must(result == -EINVAL || (result >= 1 && result <= 65535));
    if (result > 0) {
        (void)snprintf(digits, sizeof digits, "%d", result);
        must(strstr(text, digits)); /* it is in the reply */
    }
    free(text);
    return 0;
}
