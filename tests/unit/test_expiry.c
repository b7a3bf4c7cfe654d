/* test_expiry.c - law T7: a certificate that expires within 14 days is told of daily. */
#include "daemon/master/master.h"
#include "daemon/net/tls.h"

#include "common/text.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { DAY_MS = 86400 * 1000 };

static int heard;

static void hear(void *context, bool fatal, const char *line)
{
    (void)context, (void)fatal, (void)line;
    heard++;
}

/* The path of a certificate that is good for so many seconds. */
static const char *certificate_for(long seconds)
{
    static char path[64];
    const int fd = memfd_create("certificate", 0);
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    X509 *certificate = X509_new();
    FILE *file = fdopen(fd, "w");
    assert_non_null(file);
    X509_set_version(certificate, X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -86400);
    X509_gmtime_adj(X509_getm_notAfter(certificate), seconds);
    X509_set_pubkey(certificate, key);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    assert_int_equal(PEM_write_X509(file, certificate), 1);
    fflush(file); /* left open: the path lives as long as the descriptor */
    X509_free(certificate);
    EVP_PKEY_free(key);
    (void)text_format(path, sizeof path, "/proc/self/fd/%d", fd);
    return path;
}

static struct config *serve(long seconds)
{
    struct config *config = config_load(NULL, NULL, 0, hear, NULL);
    (void)text_copy(config->certificate, sizeof config->certificate, certificate_for(seconds));
    heard = 0;
    assert_int_equal(tls_contexts_make(config, hear, NULL), 0);
    return config;
}

static void fourteen_days_are_the_border(void **state)
{
    static const struct {
        long seconds;
        int warnings;
    } cases[] = { { 15 * 86400, 0 }, { 14 * 86400 + 60, 0 }, { 14 * 86400 - 60, 1 }, { 60, 1 }, { -60, 1 } };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        free(serve(cases[i].seconds));
        if (heard != cases[i].warnings)
            fail_msg("case %zu: %d warnings", i, heard);
    }
}

static int lines_of(int fd)
{
    char text[4096];
    int lines = 0;
    const ssize_t n = pread(fd, text, sizeof text, 0);
    for (ssize_t i = 0; i < n; i++)
        lines += text[i] == '\n';
    return lines;
}

/* Where there is no scribe the log is standard error. */
static void it_is_told_once_a_day(void **state)
{
    static struct master master;
    const int64_t days[] = { 1000, 2000, DAY_MS, DAY_MS + 1000, DAY_MS + 2000, 3 * (int64_t)DAY_MS };
    const int lines[] = { 1, 1, 1, 2, 2, 3 };
    const int log = memfd_create("log", 0), old = dup(STDERR_FILENO);
    int seen[COUNT(days)];
    (void)state;
    master.config = serve(86400);
    dup2(log, STDERR_FILENO);
    for (size_t i = 0; i < COUNT(days); i++) {
        expiry_tick(&master, days[i]);
        seen[i] = lines_of(log);
    }
    dup2(old, STDERR_FILENO);
    for (size_t i = 0; i < COUNT(days); i++)
        assert_int_equal(seen[i], lines[i]);
    free(master.config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fourteen_days_are_the_border),
        cmocka_unit_test(it_is_told_once_a_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
