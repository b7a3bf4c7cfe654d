/* SPDX-License-Identifier: BSD-2-Clause */
/* hand.h - an upgrade: what a scribe passes to its successor. */
#ifndef SCRIBE_HAND_H
#define SCRIBE_HAND_H

struct scribe;

/* Sends everything, and exits. */
_Noreturn void scribe_hand_over(struct scribe *scribe);

/* Reads everything from the predecessor's channel. */
void scribe_take_over(struct scribe *scribe, int channel);

#endif
