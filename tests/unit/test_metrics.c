/* SPDX-License-Identifier: BSD-2-Clause */
/* test_metrics.c - the page for Prometheus, and what a request must look like. */
#include "tests/unit/expect.h"

#include "common/text.h"
#include "daemon/metrics/request.h"
#include "daemon/protocol/control.h"

#include <string.h>

static const struct {
    const char *bytes;
    enum request_status status;
    bool open_metrics;
} requests[] = {
    { "", REQUEST_PARTIAL, false },
    { "GET /metrics HTTP/1.1", REQUEST_PARTIAL, false },
    { "GET /metrics HTTP/1.1\r\n", REQUEST_PARTIAL, false },
    { "GET /metrics HTTP/1.1\r\nHost: x\r\n", REQUEST_PARTIAL, false },
    { "GET /metrics HTTP/1.1\r\n\r\n", REQUEST_OK, false },
    { "GET /metrics HTTP/1.0\n\n", REQUEST_OK, false },
    { "GET /metrics HTTP/1.1\r\nACCEPT: a/b, application/openmetrics-text\r\n\r\n", REQUEST_OK,
      true },
    { "GET /metrics HTTP/1.1\r\nX: application/openmetrics-text\r\n\r\n", REQUEST_OK, false },
    /* what follows the request is another one */
    { "GET /metrics HTTP/1.1\r\n\r\nAccept: application/openmetrics-text\r\n\r\n", REQUEST_OK,
      false },
    { "GET /metric HTTP/1.1\r\n\r\n", REQUEST_NOT_FOUND, false },
    { "GET /metrics2 HTTP/1.1\r\n\r\n", REQUEST_NOT_FOUND, false },
    { "GET * HTTP/1.1\r\n\r\n", REQUEST_NOT_FOUND, false },
    { "get /metrics HTTP/1.1\r\n\r\n", REQUEST_NOT_ALLOWED, false },
    { "GET /metrics HTTP/3\r\n\r\n", REQUEST_VERSION, false },
    { "GET /metrics http/1.1\r\n", REQUEST_BAD, false },
    { "GET /metrics \r\n", REQUEST_BAD, false },
    { " /metrics HTTP/1.1\r\n", REQUEST_BAD, false },
    { "\r\n", REQUEST_BAD, false },
    { "GET\r\n", REQUEST_BAD, false },
};

static void a_request_is_read_as_it_comes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(requests); i++) {
        bool open_metrics = true;
        expect_case(i, request_read(requests[i].bytes, strlen(requests[i].bytes), &open_metrics),
                    requests[i].status);
        expect_case(i, open_metrics, requests[i].open_metrics);
    }
}

static void a_request_is_bounded_and_has_no_nul(void **state)
{
    (void)state;
    static char bytes[REQUEST_ROOM];
    bool open_metrics;
    memset(bytes, 'x', sizeof bytes);
    assert_int_equal(request_read(bytes, sizeof bytes - 1, &open_metrics), REQUEST_PARTIAL);
    assert_int_equal(request_read(bytes, sizeof bytes, &open_metrics), REQUEST_TOO_LARGE);
    assert_int_equal(request_read("GET \0metrics HTTP/1.1\r\n", 23, &open_metrics), REQUEST_BAD);
}

static struct control_metrics metrics;
static char page[METRICS_TEXT_ROOM];

static size_t print_page(bool open_metrics)
{
    const size_t length = metrics_text(&metrics, "1.2.3", open_metrics, page, sizeof page);
    page[length] = '\0';
    return length;
}

static void a_histogram_is_cumulative(void **state)
{
    (void)state;
    memset(&metrics, 0, sizeof metrics);
    metrics.values[METRIC_LOGIN_SECONDS] = 2;                 /* up to 5 ms */
    metrics.values[METRIC_LOGIN_SECONDS + METRIC_BOUNDS] = 1; /* above all bounds */
    metrics.values[METRIC_LOGIN_SECONDS + METRIC_SUM] = 12345678;
    print_page(false);
    assert_non_null(strstr(page, "\nwardftpd_login_seconds_bucket{le=\"0.005\"} 2\n"));
    assert_non_null(strstr(page, "\nwardftpd_login_seconds_bucket{le=\"10\"} 2\n"));
    assert_non_null(strstr(page, "\nwardftpd_login_seconds_bucket{le=\"+Inf\"} 3\n"
                                 "wardftpd_login_seconds_sum 12.345678\n"
                                 "wardftpd_login_seconds_count 3\n"));
    print_page(true);
    assert_non_null(strstr(page, "\nwardftpd_login_seconds_bucket{le=\"10.0\"} 2\n"));
}

static void an_unknown_gauge_is_left_out(void **state)
{
    (void)state;
    memset(&metrics, 0, sizeof metrics);
    metrics.values[METRIC_PASSIVE_IN_USE] = METRIC_UNKNOWN;
    print_page(false);
    assert_null(strstr(page, "wardftpd_passive_ports_in_use"));
    assert_non_null(strstr(page, "\nwardftpd_passive_ports 0\n"));
}

static void a_host_name_ends_no_label(void **state)
{
    (void)state;
    memset(&metrics, 0, sizeof metrics);
    metrics.certificate_count = 1;
    metrics.certificates[0].expires = 4102444800;
    (void)text_copy(metrics.certificates[0].host, sizeof metrics.certificates[0].host,
                    "a\"b\\c\nd");
    print_page(false);
    assert_non_null(strstr(page, "{host=\"a\\\"b\\\\c?d\"} 4102444800\n"));
}

/* The largest page there can be fits, and a smaller room is not overrun. */
static void a_page_fits_or_is_none(void **state)
{
    (void)state;
    memset(&metrics, 0xfe, sizeof metrics);
    metrics.certificate_count = METRIC_CERTIFICATES;
    for (size_t i = 0; i < METRIC_CERTIFICATES; i++) {
        memset(metrics.certificates[i].host, '"', HOST_ROOM - 1);
        metrics.certificates[i].host[HOST_ROOM - 1] = '\0';
    }
    const size_t length = print_page(true);
    assert_true(length > 0);
    assert_int_equal(metrics_text(&metrics, "1.2.3", true, page, length), 0);
    assert_int_equal(metrics_text(&metrics, "1.2.3", true, page, length + 1), length);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_read_as_it_comes),
        cmocka_unit_test(a_request_is_bounded_and_has_no_nul),
        cmocka_unit_test(a_histogram_is_cumulative),
        cmocka_unit_test(an_unknown_gauge_is_left_out),
        cmocka_unit_test(a_host_name_ends_no_label),
        cmocka_unit_test(a_page_fits_or_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
