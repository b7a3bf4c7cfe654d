/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_checker.c - answers of the administrator's checker: what is taken has ids in
 * range, a bounded list of groups, and a home that is absolute or empty. */
/* with: daemon/checker/text.c */
#include "daemon/checker/checker.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct errand_found found;
    if (answer_read((const char *)data, size, &found) != 0)
        return 0;
    must(found.verdict > 0 && found.verdict < FOUND_VERDICTS);
    must(found.group_count <= GROUPS_MAX);
    must(memchr(found.home, '\0', sizeof found.home) != NULL);
    must(found.home[0] == '/' || found.home[0] == '\0');
    must(found.verdict == FOUND_ACCEPTED || found.uid == 0);
    return 0;
}
