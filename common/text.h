/* text.h - bounded strings and numbers.  Nothing here allocates, blocks or logs. */
#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* For a large buffer on a path that is often taken, written before it is read: the compiler's
 * -ftrivial-auto-var-init would fill it with zeros each time. */
#if defined(__has_attribute) && __has_attribute(uninitialized)
#define UNFILLED __attribute__((uninitialized))
#else
#define UNFILLED
#endif

/* Does a NUL stand within the first room bytes? */
bool text_ends(const char *text, size_t room);

/* Copies text with its NUL where it fits into room; else leaves an empty text and returns false. */
bool text_copy(char *to, size_t room, const char *text);

/* vsnprintf that never overruns; false where it was cut (the text then ends at room - 1). */
bool text_format(char *to, size_t room, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Decimal digits only (no sign, no space, not empty), least..most inclusive. False leaves *out alone. */
bool number_parse(const char *text, uint64_t least, uint64_t most, uint64_t *out);
/* The same over n bytes that need not end in NUL. */
bool number_parse_n(const char *text, size_t n, uint64_t least, uint64_t most, uint64_t *out);

/* Each byte of a control character (utf8_is_control) and each backslash as \xHH, other bytes as they are; always
 * NUL-ended, cut at room with "..." at its end, never within a character.  Returns the length written.  For logs
 * (law M3) and terminals. */
size_t text_escape(char *to, size_t room, const char *bytes, size_t n);

/* The same for the first character of n bytes (at least one), into piece, without a NUL.  Returns how many bytes it
 * took. */
enum { TEXT_PIECE_ROOM = 16 };
size_t text_escape_char(const char *bytes, size_t n, char piece[TEXT_PIECE_ROOM], size_t *piece_length);

/* How alike two words are: edits from one to the other (for "did you mean"). */
size_t text_distance(const char *a, const char *b);

/* Overwrites with zeros in a way that no compiler removes. */
void wipe(void *bytes, size_t n);

/* Bytes as people write them, where that is exact: "10 MB", "2500 kB", "1048577 bytes".  Returns to. */
enum { TEXT_BYTES_ROOM = 32 };
const char *text_bytes(uint64_t bytes, char to[TEXT_BYTES_ROOM]);

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t now_ms(void);

#endif
