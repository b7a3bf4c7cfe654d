/* SPDX-License-Identifier: BSD-2-Clause */
/* report.c - the report as a table, or as one JSON object. */
#include "client/check/check.h"

#include "common/json.h"
#include "common/text.h"

#include <string.h>

static const struct {
    const char *section, *name, *reference, *text;
} rows[CHECK_COUNT] = {
#define CHECK(section, name, need, reference, text) { section, #name, reference, text },
#include "client/check/checks.def"
#undef CHECK
};

static const char *const verdicts[] = { [VERDICT_UNKNOWN] = "unknown",
                                        [VERDICT_PASS] = "pass",
                                        [VERDICT_DIFFERS] = "differs",
                                        [VERDICT_FAIL] = "fail" };

/* Those that the report names where FEAT does not have them. */
static const char *const expected[] = { "AUTH", "EPRT", "EPSV", "HASH", "HOST", "MDTM",
                                        "MFMT", "MLST", "PBSZ", "PROT", "RANG", "REST",
                                        "SIZE", "TVFS", "UTF8", "AVBL" };

static unsigned count(const struct check *check, enum verdict verdict)
{
    unsigned n = 0;
    for (size_t i = 0; i < CHECK_COUNT; i++)
        n += check->results[i].verdict == verdict;
    return n;
}

static void print_table(const struct check *check)
{
    char features[FEATURES_SIZE];
    for (size_t i = 0; i < CHECK_COUNT; i++)
        printf("%-8s %-8s %-18s %s\n%36s %s (%s)\n", verdicts[check->results[i].verdict],
               rows[i].section, rows[i].name, rows[i].text, "", check->results[i].why,
               rows[i].reference);
    fputs("\nfeatures:", stdout);
    for (const char *at = check->features; *at;) {
        const size_t n = strcspn(at, "\n");
        text_escape(features, sizeof features, at, n);
        printf("%s %s", at == check->features ? "" : ",", features);
        at += n + (at[n] == '\n');
    }
    fputs("\nnot offered:", stdout);
    for (size_t i = 0; i < COUNT(expected); i++)
        if (!offered(check, expected[i]))
            printf(" %s", expected[i]);
    printf("\n%u pass, %u fail, %u differ, %u unknown\n", count(check, VERDICT_PASS),
           count(check, VERDICT_FAIL), count(check, VERDICT_DIFFERS),
           count(check, VERDICT_UNKNOWN));
}

/* "NAME": "PARAMETERS" for each feature; null for one that is missing. */
static void json_features(struct json *json, const struct check *check)
{
    json_open_object(json, "features");
    for (const char *at = check->features; *at;) {
        char name[64];
        const size_t n = strcspn(at, "\n"), word = strcspn(at, " \n");
        (void)text_format(name, sizeof name, "%.*s", word < 60 ? (int)word : 60, at);
        json_text_n(json, name, at + word + (word < n), n - word - (word < n));
        at += n + (at[n] == '\n');
    }
    for (size_t i = 0; i < COUNT(expected); i++)
        if (!offered(check, expected[i]))
            json_text(json, expected[i], NULL);
    json_close_object(json);
}

static void print_json(const struct check *check)
{
    struct json json;
    json_begin(&json, stdout);
    json_text(&json, "host", check->target.host);
    json_integer(&json, "port", check->target.port);
    for (size_t verdict = 0; verdict < COUNT(verdicts); verdict++)
        json_integer(&json, verdicts[verdict], count(check, (enum verdict)verdict));
    json_features(&json, check);
    json_open_object(&json, "checks");
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        json_open_object(&json, rows[i].name);
        json_text(&json, "section", rows[i].section);
        json_text(&json, "result", verdicts[check->results[i].verdict]);
        json_text(&json, "text", rows[i].text);
        json_text(&json, "reason", check->results[i].why);
        json_text(&json, "reference", rows[i].reference);
        json_close_object(&json);
    }
    json_close_object(&json);
    json_end(&json);
}

int check_report(const struct check *check)
{
    if (check->json)
        print_json(check);
    else
        print_table(check);
    if (fflush(stdout) != 0)
        return OUTCOME_LOCAL;
    return count(check, VERDICT_FAIL) > 0 ? EXIT_FAILED : (int)check->log_in;
}
