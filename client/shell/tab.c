/* SPDX-License-Identifier: BSD-2-Clause */
/* tab.c - completion on the terminal. */
#include "client/shell/tab.h"

#include "client/shell/complete.h"
#include "client/shell/window.h"
#include "client/secret.h"
#include "common/path.h"
#include "common/text.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { ASK_ABOVE = 100, GAP = 2 };

/* Of many names, the part behind the last slash is enough. */
static const char *shown_part(const char *name)
{
    const size_t n = strlen(name);
    for (size_t i = n > 1 ? n - 1 : 0; i > 0; i--)
        if (name[i - 1] == '/')
            return name + i;
    return name;
}

static void show_columns(const struct listing *found)
{
    unsigned widest = 1;
    for (size_t i = 0; i < found->count; i++) {
        const unsigned width = window_width_of(shown_part(found->entries[i].name));
        widest = width > widest ? width : widest;
    }
    const size_t fit = window_columns() / (widest + GAP);
    const size_t across = fit ? fit : 1;
    const size_t down = (found->count + across - 1) / across;
    for (size_t row = 0; row < down; row++) {
        for (size_t i = row; i < found->count; i += down) {
            char text[1024];
            const char *name = shown_part(found->entries[i].name);
            text_escape(text, sizeof text, name, strlen(name));
            printf("%s%*s", text,
                   i + down < found->count ? (int)(widest + GAP - window_width_of(name)) : 0, "");
        }
        fputc('\n', stdout);
    }
}

static void show_choices(const struct completion *completion)
{
    const struct listing *found = &completion->found;
    char question[80];
    fputc('\n', stdout);
    fflush(stdout);
    text_format(question, sizeof question, "Display all %zu possibilities? (y or n) ",
                found->count);
    if (found->count <= ASK_ABOVE || terminal_key(question) == 'y')
        show_columns(found);
    fflush(stdout);
}

/* libedit counts characters; bytes that are none count as one each. */
static int characters_of(const char *bytes, size_t n)
{
    mbstate_t state = { 0 };
    int count = 0;
    while (n > 0) {
        size_t used = mbrtowc(NULL, bytes, n, &state);
        if (used == 0 || used > n) {
            memset(&state, 0, sizeof state);
            used = 1;
        }
        bytes += used;
        n -= used;
        count++;
    }
    return count;
}

/* Puts text in the place of what is before the cursor, from byte `start` of the line on. */
static bool replace(EditLine *editor, size_t start, const char *text)
{
    const LineInfo *line = el_line(editor);
    const size_t cursor = (size_t)(line->cursor - line->buffer);
    if (mbstowcs(NULL, text, 0) == (size_t)-1)
        return false; /* it cannot be typed in this locale */
    if (cursor > start)
        el_deletestr(editor, characters_of(line->buffer + start, cursor - start));
    return text[0] == '\0' || el_insertstr(editor, text) == 0;
}

static unsigned char complete(EditLine *editor, const struct completion *completion)
{
    const size_t count = completion->found.count;
    char quoted[TARGET_PATH_SIZE * 2];
    if (count == 0 || !tokens_quote(completion->common, quoted, sizeof quoted - 1))
        return CC_ERROR;
    if (completion->keeps_tilde && quoted[0] == '\\')
        memmove(quoted, quoted + 1, strlen(quoted));
    const size_t n = strlen(quoted);
    if (count == 1 && (n == 0 || quoted[n - 1] != '/'))
        text_copy(quoted + n, sizeof quoted - n, " ");
    if (count > 1 && strcmp(completion->common, completion->word) == 0) {
        show_choices(completion);
        return CC_REDISPLAY;
    }
    return replace(editor, completion->start, quoted) ? CC_REFRESH : CC_ERROR;
}

unsigned char terminal_tab(EditLine *editor, int key)
{
    struct terminal *terminal = NULL;
    const LineInfo *line = el_line(editor);
    static struct completion completion; /* large */
    (void)key;
    el_get(editor, EL_CLIENTDATA, &terminal);
    complete_line(terminal->shell, line->buffer, (size_t)(line->cursor - line->buffer),
                  &completion);
    const unsigned char result = complete(editor, &completion);
    listing_free(&completion.found);
    return result;
}
