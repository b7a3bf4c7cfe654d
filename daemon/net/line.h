/* line.h - bytes of a control connection become command lines (RFC 959 section
 * 4, RFC 1123 section 4.1.2.12, law R4).  Pure: no system calls. */
#ifndef NET_LINE_H
#define NET_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LINE_BYTES = 4096,   /* the longest line, without its end */
    RAW_ROOM = 8192,     /* what may wait unread behind a line */
    TELNET_ANSWERS = 60, /* bytes of Telnet answers held, three each */
};

enum telnet_state {
    TELNET_DATA,
    TELNET_IAC,    /* after 255 */
    TELNET_WILL,   /* the option that follows is answered DONT */
    TELNET_DO,     /* ... WONT */
    TELNET_IGNORE, /* the option of WONT or DONT follows */
    TELNET_SUB,    /* within a subnegotiation */
    TELNET_SUB_IAC,
};

enum line_state {
    LINE_NONE,     /* no whole line yet */
    LINE_READY,    /* .text holds it, NUL-ended */
    LINE_TOO_LONG, /* skipped to its end; .text holds how it began */
    LINE_NUL,      /* a NUL was in it */
};

struct line_reader {
    char raw[RAW_ROOM];
    size_t start, end; /* of what is unread in raw */
    uint64_t filled;   /* bytes that have come, in all */
    char text[LINE_BYTES + 1];
    size_t length;
    enum line_state state;
    enum telnet_state telnet;
    size_t crs; /* so many bytes before were CR */
    bool too_long;
    bool nul;
    char answers[TELNET_ANSWERS]; /* what is to be sent back; the caller empties it */
    size_t answered;
};

/* Where to read bytes to: *room bytes, 0 where none fit. */
char *line_room(struct line_reader *reader, size_t *room);
void line_filled(struct line_reader *reader, size_t n);

/* Goes on to the end of the next line.  A line that is ready stays until
 * line_take.  LINE_NONE with answers held: send them and call again. */
enum line_state line_next(struct line_reader *reader);

/* Does a line that waits behind the next one, or the next one itself, match?  Changes nothing. */
typedef bool line_match(const char *text, const void *context);
bool line_ahead(const struct line_reader *reader, line_match *match, const void *context);

/* Could line_room() give room? */
bool line_has_room(const struct line_reader *reader);

/* The line is understood: the next call of line_next goes on behind it.  .text stays until then. */
void line_take(struct line_reader *reader);

/* Is there anything unread that line_next could go on with? */
bool line_has_more(const struct line_reader *reader);

/* Overwrites the line and all bytes that have been read: it held a secret. */
void line_wipe(struct line_reader *reader);

#endif
