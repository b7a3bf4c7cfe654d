/* SPDX-License-Identifier: BSD-2-Clause */
/* trust.c - is this key to be trusted? */
#include "client/engine/trust.h"

#include "client/engine/known_hosts.h"

enum trust trust_look_up(const struct settings *settings, const struct trust_question *question)
{
    switch (known_hosts_find(settings->known_hosts_file, question->host, question->fingerprint)) {
    case KNOWN_SAME:
        return TRUST_ACCEPTED;
    case KNOWN_CHANGED:
        return TRUST_CHANGED;
    case KNOWN_NOT:
        break;
    }
    return question->strict ? TRUST_UNKNOWN : TRUST_UNCHECKED;
}

enum trust trust_take_answer(const struct settings *settings, const struct trust_question *question,
                             enum trust_answer answer)
{
    if (answer == TRUST_NO)
        return TRUST_REFUSED;
    if (answer == TRUST_ALWAYS && settings->known_hosts_file &&
        known_hosts_add(settings->known_hosts_file, question->host, question->fingerprint) < 0 &&
        settings->trace)
        settings->trace(settings->context, '*', "cannot write the known-hosts file");
    return TRUST_ACCEPTED;
}

enum trust trust_decide(const struct settings *settings, const struct trust_question *question)
{
    if (settings->decide_trust)
        return settings->decide_trust(settings->context, question);
    const enum trust known = trust_look_up(settings, question);
    if (known != TRUST_UNKNOWN)
        return known;
    if (!settings->ask_trust)
        return TRUST_REFUSED;
    return trust_take_answer(settings, question, settings->ask_trust(settings->context, question));
}
