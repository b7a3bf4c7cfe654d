/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_reply.c - the client's reply parser: any cut of the same bytes gives the same replies,
 * within its bounds. */
#include "client/engine/reply.h"
#include "tests/fuzz/fuzz.h"

static struct reply whole, cut;

static enum reply_step feed_bytewise(const char *bytes, size_t n, size_t *at)
{
    enum reply_step step = REPLY_MORE;
    size_t used;

    while (*at < n && step == REPLY_MORE) {
        step = reply_feed(&cut, bytes + *at, 1, &used);
        *at += used;
    }
    return step;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const char *bytes = (const char *)data;
    size_t at = 0, bytewise = 0, used;

    reply_init(&whole);
    reply_init(&cut);
    while (at < n) {
        enum reply_step step = reply_feed(&whole, bytes + at, n - at, &used);

        at += used;
        must(feed_bytewise(bytes, at, &bytewise) == step && bytewise == at);
        if (step == REPLY_BAD)
            break;
        must(strlen(whole.text) == whole.text_bytes && strcmp(whole.text, cut.text) == 0);
        must(step != REPLY_DONE ||
             (whole.code >= 100 && whole.code <= 699 && whole.code == cut.code));
    }
    return 0;
}
