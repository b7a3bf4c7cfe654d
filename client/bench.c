/* bench.c - `wardftp bench`: options, the files it needs on the server, workers, the report.  The
 * server's certificate is not judged here: a load is not a secret. */
#include "client/bench.h"

#include "client/data.h"
#include "client/dial.h"
#include "client/json.h"
#include "client/netrc.h"
#include "client/remote.h"
#include "client/secret.h"
#include "client/transfer.h"
#include "common/addr.h"
#include "common/text.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PROCESSES_MOST = 64, SESSIONS_MOST = 200000, LOGIN_WAIT_MS = 60000 };

struct bench {
    struct bench_plan plan;
    struct settings settings;
    struct sockaddr_storage address;
    const char *netrc;
    int password_fd, marks_fd; /* -1: none */
    _Atomic int *phase;
    struct bench_board *boards; /* shared with the workers */
    double ramp_s, measured_s;
};

static const char usage[] =
    "usage: wardftp bench [OPTIONS] [USER@]HOST[:PORT]\n\n"
    "  --mix OP[=WEIGHT],...   connect login noop cwd retr-small retr-large stor-small stor-large "
    "list mlsd idle\n"
    "                          default: retr-small\n"
    "  --sessions N            at once; default 10\n"
    "  --processes N           default: a quarter of the processors, at least 1\n"
    "  --duration SECONDS      default 5\n"
    "  --warmup SECONDS        default 1\n"
    "  --logins N              that many sessions log in at once at the start; default 64\n"
    "  --tls                   AUTH TLS and PROT P\n"
    "  --small BYTES           default 1024\n"
    "  --large BYTES           default 16777216\n"
    "  --files N               small files to choose from; default 32\n"
    "  --entries N             entries of the listed directory; default 100\n"
    "  --seed N                default 1\n"
    "  --directory NAME        on the server; made, and removed at the end; default wardftp-bench\n"
    "  --keep, --no-setup      leave the files there; use those that are there\n"
    "  --netrc FILE, --password-fd N\n"
    "  --marks-fd N            a byte at each step: r all stand, m the measuring begins, s it ends\n"
    "  --json                  the report as one JSON object\n";

enum {
    OPT_MIX = 256,
    OPT_SESSIONS,
    OPT_PROCESSES,
    OPT_DURATION,
    OPT_WARMUP,
    OPT_LOGINS,
    OPT_TLS,
    OPT_SMALL,
    OPT_LARGE,
    OPT_FILES,
    OPT_ENTRIES,
    OPT_SEED,
    OPT_DIRECTORY,
    OPT_KEEP,
    OPT_NO_SETUP,
    OPT_NETRC,
    OPT_PASSWORD_FD,
    OPT_MARKS_FD,
    OPT_JSON,
    OPT_HELP
};

static const struct option option_table[] = {
    { "mix", required_argument, NULL, OPT_MIX },
    { "sessions", required_argument, NULL, OPT_SESSIONS },
    { "processes", required_argument, NULL, OPT_PROCESSES },
    { "duration", required_argument, NULL, OPT_DURATION },
    { "warmup", required_argument, NULL, OPT_WARMUP },
    { "logins", required_argument, NULL, OPT_LOGINS },
    { "tls", no_argument, NULL, OPT_TLS },
    { "small", required_argument, NULL, OPT_SMALL },
    { "large", required_argument, NULL, OPT_LARGE },
    { "files", required_argument, NULL, OPT_FILES },
    { "entries", required_argument, NULL, OPT_ENTRIES },
    { "seed", required_argument, NULL, OPT_SEED },
    { "directory", required_argument, NULL, OPT_DIRECTORY },
    { "keep", no_argument, NULL, OPT_KEEP },
    { "no-setup", no_argument, NULL, OPT_NO_SETUP },
    { "netrc", required_argument, NULL, OPT_NETRC },
    { "password-fd", required_argument, NULL, OPT_PASSWORD_FD },
    { "marks-fd", required_argument, NULL, OPT_MARKS_FD },
    { "json", no_argument, NULL, OPT_JSON },
    { "help", no_argument, NULL, OPT_HELP },
    { NULL, 0, NULL, 0 },
};

