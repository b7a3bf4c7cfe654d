/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_users.c - the user file: whatever it contains, each user that comes of
 * it is whole, and is found by name. */
/* with: daemon/auth/users.c daemon/auth/hash_kind.c daemon/auth/read_file.c daemon/auth/key.c
 * -lcrypt */
#include "daemon/auth/users.h"
#include "daemon/ipc/log.h"
#include "tests/fuzz/fuzz.h"

/* What is said of broken lines is not looked at here. */
void log_note(enum log_level level, const char *format, ...)
{
    (void)level, (void)format;
}

void die(const char *format, ...)
{
    (void)format;
    abort();
}

/* The first name of the bytes, looked up as NET's would be. */
static void look_up(const struct users *users, const char *text)
{
    char name[300];
    const size_t length = strcspn(text, ":\n");
    if (length >= sizeof name)
        return;
    memcpy(name, text, length);
    name[length] = '\0';
    const struct user *user = users_find(users, name);
    if (!user)
        return;
    must(strcmp(user->name, name) == 0 && *user->name != '\0');
    must(user->home[0] == '/' || user->home[0] == '\0');
    must(user->uid != UINT32_MAX && user->gid != UINT32_MAX);
    must(user->hash != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size), *taken = fuzz_text(data, size);
    struct users *users = users_parse(taken, size, "passwd", OLD_HASHES);
    if (users) {
        look_up(users, text);
        must(users_find(users, "") == NULL);
        must(users_dummy(users)[0] != '\0');
    }
    users_free(users);
    free(text);
    return 0;
}
