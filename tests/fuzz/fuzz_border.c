/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_border.c - the check of messages: a message that passes is what its row
 * says, whatever the sender wrote. */
#include "daemon/ipc/channel.h"
#include "common/text.h"
#include "tests/fuzz/fuzz.h"

enum { FIXED = 1, TEXT = 3 };

struct text_message {
    struct message_head head;
    uint32_t number;
    char text[60];
};

static const struct border_row table[] = {
    [FIXED] = { "fixed", 24, 0, 1, 0 },
    [TEXT] = { "text", sizeof(struct text_message), offsetof(struct text_message, text), 2, 1 },
};

/* The first byte is phase and descriptor, the rest the datagram. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct message_head head;
    if (size == 0)
        return 0;
    const unsigned phase = data[0] & 3;
    const int fd = data[0] & 4 ? 0 : -1;
    const size_t n = size - 1;
    char *message = fuzz_text(data + 1, n);
    const enum border_fault fault = border_check(table, COUNT(table), message, n, phase, fd >= 0);
    if (fault == BORDER_FINE) {
        must(n >= sizeof head);
        memcpy(&head, message, sizeof head);
        must(head.type == FIXED || head.type == TEXT);
        must(table[head.type].phases & phase);
        must((fd >= 0) == (head.type == TEXT));
        if (head.type == FIXED)
            must(n == 24);
        else
            must(n == message_size(offsetof(struct text_message, text),
                                   message + offsetof(struct text_message, text)));
    }
    must(border_fault_text(fault)[0] != '\0');
    free(message);
    return 0;
}