static bool take_mix(struct bench_plan *plan, const char *text)
{
    memset(plan->weights, 0, sizeof plan->weights);
    while (*text) {
        size_t n = strcspn(text, ","), name = strcspn(text, "=,");
        uint64_t weight = 1;
        unsigned op = 0;

        while (op < OP_COUNT &&
               (strlen(bench_op_names[op]) != name || strncmp(bench_op_names[op], text, name) != 0))
            op++;
        if (op == OP_COUNT ||
            (name < n && !number_parse_n(text + name + 1, n - name - 1, 1, 1000000, &weight)))
            return false;
        plan->weights[op] = (unsigned)weight;
        text += n + (text[n] == ',');
    }
    return true;
}

static bool take_unsigned(const char *text, unsigned least, unsigned most, unsigned *out)
{
    uint64_t number;

    if (!number_parse(text, least, most, &number))
        return false;
    *out = (unsigned)number;
    return true;
}

static bool take_seconds(const char *text, double *out)
{
    char *end;
    double value = strtod(text, &end);

    if (end == text || *end || !(value >= 0 && value <= 86400))
        return false;
    *out = value;
    return true;
}

static bool take_bytes(const char *text, int64_t *out)
{
    uint64_t number;

    if (!number_parse(text, 1, INT64_C(1) << 40, &number))
        return false;
    *out = (int64_t)number;
    return true;
}

static bool take_option(struct bench *bench, int option, const char *value)
{
    struct bench_plan *plan = &bench->plan;
    uint64_t number;

    switch (option) {
    case OPT_MIX:
        return take_mix(plan, value);
    case OPT_SESSIONS:
        return take_unsigned(value, 1, SESSIONS_MOST, &plan->sessions);
    case OPT_PROCESSES:
        return take_unsigned(value, 1, PROCESSES_MOST, &plan->processes);
    case OPT_DURATION:
        return take_seconds(value, &plan->duration_s);
    case OPT_WARMUP:
        return take_seconds(value, &plan->warmup_s);
    case OPT_LOGINS:
        return take_unsigned(value, 1, SESSIONS_MOST, &plan->logins_at_once);
    case OPT_SMALL:
        return take_bytes(value, &plan->small_bytes);
    case OPT_LARGE:
        return take_bytes(value, &plan->large_bytes);
    case OPT_FILES:
        return take_unsigned(value, 1, 10000, &plan->files);
    case OPT_ENTRIES:
        return take_unsigned(value, 0, 100000, &plan->entries);
    case OPT_SEED:
        return number_parse(value, 0, UINT64_MAX, &plan->seed);
    case OPT_DIRECTORY:
        return text_copy(plan->directory, sizeof plan->directory, value) && value[0];
    case OPT_NETRC:
        bench->netrc = value;
        return true;
    case OPT_PASSWORD_FD:
        if (!number_parse(value, 0, 1023, &number))
            return false;
        bench->password_fd = (int)number;
        return true;
    case OPT_MARKS_FD:
        if (!number_parse(value, 0, 1023, &number))
            return false;
        bench->marks_fd = (int)number;
        return true;
    default:
        return false;
    }
}

static bool take_flag(struct bench *bench, int option)
{
    switch (option) {
    case OPT_TLS:
        bench->plan.tls = true;
        return true;
    case OPT_KEEP:
        bench->plan.keep = true;
        return true;
    case OPT_NO_SETUP:
        bench->plan.setup = false;
        return true;
    case OPT_JSON:
        bench->plan.json = true;
        return true;
    default:
        return false;
    }
}

static void set_defaults(struct bench *bench)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    memset(bench, 0, sizeof *bench);
    settings_init(&bench->settings);
    bench->password_fd = bench->marks_fd = -1;
    bench->plan = (struct bench_plan){ .address = &bench->address,
                                       .sessions = 10,
                                       .processes = processors >= 8 ? (unsigned)processors / 4 : 1,
                                       .logins_at_once = 64,
                                       .warmup_s = 1,
                                       .duration_s = 5,
                                       .seed = 1,
                                       .small_bytes = 1024,
                                       .large_bytes = INT64_C(16) << 20,
                                       .files = 32,
                                       .entries = 100,
                                       .directory = "wardftp-bench",
                                       .setup = true };
    bench->plan.weights[OP_RETR_SMALL] = 1;
}

