/* SPDX-License-Identifier: BSD-2-Clause */
/* protocol.c - checks messages between the engine and its workers, and builds them.  Pure. */
#include "client/engine/protocol.h"

#include "common/text.h"

#include <string.h>

enum { PAGE_TEXTS = 4 };

struct message_row {
    size_t size;
    unsigned least, most; /* texts */
    unsigned phases;
};

#define MESSAGE_ROW(name, number, type, least, most, phases)                                       \
    [name] = { sizeof(struct type), least, most, phases },
static const struct message_row from_worker[] = { WORKER_MESSAGES(MESSAGE_ROW) };
static const struct message_row to_worker[] = { ENGINE_MESSAGES(MESSAGE_ROW) };

/* ---- the form ---- */

/* Exactly `count` NUL-ended texts in n bytes, none longer than it may be. */
static const char *check_texts(const char *at, size_t n, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const char *end = memchr(at, '\0', n < MESSAGE_TEXT_MAX ? n : MESSAGE_TEXT_MAX);
        if (!end)
            return "a text without an end";
        n -= (size_t)(end + 1 - at);
        at = end + 1;
    }
    return n == 0 ? NULL : "of the wrong size";
}

static const char *check_form(const struct message_row *rows, size_t count, const void *message,
                              size_t n, unsigned phase)
{
    struct message_head head;
    if (n < sizeof head || n > MESSAGE_MAX)
        return "of the wrong size";
    memcpy(&head, message, sizeof head);
    if (head.type >= count || rows[head.type].size == 0)
        return "of an unknown type";
    const struct message_row *row = &rows[head.type];
    if (n < row->size)
        return "of the wrong size";
    if ((row->phases & phase) == 0)
        return "out of turn";
    if (head.reserved != 0 || head.texts < row->least || head.texts > row->most)
        return "with a wrong head";
    return NULL;
}

/* ---- pages ---- */

/* Is there a text of exactly n bytes and a NUL at *at?  Moves on. */
static bool text_is(const char **at, size_t n)
{
    const bool fits = memchr(*at, '\0', n + 1) == *at + n;
    *at += n + 1;
    return fits;
}

/* The bytes of the entry at the start of n bytes; 0: it is not well formed. */
static size_t entry_size(const char *at, size_t n, struct page_entry *entry)
{
    if (n < sizeof *entry)
        return 0;
    memcpy(entry, at, sizeof *entry);
    const size_t whole = sizeof *entry + entry->name_bytes + entry->other_bytes +
                         entry->owner_bytes + entry->group_bytes + PAGE_TEXTS;
    if (entry->name_bytes == 0 || entry->name_bytes >= MESSAGE_TEXT_MAX ||
        entry->other_bytes >= MESSAGE_TEXT_MAX || n < whole)
        return 0;
    at += sizeof *entry;
    if (!text_is(&at, entry->name_bytes) || !text_is(&at, entry->other_bytes) ||
        !text_is(&at, entry->owner_bytes) || !text_is(&at, entry->group_bytes))
        return 0;
    return whole;
}

static bool entry_fits(const struct page_entry *entry, unsigned kind)
{
    return entry->size >= -1 && entry->mode >= -1 && entry->mode <= 07777 && entry->grain >= 0 &&
           entry->typed >= -1 && entry->typed < MESSAGE_TEXT_MAX && entry->type <= ENTRY_OTHER &&
           !(entry->flags & ~ENTRY_FLAGS) && (entry->other_bytes > 0) == (kind == ENGINE_PAGE_COPY);
}

static const char *check_page(const void *message, size_t n)
{
    struct message_page page;
    struct page_entry entry;
    const char *at = (const char *)message + sizeof page;
    memcpy(&page, message, sizeof page);
    n -= sizeof page;
    if (page.kind < ENGINE_PAGE_ENTRIES || page.kind > ENGINE_PAGE_DELETE || page.count == 0)
        return "a page of an unknown kind";
    for (uint32_t i = 0; i < page.count; i++) {
        const size_t whole = entry_size(at, n, &entry);
        if (whole == 0 || !entry_fits(&entry, page.kind))
            return "a page with a bad entry";
        at += whole;
        n -= whole;
    }
    return n == 0 ? NULL : "of the wrong size";
}

