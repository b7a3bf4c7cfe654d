/* SPDX-License-Identifier: BSD-2-Clause */
/* engine_example.c - the engine's smallest user, explained in doc/engine.md: lists a directory and
 * downloads its files, three at once.  usage: engine_example URL DIRECTORY */
#include "client/engine/wardftp.h"

#include <poll.h>
#include <stdio.h>

struct example {
    struct engine *engine;
    unsigned site, failures;
    const char *to;
};

static void get(struct example *example, const struct entry *entry)
{
    char local[4096];
    if (entry->type != ENTRY_FILE || !name_is_safe(entry->name, entry->name_bytes))
        return;
    snprintf(local, sizeof local, "%s/%s", example->to, entry->name);
    struct engine_request request =
        engine_request_of(ENGINE_GET, example->site, entry->name, local);
    engine_submit(example->engine, &request);
}

static void on_event(void *context, const struct engine_event *event)
{
    struct example *example = context;
    struct engine_item item;
    if (event->kind == ENGINE_EVENT_PAGE)
        for (size_t at = 0; engine_next_item(event, &at, &item);)
            get(example, &item.entry);
    if (event->kind == ENGINE_EVENT_QUESTION) /* a certificate that is not known */
        engine_answer(example->engine, event->id, TRUST_ONCE, NULL, false);
    if (event->kind == ENGINE_EVENT_END && event->failure)
        fprintf(stderr, "%s\n", event->failure->text);
    else if (event->kind == ENGINE_EVENT_END && event->op == ENGINE_GET)
        printf("%s: %lld bytes\n", event->value, (long long)event->done);
    example->failures += event->kind == ENGINE_EVENT_END && event->failure;
}

int main(int argc, char **argv)
{
    struct example example = { .to = argc == 3 ? argv[2] : "." };
    const struct engine_options options = {
        .parallel = 3, .asks_trust = true, .context = &example, .event = on_event
    };
    struct settings settings;
    struct target target;
    const char *why = "usage: engine_example URL DIRECTORY";
    settings_init(&settings);
    example.engine = engine_new(&options);
    if (argc != 3 || !target_parse(argv[1], &target, &why) || !example.engine) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    example.site = (unsigned)engine_add_site(example.engine, &target, &settings);
    struct engine_request list = engine_request_of(ENGINE_LIST, example.site, "", NULL);
    engine_submit(example.engine, &list);
    while (engine_is_busy(example.engine)) {
        struct pollfd ready = { .fd = engine_fd(example.engine), .events = POLLIN };
        poll(&ready, 1, -1);
        engine_dispatch(example.engine);
        if (!engine_has_requests(example.engine))
            engine_disconnect(example.engine, example.site);
    }
    engine_free(example.engine);
    return example.failures > 0;
}