/* 0; OUTCOME_USAGE with a message; -1: the help was wanted. */
static int take_arguments(struct bench *bench, int argc, char **argv)
{
    const char *why;
    int option;

    while ((option = getopt_long(argc, argv, "", option_table, NULL)) != -1) {
        if (option == OPT_HELP)
            return -1;
        if (option == '?')
            return OUTCOME_USAGE;
        if (optarg ? !take_option(bench, option, optarg) : !take_flag(bench, option)) {
            fprintf(stderr, "wardftp: bench: %s is not understood\n", optarg ? optarg : "an option");
            return OUTCOME_USAGE;
        }
    }
    if (argc - optind != 1 || !target_parse(argv[optind], &bench->plan.target, &why)) {
        fputs(usage, stderr);
        return OUTCOME_USAGE;
    }
    if (bench->plan.processes > bench->plan.sessions)
        bench->plan.processes = bench->plan.sessions;
    return 0;
}

static enum outcome find_password(struct bench *bench, struct trouble *trouble)
{
    struct target *target = &bench->plan.target;

    if (bench->password_fd >= 0) {
        if (secret_from_fd(bench->password_fd, target->password, sizeof target->password) < 0)
            return trouble_set(trouble, OUTCOME_USAGE, "--password-fd: no password came");
        target->has_password = true;
    } else if (!target->has_password && bench->netrc &&
               netrc_find(bench->netrc, target) == NETRC_OPEN_TO_OTHERS) {
        return trouble_set(trouble, OUTCOME_USAGE, "%s: others may read it; chmod 600 it", bench->netrc);
    }
    return OUTCOME_OK;
}

/* -------- what has to be on the server -------- */

static enum outcome put_bytes(struct session *session, const char *path, int fd, int64_t size)
{
    struct transfer transfer;
    int64_t have;

    if (remote_size(session, path, &have) == OUTCOME_OK && have == size)
        return OUTCOME_OK;
    if (ftruncate(fd, size) < 0 || lseek(fd, 0, SEEK_SET) < 0)
        return trouble_set(&session->trouble, OUTCOME_LOCAL, "%s", strerror(errno));
    transfer_init(&transfer, path, "-");
    return transfer_put_from(session, &transfer, fd);
}

static enum outcome put_files(const struct bench_plan *plan, struct session *session, int fd)
{
    char path[400];
    enum outcome outcome = OUTCOME_OK;

    for (unsigned i = 0; outcome == OUTCOME_OK && plan->weights[OP_RETR_SMALL] && i < plan->files; i++) {
        text_format(path, sizeof path, "%s/small-%u", plan->directory, i);
        outcome = put_bytes(session, path, fd, plan->small_bytes);
    }
    text_format(path, sizeof path, "%s/large", plan->directory);
    if (outcome == OUTCOME_OK && plan->weights[OP_RETR_LARGE])
        outcome = put_bytes(session, path, fd, plan->large_bytes);
    if (outcome != OUTCOME_OK || !(plan->weights[OP_LIST] || plan->weights[OP_MLSD]))
        return outcome;
    text_format(path, sizeof path, "%s/list", plan->directory);
    outcome = session_command(session, "MKD %s", path);
    for (unsigned i = 0; outcome == OUTCOME_OK && i < plan->entries; i++) {
        text_format(path, sizeof path, "%s/list/entry-%05u", plan->directory, i);
        outcome = put_bytes(session, path, fd, 1);
    }
    return outcome;
}

static bool needs_files(const struct bench_plan *plan)
{
    for (unsigned op = OP_RETR_SMALL; op <= OP_MLSD; op++)
        if (plan->weights[op])
            return true;
    return false;
}

