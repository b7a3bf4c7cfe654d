/* SPDX-License-Identifier: BSD-2-Clause */
/* text.h - bounded strings and numbers.  Nothing here allocates, blocks or logs. */
#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* For a large buffer on a hot path that is written before it is read: otherwise
 * -ftrivial-auto-var-init fills it with zeros each time. */
#if defined(__has_attribute) && __has_attribute(uninitialized)
#define UNFILLED __attribute__((uninitialized))
#else
#define UNFILLED
#endif

/* Is there a NUL within the first room bytes? */
bool text_ends(const char *text, size_t room);

/* Copies text with its NUL.  False where it does not fit into room: then to is empty. */
bool text_copy(char *to, size_t room, const char *text);

/* snprintf.  False where the text was cut to room - 1 bytes. */
bool text_format(char *to, size_t room, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Parses decimal digits (no sign, no space, not empty) of a number within least..most.  False
 * leaves *out alone. */
bool number_parse(const char *text, uint64_t least, uint64_t most, uint64_t *out);
/* The same for n bytes without a NUL. */
bool number_parse_n(const char *text, size_t n, uint64_t least, uint64_t most, uint64_t *out);

/* Escapes each byte of a control character (utf8_is_control) and each backslash as \xHH, for logs
 * (law M3) and terminals.  The text is NUL-ended; where room is too small it is cut between
 * characters and ends with "...".  Returns the length written. */
size_t text_escape(char *to, size_t room, const char *bytes, size_t n);

/* The same for the first character of n bytes (at least one), into piece, without a NUL.  Returns
 * how many bytes it took. */
enum { TEXT_PIECE_ROOM = 16 };
size_t text_escape_char(const char *bytes, size_t n, char piece[TEXT_PIECE_ROOM],
                        size_t *piece_length);

/* The number of edits from one word to the other, for "did you mean". */
size_t text_distance(const char *a, const char *b);

/* Overwrites with zeros; the compiler does not remove it. */
void wipe(void *bytes, size_t n);

/* A number of bytes in the largest unit that is exact: "10 MB", "2500 kB", "1048577 bytes".
 * Returns to. */
enum { TEXT_BYTES_ROOM = 32 };
const char *text_bytes(uint64_t bytes, char to[TEXT_BYTES_ROOM]);

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t now_ms(void);

#endif