/* Copies n bytes and a NUL, and moves on. */
static void put_text(char **at, const char *text, size_t n)
{
    if (n > 0)
        memcpy(*at, text, n);
    (*at)[n] = '\0';
    *at += n + 1;
}

static uint8_t flags_of(const struct engine_item *item)
{
    return (uint8_t)((item->entry.time_exact ? ENTRY_TIME_EXACT : 0) |
                     (item->entry.link ? ENTRY_IS_LINK : 0) | (item->resume ? ENTRY_RESUMES : 0) |
                     (item->overwrite_links ? ENTRY_OVERWRITES_LINKS : 0));
}

bool page_add(struct message_buffer *buffer, const struct engine_item *item)
{
    const struct entry *from = &item->entry;
    const size_t other_bytes = item->other ? strlen(item->other) : 0;
    struct page_entry entry = {
        .size = from->size,
        .modified = from->modified,
        .typed = item->typed < MESSAGE_TEXT_MAX ? (int64_t)item->typed : -1,
        .grain = from->grain,
        .mode = from->mode,
        .name_bytes = (uint16_t)from->name_bytes,
        .other_bytes = (uint16_t)other_bytes,
        .owner_bytes = from->owner ? from->owner_bytes : 0,
        .group_bytes = from->group ? from->group_bytes : 0,
        .flags = flags_of(item),
        .type = (uint8_t)from->type,
    };
    struct message_page page;
    if (from->name_bytes >= MESSAGE_TEXT_MAX || other_bytes >= MESSAGE_TEXT_MAX ||
        buffer->bytes + sizeof entry + from->name_bytes + other_bytes + entry.owner_bytes +
                entry.group_bytes + PAGE_TEXTS >
            PAGE_BODY_MAX)
        return false;
    char *at = buffer->data + buffer->bytes;
    memcpy(at, &entry, sizeof entry);
    at += sizeof entry;
    put_text(&at, from->name, from->name_bytes);
    put_text(&at, item->other, other_bytes);
    put_text(&at, from->owner, entry.owner_bytes);
    put_text(&at, from->group, entry.group_bytes);
    buffer->bytes = (size_t)(at - buffer->data);
    memcpy(&page, buffer->data, sizeof page);
    page.count++;
    memcpy(buffer->data, &page, sizeof page);
    return true;
}

bool page_next(const void *message, size_t n, size_t *at, struct engine_item *item)
{
    struct page_entry entry;
    if (*at == 0)
        *at = sizeof(struct message_page);
    const char *from = (const char *)message + *at;
    const size_t whole = *at < n ? entry_size(from, n - *at, &entry) : 0;
    if (whole == 0)
        return false;
    const char *name = from + sizeof entry, *other = name + entry.name_bytes + 1;
    const char *owner = other + entry.other_bytes + 1, *group = owner + entry.owner_bytes + 1;
    *at += whole;
    *item = (struct engine_item){
        .entry = { .name = name,
                   .name_bytes = entry.name_bytes,
                   .type = entry.type,
                   .size = entry.size,
                   .modified = entry.modified,
                   .time_exact = entry.flags & ENTRY_TIME_EXACT,
                   .grain = entry.grain,
                   .link = entry.flags & ENTRY_IS_LINK,
                   .mode = entry.mode,
                   .owner = entry.owner_bytes ? owner : NULL,
                   .group = entry.group_bytes ? group : NULL,
                   .owner_bytes = entry.owner_bytes,
                   .group_bytes = entry.group_bytes },
        .other = entry.other_bytes ? other : NULL,
        .typed = entry.typed < 0 ? SIZE_MAX : (size_t)entry.typed,
        .resume = entry.flags & ENTRY_RESUMES,
        .overwrite_links = entry.flags & ENTRY_OVERWRITES_LINKS,
    };
    return true;
}

/* ---- the fields ---- */

static bool is_outcome(int32_t value)
{
    return strcmp(outcome_name((enum outcome)value), "unknown") != 0;
}

static const char *check_done(const struct message_done *done)
{
    if (!is_outcome(done->outcome) || done->code < 0 || done->code > 999 ||
        (done->flags & ~(uint32_t)DONE_FLAGS))
        return "an end with a wrong outcome";
    if (done->start < 0 || done->done < 0 || done->moved < 0 || done->elapsed_ms < 0)
        return "an end with a wrong number";
    return NULL;
}

