/* SPDX-License-Identifier: BSD-2-Clause */
/* metrics.c - the counters, as Prometheus reads them: also where no listener is
 * configured, as for node_exporter's textfile collector. */
#include "build_info.h"
#include "common/text.h"
#include "tools/wardctl/wardctl.h"

#include <stdio.h>

int command_metrics(struct link *link, const struct request *request)
{
    static struct control_metrics metrics;
    static char text[METRICS_TEXT_ROOM];
    struct control_ask ask = { .verb = CONTROL_METRICS };
    const int code = link_ask(link, &ask, &metrics, sizeof metrics);
    if (code)
        return code;
    const size_t length =
        metrics.certificate_count <= METRIC_CERTIFICATES
            ? metrics_text(&metrics, WARDFTPD_VERSION, request->open_metrics, text, sizeof text)
            : 0;
    if (length == 0)
        return complain(EX_PROTOCOL, "an invalid answer: is the daemon another version?");
    (void)fwrite(text, 1, length, stdout);
    return list_end(false);
}
