/* SPDX-License-Identifier: BSD-2-Clause */
/* check.c - checks a message against its border's table (invariant I8).  In every
 * process; pure. */
#include "daemon/ipc/channel.h"

#include <string.h>

static bool size_fits(const struct border_row *row, size_t n)
{
    if (row->text_at == 0)
        return n == row->size;
    return n > row->text_at && n <= row->size;
}

/* Is its NUL the last byte and the only one? */
static bool text_fits(const struct border_row *row, const void *message, size_t n)
{
    if (row->text_at == 0)
        return true;
    const char *text = (const char *)message + row->text_at;
    const size_t length = n - row->text_at;
    return memchr(text, '\0', length) == text + length - 1;
}

enum border_fault border_check(const struct border_row *table, size_t rows, const void *message,
                               size_t n, unsigned phase, size_t fds)
{
    struct message_head head;
    if (n < sizeof head)
        return BORDER_SHORT;
    memcpy(&head, message, sizeof head);
    if (head.type >= rows || table[head.type].size == 0)
        return BORDER_TYPE;
    const struct border_row *row = &table[head.type];
    if (!size_fits(row, n))
        return BORDER_SIZE;
    if ((row->phases & phase) == 0)
        return BORDER_PHASE;
    if (fds != row->fds)
        return BORDER_FD;
    return text_fits(row, message, n) ? BORDER_FINE : BORDER_TEXT;
}

const char *border_fault_text(enum border_fault fault)
{
    static const char *const texts[] = {
        [BORDER_FINE] = "fine",
        [BORDER_SHORT] = "shorter than its head",
        [BORDER_TYPE] = "of an unknown type",
        [BORDER_SIZE] = "of the wrong size",
        [BORDER_PHASE] = "out of turn",
        [BORDER_FD] = "with too many or too few descriptors",
        [BORDER_TEXT] = "with a text that does not end with the message",
    };
    return (size_t)fault < sizeof texts / sizeof texts[0] ? texts[fault]
                                                          : "refused for an unknown reason";
}

size_t message_size(size_t text_at, const char *text)
{
    return text_at + strlen(text) + 1;
}
