/* SPDX-License-Identifier: BSD-2-Clause */
/* test_expiry.c - law T7: a certificate that expires within 14 days is reported daily. */
#include "daemon/net/tls_context.h"

#include "common/sealed.h"
#include "common/text.h"
#include "daemon/protocol/certificates.h"
#include "daemon/zygote/zygote.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { DAY_MS = 86400 * 1000 };

static int heard;

static void read_message(void *context, bool fatal, const char *line)
{
    (void)context, (void)fatal, (void)line;
    heard++;
}

/* A certificate that is good for so many seconds, as PEM; its length. */
static size_t certificate_for(long seconds, char *to, size_t room)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    X509 *certificate = X509_new();
    FILE *file = fmemopen(to, room, "w");
    assert_non_null(file);
    X509_set_version(certificate, X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -86400);
    X509_gmtime_adj(X509_getm_notAfter(certificate), seconds);
    X509_set_pubkey(certificate, key);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    assert_int_equal(PEM_write_X509(file, certificate), 1);
    const long length = ftell(file);
    fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return (size_t)length;
}

/* As the master hands it over. */
static void give_certificate(long seconds)
{
    static struct {
        struct certificates head;
        char file[4096];
    } image;
    const size_t length = certificate_for(seconds, image.file, sizeof image.file);
    image.head.size = sizeof image.head + length;
    image.head.files[CERTIFICATE_TLS] = (struct certificate_place){ sizeof image.head, length };
    const int fd = sealed_make("certificates", &image, image.head.size);
    assert_true(fd >= 0 && certificates_open(fd));
    close(fd);
}

static struct config *serve(long seconds)
{
    struct config *config = config_load(NULL, NULL, 0, read_message, NULL);
    give_certificate(seconds);
    assert_int_equal(tls_contexts_make(config, read_message, NULL), 0);
    heard = 0;
    return config;
}

static void look(const struct config *config)
{
    tls_contexts_warn(config, read_message, NULL);
}

static void fourteen_days_are_the_border(void **state)
{
    static const struct {
        long seconds;
        int warnings;
    } cases[] = {
        { 15 * 86400, 0 }, { 14 * 86400 + 60, 0 }, { 14 * 86400 - 60, 1 }, { 60, 1 }, { -60, 1 }
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct config *config = serve(cases[i].seconds);
        look(config);
        free(config);
        if (heard != cases[i].warnings)
            fail_msg("case %zu: %d warnings", i, heard);
    }
}

static void it_is_told_once_a_day(void **state)
{
    static const struct zygote zygote = { .role = ROLE_NET, .daily = look };
    const int64_t days[] = {
        1000, 2000, DAY_MS, DAY_MS + 1000, DAY_MS + 2000, 3 * (int64_t)DAY_MS
    };
    const int lines[] = { 1, 1, 1, 2, 2, 3 };
    struct config *config = serve(86400);
    int64_t due_ms = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(days); i++) {
        due_ms = zygote_look_daily(&zygote, config, days[i], due_ms);
        assert_int_equal(heard, lines[i]);
    }
    free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fourteen_days_are_the_border),
        cmocka_unit_test(it_is_told_once_a_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
