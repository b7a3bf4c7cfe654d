/* SPDX-License-Identifier: BSD-2-Clause */
/* message.c - runs in NET, without privilege.  The administrator's texts are
 * part of the configuration; that of a directory is any file of the user's. */
#include "daemon/net/message.h"

#include "common/lines.h"
#include "common/path.h"
#include "common/text.h"
#include "daemon/net/ask.h"
#include "daemon/net/end.h"
#include "daemon/net/reply.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX = 512 }; /* of a reply; the rest of a longer line is left out */

/* The value of the cookie; NULL: there is none with this letter. */
static const char *cookie(const struct session *s, char letter, char address[ADDR_TEXT_ROOM])
{
    switch (letter) {
    case 'u':
        return s->name;
    case 'a':
        return addr_text(&s->client.peer, address);
    case '%':
        return "%";
    default:
        return NULL;
    }
}

/* Appends to the n bytes that `to` has, as much as fits. */
static size_t append(char to[LINE_MAX], size_t n, const char *bytes, size_t count)
{
    const size_t fits = count < LINE_MAX - n ? count : LINE_MAX - n;
    memcpy(to + n, bytes, fits);
    return n + fits;
}

static void write_line(struct session *s, unsigned code, char mark, const char *text, size_t length)
{
    char line[LINE_MAX], start[8], address[ADDR_TEXT_ROOM];
    (void)text_format(start, sizeof start, "%03u%c", code, mark);
    size_t n = append(line, 0, start, strlen(start));
    for (size_t i = 0; i < length; i++) {
        const char *value =
            text[i] == '%' && i + 1 < length ? cookie(s, text[i + 1], address) : NULL;
        n = value ? append(line, n, value, strlen(value)) : append(line, n, text + i, 1);
        i += value != NULL;
    }
    reply_text(s, line, n);
}

void message_rows(struct session *s, unsigned code, const char *text)
{
    while (text && *text) {
        const char *rest;
        const size_t n = lines_next(text, &rest);
        write_line(s, code, '-', text, n);
        text = rest;
    }
}

enum step message(struct session *s, unsigned code, const char *text)
{
    while (text) {
        const char *rest;
        const size_t n = lines_next(text, &rest);
        write_line(s, code, rest ? '-' : ' ', text, n);
        text = rest;
    }
    return STEP_NEXT;
}

enum step message_greeting(struct session *s, const struct host_config *host)
{
    const char *file = host && host->banner_file[0] ? host->banner_file : s->config->banner_file;
    if (file[0])
        message_rows(s, 220, config_message(s->config, file));
    return message(s, 220, host && host->banner[0] ? host->banner : s->config->banner);
}

void message_login(struct session *s)
{
    if (s->policy.login_message_file[0])
        message_rows(s, 230, config_message(s->config, s->policy.login_message_file));
    message_rows(s, 230, s->policy.login_message);
    message_directory(s, 230);
}

/* Has the directory's text been shown?  Remembers it; after many others the first ones are
 * forgotten. */
static bool was_shown(struct session *s, const char *path)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
    for (const char *at = path; *at; at++)
        hash = (hash ^ (unsigned char)*at) * UINT64_C(1099511628211);
    for (size_t i = 0; i < DIRECTORIES_SHOWN && i < s->shown.count; i++) {
        if (s->shown.hashes[i] == hash)
            return true;
    }
    s->shown.hashes[s->shown.count % DIRECTORIES_SHOWN] = hash;
    s->shown.count++;
    return false;
}

/* The beginning of a small file.  Bytes; 0: none. */
static size_t read_start(int file, char *to, size_t room)
{
    size_t done = 0;
    while (done < room) {
        const ssize_t n = read(file, to + done, room - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    return done;
}

/* JAIL opens the file as the user, who must have the right to download it. */
void message_directory(struct session *s, unsigned code)
{
    char path[PATH_ROOM], text[MESSAGE_ROOM];
    int file = -1;
    if (!s->policy.directory_message_file[0] || was_shown(s, s->cwd) ||
        !path_join(s->cwd, s->policy.directory_message_file, path, sizeof path))
        return;
    (void)jail_question(s, JAIL_OPEN_READ);
    if (ask_jail_fd(s, path, &file) != 0)
        return;
    (void)lines_make_safe(text, read_start(file, text, sizeof text - 1));
    (void)close(file); /* it was only read */
    message_rows(s, code, text);
}

enum step message_goodbye(struct session *s)
{
    (void)message(s, 221, s->logged_in ? s->policy.goodbye : s->config->defaults.goodbye);
    session_lose(s, LEFT_QUIT);
    return STEP_END;
}
