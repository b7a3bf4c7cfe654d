/* SPDX-License-Identifier: BSD-2-Clause */
/* progress.c - draws and clears progress lines. */
#include "client/shell/progress.h"

#include "common/path.h"
#include "common/text.h"

#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { DRAW_EVERY_MS = 200, LINE_SIZE = 256, ETA_SIZE = 32, SHARE_SIZE = 16, NAME_MOST = 40 };

const char *size_text(int64_t bytes, char text[SIZE_TEXT_SIZE])
{
    static const char units[] = "BkMGTPE";
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 1000 && unit + 2 < sizeof units) {
        value /= 1000;
        unit++;
    }
    if (unit == 0)
        text_format(text, SIZE_TEXT_SIZE, "%" PRId64 " B", bytes);
    else
        text_format(text, SIZE_TEXT_SIZE, "%.*f %cB", value < 10 ? 2 : 1, value, units[unit]);
    return text;
}

/* The window: a sane one if the terminal does not say. */
static struct winsize window(void)
{
    struct winsize size = { .ws_col = 0 };
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col < 20 || size.ws_row < 3)
        size = (struct winsize){ .ws_col = 80, .ws_row = 24 };
    return size;
}

void progress_begin(struct progress *progress, unsigned files, int64_t total_bytes)
{
    *progress = (struct progress){
        .to = progress->to, .files = files, .total_bytes = total_bytes, .began_ms = now_ms()
    };
}

void progress_clear(struct progress *progress)
{
    if (progress->drawn == 0)
        return;
    for (; progress->drawn > 1; progress->drawn--)
        fputs("\r\033[K\033[A", progress->to);
    fputs("\r\033[K", progress->to);
    progress->drawn = 0;
}

static void eta_text(int64_t left, int64_t rate, char text[ETA_SIZE])
{
    const int64_t seconds = rate > 0 && left >= 0 ? left / rate : -1;
    text[0] = '\0';
    if (seconds < 0 || seconds > 360000)
        return;
    if (seconds < 3600)
        text_format(text, ETA_SIZE, " %d:%02d left", (int)(seconds / 60), (int)(seconds % 60));
    else
        text_format(text, ETA_SIZE, " %d:%02d:%02d left", (int)(seconds / 3600),
                    (int)(seconds / 60 % 60), (int)(seconds % 60));
}

static void format_line(const char *name, const struct progress_state *state, char line[LINE_SIZE])
{
    char have[SIZE_TEXT_SIZE], speed[SIZE_TEXT_SIZE], share[SHARE_SIZE] = "", eta[ETA_SIZE] = "";
    const int64_t elapsed = now_ms() - state->began_ms;
    const int64_t rate = elapsed > 0 ? state->moved * 1000 / elapsed : 0;
    if (state->total > 0) {
        const double part =
            state->done >= state->total ? 1 : (double)state->done / (double)state->total;
        text_format(share, sizeof share, " %3d%%", (int)(part * 100));
        eta_text(state->total - state->done, rate, eta);
    }
    text_format(line, LINE_SIZE, "%s%s %s, %s/s%s", name, share, size_text(state->done, have),
                size_text(rate, speed), eta);
}

static void draw_line(struct progress *progress, const char *line, unsigned columns)
{
    fprintf(progress->to, "%s\r%.*s\033[K", progress->drawn ? "\n" : "", (int)columns - 1, line);
    progress->drawn++;
}

static void draw_total(struct progress *progress, const struct progress_state *active,
                       unsigned columns)
{
    struct progress_state all = { .done = progress->done_bytes + active->done,
                                  .moved = progress->moved_bytes + active->moved,
                                  .total = progress->total_bytes,
                                  .began_ms = progress->began_ms };
    char line[LINE_SIZE], name[64];
    text_format(name, sizeof name, "total [%u/%u]", progress->files_done, progress->files);
    format_line(name, &all, line);
    draw_line(progress, line, columns);
}

/* As many files as the window has lines for, and the total below them. */
static void draw(struct progress *progress)
{
    const struct winsize size = window();
    struct progress_state active = { .done = 0 };
    char line[LINE_SIZE];
    progress_clear(progress);
    for (unsigned i = 0; i < PROGRESS_LINES_MAX; i++) {
        const struct progress_line *one = &progress->line[i];
        if (!one->active)
            continue;
        active.done += one->state.done;
        active.moved += one->state.moved;
        if (progress->drawn + 2U >= size.ws_row)
            continue;
        format_line(one->name, &one->state, line);
        draw_line(progress, line, size.ws_col);
    }
    if (progress->files > 1)
        draw_total(progress, &active, size.ws_col);
    fflush(progress->to);
}

/* The last component, escaped, cut where a character ends. */
static void take_name(char to[PROGRESS_NAME_SIZE], const char *name)
{
    const char *last = path_last(name);
    size_t n = strlen(last);
    if (n > NAME_MOST)
        for (n = NAME_MOST; n > 0 && ((unsigned char)last[n] & 0xC0) == 0x80;)
            n--;
    text_escape(to, PROGRESS_NAME_SIZE, last, n);
}

void progress_set(struct progress *progress, unsigned slot, const char *name,
                  const struct progress_state *state)
{
    struct progress_line *line = &progress->line[slot % PROGRESS_LINES_MAX];
    const int64_t now = now_ms();
    if (!line->active)
        take_name(line->name, name);
    line->active = true;
    line->state = *state;
    if (now - progress->drawn_ms < DRAW_EVERY_MS)
        return;
    progress->drawn_ms = now;
    draw(progress);
}

void progress_wait(struct progress *progress, const char *what, const char *name, int64_t ms)
{
    char line[LINE_SIZE], shown[PROGRESS_NAME_SIZE];
    take_name(shown, name);
    text_format(line, sizeof line, "%s: %s, %d s", shown, what, (int)(ms / 1000));
    progress_clear(progress);
    draw_line(progress, line, window().ws_col);
    fflush(progress->to);
}

void progress_end(struct progress *progress, unsigned slot, int64_t done, int64_t moved)
{
    progress->line[slot % PROGRESS_LINES_MAX].active = false;
    progress->files_done++;
    progress->done_bytes += done;
    progress->moved_bytes += moved;
}