static const char *check_worker_fields(const void *message, size_t n)
{
    union {
        struct message_head head;
        struct message_progress progress;
        struct message_trace trace;
        struct message_wait wait;
        struct message_reply reply;
        struct message_trust trust;
        struct message_password password;
        struct message_exists exists;
        struct message_done done;
    } any = { 0 };
    memcpy(&any, message, n < sizeof any ? n : sizeof any);
    bool fits = true;
    switch (any.head.type) {
    case WORKER_PROGRESS:
        fits = any.progress.total >= -1 && any.progress.start >= 0 && any.progress.done >= 0 &&
               any.progress.moved >= 0;
        break;
    case WORKER_TRACE:
        fits =
            any.trace.direction == '<' || any.trace.direction == '>' || any.trace.direction == '*';
        break;
    case WORKER_WAIT:
        fits = any.wait.ms >= 0;
        break;
    case WORKER_PAGE:
        return check_page(message, n);
    case WORKER_REPLY:
        fits = any.reply.code >= 100 && any.reply.code <= 699;
        break;
    case WORKER_TRUST:
        fits = any.trust.strict <= 1;
        break;
    case WORKER_PASSWORD:
        fits = any.password.attempt >= 1;
        break;
    case WORKER_EXISTS:
        fits = any.exists.source_size >= -1 && any.exists.target_size >= -1;
        break;
    case WORKER_DONE:
        return check_done(&any.done);
    }
    return fits ? NULL : "with a wrong number";
}

const char *worker_message_check(const void *message, size_t n, unsigned phase)
{
    struct message_head head;
    const char *why = check_form(from_worker, COUNT(from_worker), message, n, phase);
    if (why)
        return why;
    memcpy(&head, message, sizeof head);
    const size_t size = from_worker[head.type].size;
    if (head.type != WORKER_PAGE)
        why = check_texts((const char *)message + size, n - size, head.texts);
    return why ? why : check_worker_fields(message, n);
}

static const char *check_order(const struct message_order *order)
{
    if (order->op == 0 || order->op >= ENGINE_OPS || (order->flags & ~(uint32_t)ORDER_FLAGS) ||
        order->exists > ENGINE_EXISTS_ASK || (order->plan & ~(uint32_t)PLAN_FLAGS) ||
        order->includes > PLAN_PATTERNS_MAX || order->includes > order->head.texts - 2 ||
        order->head.texts - 2 - order->includes > PLAN_PATTERNS_MAX || order->typed < -1 ||
        order->total < -1 || order->from < 0 || order->end < 0 ||
        (order->end > 0 && (order->from >= order->end || order->end > order->total)))
        return "an order with a wrong number";
    return NULL;
}

const char *engine_message_check(const void *message, size_t n, unsigned phase)
{
    struct message_order order = { .op = 0 };
    const char *why = check_form(to_worker, COUNT(to_worker), message, n, phase);
    if (why)
        return why;
    memcpy(&order, message, n < sizeof order ? n : sizeof order);
    const size_t size = to_worker[order.head.type].size;
    why = check_texts((const char *)message + size, n - size, order.head.texts);
    return why || order.head.type != ENGINE_ORDER ? why : check_order(&order);
}

/* ---- texts ---- */

const char *message_text(const void *message, size_t struct_bytes, unsigned i)
{
    const char *at = (const char *)message + struct_bytes;
    while (i-- > 0)
        at += strlen(at) + 1;
    return at;
}

void message_begin(struct message_buffer *buffer, const void *message, size_t n)
{
    memcpy(buffer->data, message, n);
    buffer->bytes = n;
}

bool message_add(struct message_buffer *buffer, const char *text)
{
    struct message_head head;
    const size_t n = strlen(text) + 1;
    if (n > MESSAGE_TEXT_MAX || n > sizeof buffer->data - buffer->bytes)
        return false;
    memcpy(buffer->data + buffer->bytes, text, n);
    buffer->bytes += n;
    memcpy(&head, buffer->data, sizeof head);
    head.texts++;
    memcpy(buffer->data, &head, sizeof head);
    return true;
}
