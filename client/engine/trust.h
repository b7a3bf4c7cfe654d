/* SPDX-License-Identifier: BSD-2-Clause */
/* trust.h - decides about a key that no authority vouches for, by the known-hosts file and the
 * user. */
#ifndef CLIENT_ENGINE_TRUST_H
#define CLIENT_ENGINE_TRUST_H

#include "client/engine/settings.h"

/* By what is known alone; TRUST_UNKNOWN: the user is to be asked. */
enum trust trust_look_up(const struct settings *settings, const struct trust_question *question);

/* Takes the user's answer: writes the key to the known-hosts file for TRUST_ALWAYS. */
enum trust trust_take_answer(const struct settings *settings, const struct trust_question *question,
                             enum trust_answer answer);

/* Both, asking by settings->ask_trust in between; or settings->decide_trust alone. */
enum trust trust_decide(const struct settings *settings, const struct trust_question *question);

#endif