static enum outcome set_up(struct bench *bench, struct session *session)
{
    const struct bench_plan *plan = &bench->plan;
    enum outcome outcome;
    int fd;

    if (!plan->setup || !needs_files(plan))
        return OUTCOME_OK;
    fd = memfd_create("bench", MFD_CLOEXEC);
    if (fd < 0)
        return trouble_set(&session->trouble, OUTCOME_LOCAL, "%s", strerror(errno));
    outcome = session_open(session);
    if (outcome == OUTCOME_OK)
        outcome = session_command(session, "MKD %s", plan->directory);
    if (outcome == OUTCOME_OK)
        outcome = put_files(plan, session, fd);
    close(fd);
    session_close(session, true);
    return outcome;
}

static void remove_all(struct session *session, const char *path, unsigned depth)
{
    struct listing listing;
    char inner[800];

    if (depth > 1 || remote_list(session, path, &listing) != OUTCOME_OK)
        return;
    for (size_t i = 0; i < listing.count && session->open; i++) {
        const struct entry *entry = &listing.entries[i];

        if (!name_is_safe(entry->name, entry->name_bytes) ||
            !remote_join(path, entry->name, inner, sizeof inner))
            continue;
        if (entry->type == ENTRY_DIRECTORY)
            remove_all(session, inner, depth + 1);
        else
            (void)session_command(session, "DELE %s", inner);
    }
    listing_free(&listing);
    (void)session_command(session, "RMD %s", path);
}

static void tear_down(struct bench *bench, struct session *session)
{
    if (!bench->plan.setup || bench->plan.keep || !needs_files(&bench->plan))
        return;
    if (session_open(session) == OUTCOME_OK)
        remove_all(session, bench->plan.directory, 0);
    session_close(session, true);
}

/* -------- running -------- */

static void raise_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void nap(double seconds)
{
    struct timespec time = { .tv_sec = (time_t)seconds,
                             .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9) };

    nanosleep(&time, NULL);
}

static unsigned sum_of(const struct bench *bench, bool broken)
{
    unsigned sum = 0;

    for (unsigned i = 0; i < bench->plan.processes; i++)
        sum += atomic_load(broken ? &bench->boards[i].broken : &bench->boards[i].ready);
    return sum;
}

static unsigned share(const struct bench_plan *plan, unsigned process)
{
    return plan->sessions / plan->processes + (process < plan->sessions % plan->processes);
}

static bool start_workers(struct bench *bench, pid_t pids[PROCESSES_MOST])
{
    unsigned first = 0;

    fflush(NULL);
    for (unsigned i = 0; i < bench->plan.processes; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            bench_worker(&bench->plan, first, share(&bench->plan, i), bench->phase, &bench->boards[i]);
            _exit(0);
        }
        if (pids[i] < 0)
            return false;
        first += share(&bench->plan, i);
    }
    return true;
}

/* Whoever reads the server's own clocks does it now. */
static void mark(const struct bench *bench, char step)
{
    if (bench->marks_fd >= 0)
        (void)!write(bench->marks_fd, &step, 1);
}

static void drive(struct bench *bench)
{
    int64_t began = now_ms(), measured;

    while (sum_of(bench, false) + sum_of(bench, true) < bench->plan.sessions &&
           now_ms() - began < LOGIN_WAIT_MS)
        nap(0.005);
    bench->ramp_s = (double)(now_ms() - began) / 1000;
    atomic_store(bench->phase, PHASE_WARMUP);
    mark(bench, 'r');
    nap(bench->plan.warmup_s);
    measured = now_ms();
    atomic_store(bench->phase, PHASE_MEASURE);
    mark(bench, 'm');
    nap(bench->plan.duration_s);
    mark(bench, 's');
    atomic_store(bench->phase, PHASE_STOP);
    bench->measured_s = (double)(now_ms() - measured) / 1000;
}

