/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine with a worker that is an attacker: what it sends is refused, and it is killed. */
#include "client/engine/engine.h"

#include "common/text.h"
#include "tests/unit/expect.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct world {
    struct engine *engine;
    engine_id request;
    int worker; /* its end of the channel */
    unsigned moved_on, ended, pages, questions;
    enum engine_state state;
};

static void on_event(void *context, const struct engine_event *event)
{
    struct world *world = context;
    world->moved_on += event->kind == ENGINE_EVENT_STATE && event->moves_on;
    world->ended += event->kind == ENGINE_EVENT_END;
    world->pages += event->kind == ENGINE_EVENT_PAGE;
    world->questions += event->kind == ENGINE_EVENT_QUESTION;
    if (event->kind == ENGINE_EVENT_END)
        world->state = event->state;
}

/* A child that only waits for its death. */
static pid_t start_sleeper(void)
{
    const pid_t pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    assert_true(pid > 0);
    return pid;
}

/* An engine with one request, which the worker in slot 0 works on; there are no slots for others. */
static void begin(struct world *world, enum engine_op op)
{
    const struct engine_options options = {
        .asks_exists = true, .asks_password = true, .context = world, .event = on_event
    };
    const struct target target = { .host = "127.0.0.1", .port = 1, .user = "user" };
    struct settings settings;
    int ends[2];
    *world = (struct world){ .engine = engine_new(&options) };
    settings_init(&settings);
    assert_int_equal(engine_add_site(world->engine, &target, &settings), 0);
    const struct engine_request request = engine_request_of(op, 0, "path", "second");
    world->request = engine_submit(world->engine, &request);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    world->worker = ends[1];

    struct engine_worker *worker = &world->engine->workers[0];
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = worker };
    *worker = (struct engine_worker){ .pid = start_sleeper(),
                                      .fd = ends[0],
                                      .site = world->engine->sites[0],
                                      .lane = op == ENGINE_GET ? LANE_TRANSFERS : LANE_CALLS,
                                      .phase = PHASE_IDLE,
                                      .opened = true };
    assert_int_equal(epoll_ctl(world->engine->poll_fd, EPOLL_CTL_ADD, ends[0], &event), 0);
    engine_dispatch(world->engine);
    assert_int_equal(worker->phase, PHASE_BUSY);
}

/* Forbids a second attempt, which would connect. */
static void allow_no_other(struct world *world)
{
    world->engine->workers[0].job->losses = 1;
}

static void end(struct world *world)
{
    close(world->worker);
    engine_free(world->engine);
}

static void say(struct world *world, const void *message, size_t n)
{
    assert_int_equal(send(world->worker, message, n, MSG_NOSIGNAL), n);
    engine_dispatch(world->engine);
}

static struct message_done done_of(uint32_t serial)
{
    return (struct message_done){ .head = { .type = WORKER_DONE, .serial = serial, .texts = 2 } };
}

static void say_done(struct world *world, const struct message_done *done)
{
    char message[sizeof *done + 2] = { 0 };
    memcpy(message, done, sizeof *done);
    say(world, message, sizeof message);
}

static void a_worker_that_obeys_is_believed(void **state)
{
    struct world world;
    (void)state;
    begin(&world, ENGINE_PWD);
    const struct message_done done = done_of(1);
    say_done(&world, &done);
    assert_int_equal(world.state, ENGINE_SUCCEEDED);
    assert_int_equal(world.engine->workers[0].phase, PHASE_IDLE);
    end(&world);
}

static void a_wrong_message_ends_worker_and_request(void **state)
{
    struct world world;
    const struct message_done done = done_of(2); /* of another order */
    struct message_head strange = { .type = 77, .serial = 1 };
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        begin(&world, ENGINE_PWD);
        allow_no_other(&world);
        if (i == 0)
            say_done(&world, &done);
        else if (i == 1)
            say(&world, &strange, sizeof strange);
        else
            say(&world, "x", 1);
        expect_case(i, world.state, ENGINE_FAILED);
        expect_case(i, world.ended, 1);
        /* killed, and its slot free for another one */
        while (world.engine->workers[0].pid) {
            struct pollfd ready = { .fd = engine_fd(world.engine), .events = POLLIN };
            (void)poll(&ready, 1, -1);
            engine_dispatch(world.engine);
        }
        end(&world);
    }
}

