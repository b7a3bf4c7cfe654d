/* SPDX-License-Identifier: BSD-2-Clause */
/* left_out.c - runs in the scribe: logs how many records the rations held back. */
#include "daemon/scribe/state.h"

#include "common/addr.h"
#include "common/text.h"

enum { TEXT_ROOM = LEFT_OUT_ROOM + ADDR_TEXT_ROOM + 64 };

void emit_left_out_of(struct scribe *scribe, struct cell_facts *cell)
{
    char left_out[LEFT_OUT_ROOM], text[TEXT_ROOM];
    if (!cell->rations.left_out || !rations_take_left_out(&cell->rations, left_out))
        return;
    (void)text_format(text, sizeof text, "left out, as they exceed what a session may log: %s",
                      left_out);
    emit_always(scribe, cell, LOG_LEVEL_WARNING, text);
}

static void emit_left_out_of_channel(struct scribe *scribe, struct channel *channel)
{
    char left_out[LEFT_OUT_ROOM], text[TEXT_ROOM];
    if (!channel->rations.left_out || !rations_take_left_out(&channel->rations, left_out))
        return;
    (void)text_format(text, sizeof text, "left out, as they exceed what %s (pid %d) may log: %s",
                      channel->process, (int)channel->pid, left_out);
    emit_always(scribe, NULL, LOG_LEVEL_WARNING, text);
}

static void emit_left_out_of_address(void *context, const struct sockaddr_storage *peer,
                                     const char *left_out)
{
    char text[TEXT_ROOM], address[ADDR_TEXT_ROOM] = "many";
    if (peer)
        (void)addr_text(peer, address);
    (void)text_format(text, sizeof text,
                      "left out, as they exceed what an address may log: address=%s %s", address,
                      left_out);
    emit_always(context, NULL, LOG_LEVEL_WARNING, text);
}

void emit_left_out(struct scribe *scribe)
{
    if (!scribe->left_out_due_ms || scribe->now < scribe->left_out_due_ms)
        return;
    scribe->left_out_due_ms = 0;
    struct cell_facts *cell = hash_table_first(&scribe->cells);
    for (; cell; cell = hash_table_next(&scribe->cells, &cell->node))
        emit_left_out_of(scribe, cell);
    for (struct channel *channel = scribe->channels; channel; channel = channel->next)
        emit_left_out_of_channel(scribe, channel);
    address_rations_report(scribe->addresses, scribe->now, emit_left_out_of_address, scribe);
}
