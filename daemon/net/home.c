/* SPDX-License-Identifier: BSD-2-Clause */
/* home.c - runs in NET, without privilege: "~" in the paths of commands that
 * read.  Commands that create, change or remove a name take it literally. */
#include "daemon/net/home.h"

#include "common/path.h"
#include "daemon/net/ask.h"

#include <string.h>

/* What follows "~" or "~USER" in name; NULL: name does not begin with the home of this session. */
static const char *behind_home(const struct session *s, const char *name)
{
    const size_t user_n = strlen(s->name);
    if (*name != '~')
        return NULL;
    name++;
    if (*name == '\0' || *name == '/')
        return name;
    if (strncmp(name, s->name, user_n) == 0 && (name[user_n] == '\0' || name[user_n] == '/'))
        return name + user_n;
    return NULL;
}

uint32_t path_to_read(struct session *s, const char *name)
{
    if (!path_join(s->cwd, name, s->path, sizeof s->path))
        return JAIL_BAD_NAME;
    const char *rest = behind_home(s, name);
    if (!rest)
        return 0;
    const uint32_t error = ask_jail_about(s, JAIL_STAT, s->path);
    if (error == 0 || error == ASK_LOST)
        return error;
    return path_join("/", rest, s->path, sizeof s->path) ? 0 : JAIL_BAD_NAME;
}
