/* SPDX-License-Identifier: BSD-2-Clause */
/* metrics_text.c - runs in metrics and in wardctl: writes a page for Prometheus.
 * https://prometheus.io/docs/instrumenting/exposition_formats/ and
 * https://prometheus.io/docs/specs/om/open_metrics_spec/ */
#include "daemon/protocol/metrics.h"

#include "common/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LABELS_ROOM = 2 * HOST_ROOM + 64, PREFIXED_ROOM = 64 };

struct page {
    char *to;
    size_t room, length;
    bool full, open_metrics;
};

__attribute__((format(printf, 2, 3))) static void print(struct page *page, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int n = vsnprintf(page->to + page->length, page->room - page->length, format, arguments);
    va_end(arguments);
    page->full = page->full || n < 0 || (size_t)n >= page->room - page->length;
    if (!page->full)
        page->length += (size_t)n;
}

/* OpenMetrics names the family of a counter without the suffix of its samples. */
static void begin_family(struct page *page, const char *name, const char *type, const char *suffix,
                         const char *help)
{
    const char *of_family = page->open_metrics ? "" : suffix;
    print(page, "# HELP wardftpd_%s%s %s\n", name, of_family, help);
    print(page, "# TYPE wardftpd_%s%s %s\n", name, of_family, type);
}

static void sample(struct page *page, const char *name, const char *suffix, const char *labels,
                   uint64_t value)
{
    if (*labels)
        print(page, "wardftpd_%s%s{%s} %" PRIu64 "\n", name, suffix, labels, value);
    else
        print(page, "wardftpd_%s%s %" PRIu64 "\n", name, suffix, value);
}

/* A bound in seconds, as short as possible: 0.005, 0.25, 60.0. */
static void print_bound(const struct page *page, uint64_t microseconds, char *to, size_t room)
{
    const uint64_t whole = microseconds / 1000000, ms = microseconds % 1000000 / 1000;
    (void)text_format(to, room, "%" PRIu64 ".%03" PRIu64, whole, ms);
    for (size_t end = strlen(to); end > 0 && to[end - 1] == '0'; end--)
        to[end - 1] = '\0';
    const size_t length = strlen(to);
    if (to[length - 1] != '.')
        return;
    to[length - 1] = '\0';
    if (page->open_metrics) /* it wants a decimal point */
        (void)text_format(to + length - 1, room - length, ".0");
}

static void print_histogram(struct page *page, const struct metric_row *row, const char *labels,
                            const uint64_t *values)
{
    const uint64_t *bounds =
        row->kind == METRIC_LOGIN_HISTOGRAM ? metric_login_bounds : metric_transfer_bounds;
    const char *comma = *labels ? "," : "";
    const char *open = *labels ? "{" : "", *close = *labels ? "}" : "";
    uint64_t sum = 0;
    char bound[32];
    for (size_t i = 0; i <= METRIC_BOUNDS; i++) {
        sum += values[i];
        if (i < METRIC_BOUNDS)
            print_bound(page, bounds[i], bound, sizeof bound);
        print(page, "wardftpd_%s_bucket{%s%sle=\"%s\"} %" PRIu64 "\n", row->name, labels, comma,
              i < METRIC_BOUNDS ? bound : "+Inf", sum);
    }
    print(page, "wardftpd_%s_sum%s%s%s %" PRIu64 ".%06" PRIu64 "\n", row->name, open, labels, close,
          values[METRIC_SUM] / 1000000, values[METRIC_SUM] % 1000000);
    print(page, "wardftpd_%s_count%s%s%s %" PRIu64 "\n", row->name, open, labels, close, sum);
}

static void print_row(struct page *page, const struct metric_row *row, const uint64_t *values)
{
    static const char *const types[] = { [METRIC_COUNTER] = "counter",
                                         [METRIC_GAUGE] = "gauge",
                                         [METRIC_LOGIN_HISTOGRAM] = "histogram",
                                         [METRIC_TRANSFER_HISTOGRAM] = "histogram" };
    const char *suffix = row->kind == METRIC_COUNTER ? "_total" : "";
    char labels[LABELS_ROOM] = "";
    if (row->kind == METRIC_GAUGE && values[0] == METRIC_UNKNOWN)
        return;
    begin_family(page, row->name, types[row->kind], suffix, row->help);
    for (uint32_t i = 0; i < row->slots; i += row->step) {
        if (row->labels && !row->labels(i / row->step, labels, sizeof labels))
            continue;
        if (row->step > 1)
            print_histogram(page, row, labels, values + i);
        else
            sample(page, row->name, suffix, labels, values[i]);
    }
}

/* A name of the configuration may hold what would end the label. */
static void host_label(const char *host, char *to, size_t room)
{
    size_t n = 0;
    for (const char *at = host; *at && n + 3 < room; at++) {
        if (*at == '"' || *at == '\\')
            to[n++] = '\\';
        to[n++] = *at >= ' ' ? *at : '?';
    }
    to[n] = '\0';
}

static void print_certificates(struct page *page, const struct control_metrics *metrics)
{
    static const char name[] = "certificate_expiry_timestamp_seconds";
    char host[2 * HOST_ROOM], labels[LABELS_ROOM];
    if (metrics->certificate_count == 0)
        return;
    begin_family(page, name, "gauge", "",
                 "When the certificate, or one of its chain, expires; host: of [host NAME].");
    for (uint32_t i = 0; i < metrics->certificate_count; i++) {
        host_label(metrics->certificates[i].host, host, sizeof host);
        (void)text_format(labels, sizeof labels, "host=\"%s\"", host);
        print(page, "wardftpd_%s{%s} %" PRId64 "\n", name, labels,
              metrics->certificates[i].expires);
    }
}

static void print_build(struct page *page, const char *version)
{
    begin_family(page, "build", page->open_metrics ? "info" : "gauge", "_info",
                 "The version of the server.");
    print(page, "wardftpd_build_info{version=\"%s\"} 1\n", version);
}

size_t metrics_text(const struct control_metrics *metrics, const char *version, bool open_metrics,
                    char *to, size_t room)
{
    struct page page = { .to = to, .room = room, .open_metrics = open_metrics };
    print_build(&page, version);
    for (size_t i = 0; i < metric_row_count; i++)
        print_row(&page, &metric_rows[i], metrics->values + metric_rows[i].place);
    print_certificates(&page, metrics);
    if (open_metrics)
        print(&page, "# EOF\n");
    return page.full ? 0 : page.length;
}
