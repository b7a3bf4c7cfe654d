/* SPDX-License-Identifier: BSD-2-Clause */
/* events.h - the catalogue of events that the log may hold: doc/events.md in
 * code.  scripts/check-docs compares the two, and tests/server/test_events.py
 * compares the fields with those of real lines. */
#ifndef PROTOCOL_EVENTS_H
#define PROTOCOL_EVENTS_H

#include <stdint.h>

enum log_level {
    LOG_LEVEL_ERROR = 1,
    LOG_LEVEL_WARNING = 2,
    LOG_LEVEL_INFO = 3,
    LOG_LEVEL_DEBUG = 4
};

/* ROW(id, word, level, fields)
 *
 * word    the event's name, in lines, in `log_events` and for wardctl
 * level   of its lines
 * fields  in their order; those in brackets are there only where they apply.  With log_chain each line ends
 *         with seq and chain */
/* clang-format off */
#define EVENTS(ROW)                                                                                                  \
    ROW(CONNECT,         "connect",         INFO,    "session pid address [listener]")                               \
    ROW(PROBE,           "probe",           DEBUG,   "session pid address reason seconds files_up bytes_up"          \
                                                     " files_down bytes_down")                                       \
    ROW(LEAVE,           "leave",           INFO,    "session pid address [user] reason seconds files_up bytes_up"   \
                                                     " files_down bytes_down")                                       \
    ROW(TLS,             "tls",             INFO,    "session pid address version cipher resumed [alpn] [sni]"       \
                                                     " [subject]")                                                   \
    ROW(TLS_FAILED,      "tls-failed",      INFO,    "session pid address text")                                     \
    ROW(LOGIN,           "login",           INFO,    "session pid address user tls")                                 \
    ROW(LOGIN_FAILED,    "login-failed",    WARNING, "address user reason session pid [error] [limit]")              \
    ROW(REFUSED,         "refused",         INFO,    "address reply limit")                                          \
    ROW(DOWNLOAD,        "download",        INFO,    "session pid address user path bytes seconds rate complete"     \
                                                     " reply")                                                       \
    ROW(UPLOAD,          "upload",          INFO,    "session pid address user path bytes seconds rate complete"     \
                                                     " reply [sha256]")                                              \
    ROW(APPEND,          "append",          INFO,    "session pid address user path bytes seconds rate complete"     \
                                                     " reply")                                                       \
    ROW(LISTING,         "listing",         DEBUG,   "session pid address user path bytes seconds rate complete"     \
                                                     " reply")                                                       \
    ROW(DELETE,          "delete",          INFO,    "session pid address user path bytes")                          \
    ROW(RENAME,          "rename",          INFO,    "session pid address user path to")                             \
    ROW(MKDIR,           "mkdir",           INFO,    "session pid address user path")                                \
    ROW(RMDIR,           "rmdir",           INFO,    "session pid address user path")                                \
    ROW(CHMOD,           "chmod",           INFO,    "session pid address user path mode")                           \
    ROW(TIMES,           "times",           INFO,    "session pid address user path modify")                         \
    ROW(REFUSED_COMMAND, "refused-command", INFO,    "session pid address user command path reply reason [error]")   \
    ROW(DATA_FAILED,     "data-failed",     INFO,    "session pid address user why [path] [error]")                  \
    ROW(TRACE,           "trace",           INFO,    "session pid address [user] reply line")                        \
    ROW(KICK,            "kick",            INFO,    "process pid sessions [session] [user] [address] text")         \
    ROW(BAN,             "ban",             WARNING, "process pid address bits seconds by text")                     \
    ROW(UNBAN,           "unban",           INFO,    "process pid address bits by text")                             \
    ROW(START,           "start",           INFO,    "process pid text")                                             \
    ROW(RELOAD,          "reload",          INFO,    "process pid done text")                                        \
    ROW(UPGRADE,         "upgrade",         INFO,    "process pid done text")                                        \
    ROW(LOG_LEVEL,       "log-level",       INFO,    "process pid to text")                                          \
    ROW(STOP,            "stop",            INFO,    "process pid how sessions text")                                \
    ROW(CHAIN,           "chain",           INFO,    "process pid text")                                             \
    ROW(NOTE,            "note",            INFO,    "process pid text")
/* clang-format on */

#define EVENT_ENUM(id, ...) EVENT_##id,
enum event_id { EVENTS(EVENT_ENUM) EVENT_IDS };

/* A set of events, as `log_events` chooses it. */
#define EVENT_BIT(id) (UINT32_C(1) << (id))
enum { EVENTS_BITS_FIT = 1 / (EVENT_IDS <= 32) };
#define EVENTS_ALL (UINT32_MAX >> (32 - EVENT_IDS))

/* Of one of the catalogue. */
const char *event_word(enum event_id id);
enum log_level event_level(enum event_id id);

/* The event of this name, or EVENT_IDS. */
enum event_id event_find(const char *word);

#endif