static bool run(struct bench *bench)
{
    size_t bytes = sizeof(struct bench_board) * bench->plan.processes + 64;
    pid_t pids[PROCESSES_MOST];
    void *shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    bool started;

    if (shared == MAP_FAILED)
        return false;
    bench->phase = shared;
    bench->boards = (struct bench_board *)(void *)((char *)shared + 64);
    memset(pids, 0, sizeof pids);
    started = start_workers(bench, pids);
    if (started)
        drive(bench);
    atomic_store(bench->phase, PHASE_STOP);
    for (unsigned i = 0; i < bench->plan.processes; i++)
        while (pids[i] > 0 && waitpid(pids[i], NULL, 0) < 0 && errno == EINTR)
            ;
    return started;
}

/* -------- the report -------- */

struct totals {
    struct histogram latency[OP_COUNT];
    uint64_t bytes[OP_COUNT], errors[OP_COUNT], all_errors, resumed, full;
    double cpu_s;
    const char *why;
};

static void sum_up(const struct bench *bench, struct totals *totals)
{
    memset(totals, 0, sizeof *totals);
    for (unsigned i = 0; i < bench->plan.processes; i++) {
        const struct bench_board *board = &bench->boards[i];

        for (unsigned op = 0; op < OP_COUNT; op++) {
            histogram_merge(&totals->latency[op], &board->latency[op]);
            totals->bytes[op] += board->bytes[op];
            totals->errors[op] += board->errors[op];
            totals->all_errors += board->errors[op];
        }
        totals->resumed += board->resumed;
        totals->full += board->full;
        totals->cpu_s += board->cpu_s;
        if (!totals->why && board->why[0])
            totals->why = board->why;
    }
}

static double ms(uint64_t ns)
{
    return (double)ns / 1e6;
}

/* Log-ins of idle sessions happen in the ramp, not in the measured time. */
static double span_of(const struct bench *bench, unsigned op)
{
    return op == OP_IDLE ? bench->ramp_s : bench->measured_s;
}

static void print_table(const struct bench *bench, const struct totals *totals)
{
    const struct bench_plan *plan = &bench->plan;

    printf("%u sessions, %u processes, %s, %.1f s measured (seed %llu)\n", plan->sessions, plan->processes,
           plan->tls ? "TLS" : "plain", bench->measured_s, (unsigned long long)plan->seed);
    printf("%-11s %10s %11s %10s %9s %9s %9s %7s\n", "operation", "count", "per second", "MB/s", "p50 ms",
           "p99 ms", "max ms", "errors");
    for (unsigned op = 0; op < OP_COUNT; op++) {
        const struct histogram *h = &totals->latency[op];
        double span = span_of(bench, op);

        if (plan->weights[op] == 0)
            continue;
        printf("%-11s %10llu %11.1f %10.2f %9.3f %9.3f %9.3f %7llu\n", bench_op_names[op],
               (unsigned long long)h->count, (double)h->count / span, (double)totals->bytes[op] / span / 1e6,
               ms(histogram_percentile(h, 0.5)), ms(histogram_percentile(h, 0.99)), ms(h->max_ns),
               (unsigned long long)totals->errors[op]);
    }
    printf("ramp: %u of %u sessions stood after %.3f s; client CPU %.2f s", sum_of(bench, false),
           plan->sessions, bench->ramp_s, totals->cpu_s);
    if (plan->tls)
        printf("; data connections: %llu resumed, %llu full", (unsigned long long)totals->resumed,
               (unsigned long long)totals->full);
    putchar('\n');
    if (totals->why)
        printf("first error: %s\n", totals->why);
}