static void after_its_end_a_worker_has_nothing_to_say(void **state)
{
    struct world world;
    struct message_done done = done_of(1);
    (void)state;
    begin(&world, ENGINE_PWD);
    say_done(&world, &done);
    say_done(&world, &done); /* out of turn */
    assert_int_equal(world.ended, 1);
    assert_true(world.engine->workers[0].dead || world.engine->workers[0].pid == 0);
    end(&world);
}

static void a_worker_that_asks_must_wait(void **state)
{
    struct world world;
    const struct message_exists question = { .head = { .type = WORKER_EXISTS, .serial = 1 } };
    (void)state;
    begin(&world, ENGINE_GET);
    allow_no_other(&world);
    say(&world, &question, sizeof question);
    assert_int_equal(world.questions, 1);
    say(&world, &question, sizeof question);
    assert_int_equal(world.questions, 1);
    assert_int_equal(world.state, ENGINE_FAILED);
    assert_false(engine_answer(world.engine, world.request, ENGINE_EXISTS_SKIP, "", false));
    end(&world);
}

static void no_place_is_believed_only_of_a_worker_that_may_say_so(void **state)
{
    struct world world;
    struct message_done done = done_of(1);
    (void)state;
    done.outcome = OUTCOME_AGAIN;
    done.flags = DONE_NO_PLACE;
    begin(&world, ENGINE_GET);
    say_done(&world, &done);
    assert_int_equal(world.moved_on, 0);
    assert_int_equal(world.state, ENGINE_FAILED);
    end(&world);
}

static void a_flood_of_pages_is_heard_a_few_at_a_time(void **state)
{
    struct world world;
    static struct message_buffer buffer;
    struct message_page page = { .head = { .type = WORKER_PAGE, .serial = 1 },
                                 .kind = ENGINE_PAGE_ENTRIES };
    const struct engine_item item = { .entry = { .name = "n", .name_bytes = 1 } };
    (void)state;
    begin(&world, ENGINE_LIST);
    message_begin(&buffer, &page, sizeof page);
    assert_true(page_add(&buffer, &item));
    while (send(world.worker, buffer.data, buffer.bytes, MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
        ;
    engine_dispatch(world.engine);
    assert_in_range(world.pages, 1, 64);
    end(&world);
}

static void cancel_kills_a_worker_that_does_not_obey(void **state)
{
    struct world world;
    (void)state;
    begin(&world, ENGINE_PWD);
    assert_true(engine_cancel(world.engine, world.request));
    while (world.ended == 0) {
        struct pollfd ready = { .fd = engine_fd(world.engine), .events = POLLIN };
        (void)poll(&ready, 1, -1);
        engine_dispatch(world.engine);
    }
    assert_int_equal(world.state, ENGINE_CANCELLED);
    assert_true(world.engine->workers[0].dead || world.engine->workers[0].pid == 0);
    end(&world);
}

static void a_request_without_its_parts_is_refused(void **state)
{
    struct engine *engine = engine_new(&(struct engine_options){ .parallel = 1 });
    struct engine_request request = engine_request_of(ENGINE_PWD, 0, NULL, NULL);
    (void)state;
    assert_int_equal(engine_submit(engine, &request), 0); /* no such site */
    struct settings settings;
    settings_init(&settings);
    assert_int_equal(engine_add_site(engine, &(struct target){ .port = 1 }, &settings), 0);
    request.op = 0;
    assert_int_equal(engine_submit(engine, &request), 0);
    request.op = ENGINE_OPS;
    assert_int_equal(engine_submit(engine, &request), 0);
    request.op = ENGINE_GET;
    request.path = "a";
    assert_int_equal(engine_submit(engine, &request), 0);
    static char longest[MESSAGE_TEXT_MAX + 1];
    memset(longest, 'x', sizeof longest - 1);
    request.second = longest;
    assert_int_equal(engine_submit(engine, &request), 0);
    assert_false(engine_cancel(engine, 1));
    assert_false(engine_has_requests(engine));
    engine_free(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_that_obeys_is_believed),
        cmocka_unit_test(a_wrong_message_ends_worker_and_request),
        cmocka_unit_test(after_its_end_a_worker_has_nothing_to_say),
        cmocka_unit_test(a_worker_that_asks_must_wait),
        cmocka_unit_test(no_place_is_believed_only_of_a_worker_that_may_say_so),
        cmocka_unit_test(a_flood_of_pages_is_heard_a_few_at_a_time),
        cmocka_unit_test(cancel_kills_a_worker_that_does_not_obey),
        cmocka_unit_test(a_request_without_its_parts_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
