/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_worker.c - messages of the client's workers: what passes the check can be read to its end
 * without a step beyond it. */
/* with: client/engine/protocol.c client/engine/failure.c */
/* longest: 2048 */
#include "client/engine/protocol.h"
#include "tests/fuzz/fuzz.h"

/* The size of the struct before the texts. */
static size_t struct_bytes(uint32_t type)
{
#define STRUCT_SIZE(name, number, type, least, most, phases) [name] = sizeof(struct type),
    static const size_t sizes[] = { WORKER_MESSAGES(STRUCT_SIZE) };
    return sizes[type];
}

static void read_page(const uint8_t *message, size_t size)
{
    struct message_page page;
    struct engine_item item;
    uint32_t count = 0;
    memcpy(&page, message, sizeof page);
    for (size_t at = 0; page_next(message, size, &at, &item); count++) {
        must(at <= size);
        must(strlen(item.entry.name) == item.entry.name_bytes && item.entry.name_bytes > 0);
        must(!item.other || strlen(item.other) > 0);
        must(item.entry.size >= -1 && item.entry.mode >= -1 && item.entry.type <= ENTRY_OTHER);
    }
    must(count == page.count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct message_head head;
    uint8_t *message = malloc(size ? size : 1); /* no step beyond it */
    if (!message)
        return 0;
    if (size)
        memcpy(message, data, size);
    if (!worker_message_check(message, size, PHASE_BUSY)) {
        memcpy(&head, message, sizeof head);
        must(size >= sizeof head);
        if (head.type == WORKER_PAGE)
            read_page(message, size);
        else
            for (unsigned i = 0; i < head.texts; i++)
                must(strlen(message_text(message, struct_bytes(head.type), i)) < MESSAGE_TEXT_MAX);
    }
    free(message);
    return 0;
}
