/* SPDX-License-Identifier: BSD-2-Clause */
/* xferlog.c - runs in the scribe: formats lines of wu-ftpd's xferlog.  Paths
 * and names are chosen by clients. */
#include "daemon/scribe/xferlog.h"

#include "common/addr.h"
#include "common/ftptime.h"
#include "common/text.h"
#include "common/utf8.h"

#include <inttypes.h>
#include <string.h>

/* "Tue Nov 24 05:17:00 2026", as ctime(3), but UTC and without a locale. */
static void time_text(int64_t seconds, char to[64])
{
    static const char days[][4] = { /* 1970 began on a Thursday */
                                    "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"
    };
    static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    struct civil civil;
    const int64_t day = (seconds >= 0 ? seconds : seconds - 86399) / 86400;
    civil_from_seconds(seconds, &civil);
    (void)text_format(to, 64, "%s %s %2u %02u:%02u:%02u %" PRId64, days[((day % 7) + 7) % 7],
                      months[(civil.month - 1) % 12], civil.day, civil.hour, civil.minute,
                      civil.second, civil.year);
}

/* Appends text with each blank and control character as one "_". */
static size_t put_name(char *to, size_t length, size_t room, const char *text)
{
    for (size_t n = strlen(text); n > 0;) {
        const struct utf8_char one = utf8_next(text, n);
        const bool replaced = one.code == ' ' || utf8_is_control(one);
        const size_t more = replaced ? 1 : one.length;
        if (length + more >= room)
            break;
        memcpy(to + length, replaced ? "_" : text, more);
        length += more;
        text += one.length;
        n -= one.length;
    }
    to[length] = '\0';
    return length;
}

size_t xferlog_line(const struct xferlog_entry *entry, size_t limit, char to[XFERLOG_ROOM])
{
    char time[64], address[ADDR_TEXT_ROOM];
    const uint64_t took = (entry->microseconds + 999999) / 1000000;
    time_text(entry->seconds, time);
    (void)text_format(to, XFERLOG_ROOM, "%s %" PRIu64 " %s %" PRIu64 " ", time, took ? took : 1,
                      addr_text(entry->peer, address), entry->bytes);
    size_t length = put_name(to, strlen(to), limit - XFERLOG_RESERVE, entry->path);
    (void)text_format(to + length, XFERLOG_ROOM - length, " %c _ %c %c ", entry->ascii ? 'a' : 'b',
                      (char)entry->direction, strcmp(entry->user, GUEST_NAME) == 0 ? 'a' : 'r');
    length = put_name(to, length + strlen(to + length), XFERLOG_ROOM - 64,
                      *entry->user ? entry->user : "?");
    (void)text_format(to + length, XFERLOG_ROOM - length, " ftp 0 * %c\n",
                      entry->complete ? 'c' : 'i');
    return length + strlen(to + length);
}
