/* SPDX-License-Identifier: BSD-2-Clause */
/* request.h - an HTTP request, of which one kind is served: GET /metrics. */
#ifndef METRICS_REQUEST_H
#define METRICS_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

enum { REQUEST_ROOM = 8192 };

enum request_status {
    REQUEST_PARTIAL = 0, /* not all of it has come */
    REQUEST_OK = 200,
    REQUEST_BAD = 400,
    REQUEST_NOT_FOUND = 404,
    REQUEST_NOT_ALLOWED = 405, /* another method than GET */
    REQUEST_TOO_LARGE = 431,
    REQUEST_UNAVAILABLE = 503, /* the master has not answered */
    REQUEST_VERSION = 505,     /* not HTTP/1.0 or HTTP/1.1 */
};

/* Reads the first `length` bytes of a request (RFC 9112), of which REQUEST_ROOM at most may come.
 * open_metrics: does the client accept OpenMetrics?  Pure. */
enum request_status request_read(const char *bytes, size_t length, bool *open_metrics);

/* "404 Not Found" */
const char *request_status_text(enum request_status status);

#endif
