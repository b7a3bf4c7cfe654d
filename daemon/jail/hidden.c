/* SPDX-License-Identifier: BSD-2-Clause */
/* hidden.c - runs in JAIL, as the user, in the user's root.  Reads names from
 * NET's questions and from the user's disk. */
#include "daemon/jail/hidden.h"

#include "common/text.h"
#include "common/sha256.h"

#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

static const char prefix[] = ".wardftpd-";
static const char suffix[] = ".part";
static const char hex[] = "0123456789abcdef";
enum { PREFIX = sizeof prefix - 1, DIGITS = 32, STEM = PREFIX + DIGITS, LABEL = 16 };

static void to_hex(const uint8_t *bytes, size_t digits, char *text)
{
    for (size_t i = 0; i < digits; i++)
        text[i] = hex[i % 2 ? bytes[i / 2] & 15 : bytes[i / 2] >> 4];
    text[digits] = '\0';
}

/* ".wardftpd-HASH" */
static void write_stem(const char *target, char name[HIDDEN_SIZE])
{
    uint8_t digest[SHA256_SIZE];
    sha256(target, strlen(target), digest);
    memcpy(name, prefix, PREFIX);
    to_hex(digest, DIGITS, name + PREFIX);
}

void hidden_name(const char *target, char name[HIDDEN_SIZE])
{
    write_stem(target, name);
    memcpy(name + STEM, suffix, sizeof suffix);
}

void hidden_second_name(const char *target, uid_t uid, char name[HIDDEN_SIZE])
{
    write_stem(target, name);
    (void)text_format(name + STEM, HIDDEN_SIZE - STEM, "-u%08x%s", (unsigned)uid, suffix);
}

/* Hashes each one first, so that no two pairs give the same text. */
static void hash_pair(const char *login, const char *target, uint8_t digest[SHA256_SIZE])
{
    uint8_t both[2 * SHA256_SIZE];
    sha256(login, strlen(login), both);
    sha256(target, strlen(target), both + SHA256_SIZE);
    sha256(both, sizeof both, digest);
}

void hidden_part_name(const char *target, const char *login, enum hidden_state state,
                      char name[HIDDEN_SIZE])
{
    uint8_t digest[SHA256_SIZE] = { 0 };
    char label[LABEL + 1];
    if (state != HIDDEN_STRAY)
        hash_pair(login, target, digest);
    /* the file is created with O_EXCL, so a clash is noticed */
    else if (getrandom(digest, sizeof digest, 0) < 0)
        memset(digest, 0, sizeof digest);
    to_hex(digest, LABEL, label);
    write_stem(target, name);
    (void)text_format(name + STEM, HIDDEN_SIZE - STEM, "-%s-%c%s", label, (char)state, suffix);
}

/* The length of "-uUUUUUUUU" or "-LLLLLLLLLLLLLLLL-s" at text; 0: neither; -1: not a hidden
 * name. */
static int label_length(const char *text)
{
    if (*text != '-')
        return 0;
    if (text[1] == 'u')
        return strspn(text + 2, hex) == 8 ? 10 : -1;
    if (strspn(text + 1, hex) != LABEL || text[LABEL + 1] != '-' || text[LABEL + 2] == '\0')
        return -1;
    return strchr("nowx", text[LABEL + 2]) ? LABEL + 3 : -1;
}

bool hidden_is(const char *name)
{
    if (strncmp(name, prefix, PREFIX) != 0 || strspn(name + PREFIX, hex) != DIGITS)
        return false;
    const int label = label_length(name + STEM);
    return label >= 0 && strcmp(name + STEM + label, suffix) == 0;
}

bool hidden_is_of(const char *name, const char *target)
{
    char stem[HIDDEN_SIZE];
    if (!hidden_is(name))
        return false;
    write_stem(target, stem);
    return strncmp(name, stem, STEM) == 0;
}

int hidden_state_of(const char *name)
{
    return hidden_is(name) && label_length(name + STEM) == LABEL + 3 ? name[STEM + LABEL + 2] : 0;
}

bool hidden_in_path(const char *path)
{
    for (const char *at = strstr(path, prefix); at; at = strstr(at + 1, prefix)) {
        char name[HIDDEN_SIZE];
        const size_t n = strcspn(at, "/");
        if (n >= sizeof name || at == path || at[-1] != '/')
            continue;
        memcpy(name, at, n);
        name[n] = '\0';
        if (hidden_is(name))
            return true;
    }
    return false;
}

void hidden_pause(void)
{
    (void)poll(NULL, 0, 1);
}