static void print_json(const struct bench *bench, const struct totals *totals)
{
    const struct bench_plan *plan = &bench->plan;
    struct json json;

    json_begin(&json, stdout);
    json_text(&json, "host", plan->target.host);
    json_integer(&json, "port", plan->target.port);
    json_flag(&json, "tls", plan->tls);
    json_integer(&json, "sessions", plan->sessions);
    json_integer(&json, "processes", plan->processes);
    json_integer(&json, "seed", (int64_t)plan->seed);
    json_decimal(&json, "seconds", bench->measured_s);
    json_decimal(&json, "ramp_seconds", bench->ramp_s);
    json_integer(&json, "sessions_ready", sum_of(bench, false));
    json_integer(&json, "sessions_broken", sum_of(bench, true));
    json_decimal(&json, "client_cpu_seconds", totals->cpu_s);
    json_integer(&json, "data_resumed", (int64_t)totals->resumed);
    json_integer(&json, "data_full", (int64_t)totals->full);
    json_text(&json, "first_error", totals->why);
    json_open_object(&json, "operations");
    for (unsigned op = 0; op < OP_COUNT; op++) {
        const struct histogram *h = &totals->latency[op];

        if (plan->weights[op] == 0)
            continue;
        json_open_object(&json, bench_op_names[op]);
        json_integer(&json, "count", (int64_t)h->count);
        json_decimal(&json, "per_second", (double)h->count / span_of(bench, op));
        json_decimal(&json, "bytes_per_second", (double)totals->bytes[op] / span_of(bench, op));
        json_decimal(&json, "mean_ms", h->count ? ms(h->sum_ns / h->count) : 0);
        json_decimal(&json, "p50_ms", ms(histogram_percentile(h, 0.5)));
        json_decimal(&json, "p90_ms", ms(histogram_percentile(h, 0.9)));
        json_decimal(&json, "p99_ms", ms(histogram_percentile(h, 0.99)));
        json_decimal(&json, "max_ms", ms(h->max_ns));
        json_integer(&json, "errors", (int64_t)totals->errors[op]);
        json_close_object(&json);
    }
    json_close_object(&json);
    json_end(&json);
}

static enum outcome report(const struct bench *bench)
{
    static struct totals totals; /* large */
    uint64_t done = 0;

    sum_up(bench, &totals);
    for (unsigned op = 0; op < OP_COUNT; op++)
        done += totals.latency[op].count;
    if (bench->plan.json)
        print_json(bench, &totals);
    else
        print_table(bench, &totals);
    return totals.all_errors > 0 || done == 0 || totals.why ? OUTCOME_AGAIN : OUTCOME_OK;
}

/* -------- all together -------- */

static enum outcome find_server(struct bench *bench, struct trouble *trouble)
{
    struct addresses addresses;
    enum outcome outcome =
        dial_look_up(&bench->settings, bench->plan.target.host, bench->plan.target.port, &addresses, trouble);

    if (outcome == OUTCOME_OK)
        bench->address = addresses.address[0];
    return outcome;
}

static enum outcome bench_run(struct bench *bench, struct session *session)
{
    enum outcome outcome = find_password(bench, &session->trouble);

    if (outcome == OUTCOME_OK)
        outcome = find_server(bench, &session->trouble);
    if (outcome != OUTCOME_OK)
        return outcome;
    session_init(session, &bench->settings, &bench->plan.target);
    outcome = set_up(bench, session);
    if (outcome == OUTCOME_OK && !run(bench))
        outcome = trouble_set(&session->trouble, OUTCOME_LOCAL, "the workers could not start");
    if (outcome == OUTCOME_OK) {
        tear_down(bench, session);
        outcome = report(bench);
        session->trouble.text[0] = '\0';
    }
    return outcome;
}

int bench_main(int argc, char **argv)
{
    static struct bench bench;
    static struct session session; /* large */
    static char netrc[4096];
    const char *home = getenv("HOME");
    enum outcome outcome;
    int result;

    set_defaults(&bench);
    if (home && text_format(netrc, sizeof netrc, "%s/.netrc", home))
        bench.netrc = netrc;
    result = take_arguments(&bench, argc, argv);
    if (result != 0) {
        if (result < 0)
            fputs(usage, stdout);
        return result < 0 ? 0 : result;
    }
    raise_limit();
    bench.settings.tls = bench.plan.tls ? TLS_TRY : TLS_OFF;
    outcome = bench_run(&bench, &session);
    wipe(bench.plan.target.password, sizeof bench.plan.target.password);
    if (outcome != OUTCOME_OK && session.trouble.text[0])
        fprintf(stderr, "wardftp: bench: %s\n", session.trouble.text);
    return (int)outcome;
}
