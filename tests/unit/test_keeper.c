/* SPDX-License-Identifier: BSD-2-Clause */
/* test_keeper.c - the keeper in a process of its own, asked by the provider:
 * whole TLS handshakes in memory, and texts that it must refuse to sign. */
#include "daemon/ipc/channel.h"
#include "daemon/protocol/from_master.h"
#include "daemon/protocol/key_print.h"
#include "daemon/keeper/keeper.h"
#include "daemon/keeper/keyring.h"
#include "daemon/net/ask_keeper.h"
#include "daemon/net/remote_key.h"

#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static pid_t keeper;
static int master_end, net_end;

static const struct key_kind {
    const char *name, *type, *group;
    size_t bits;
} kinds[] = {
    { "RSA-2048", "RSA", NULL, 2048 },
    { "P-256", "EC", "P-256", 0 },
    { "P-384", "EC", "P-384", 0 },
    { "Ed25519", "ED25519", NULL, 0 },
};

static EVP_PKEY *made[COUNT(kinds)];
static X509 *certificates[COUNT(kinds)];

static EVP_PKEY *make_key(const struct key_kind *kind)
{
    if (strcmp(kind->type, "RSA") == 0)
        return EVP_PKEY_Q_keygen(NULL, "provider=default", "RSA", kind->bits);
    if (strcmp(kind->type, "EC") == 0)
        return EVP_PKEY_Q_keygen(NULL, "provider=default", "EC", kind->group);
    return EVP_PKEY_Q_keygen(NULL, "provider=default", kind->type);
}

static X509 *self_sign(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    const EVP_MD *digest = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? NULL : EVP_sha256();
    X509_set_version(certificate, 2);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    assert_true(X509_sign(certificate, key, digest) > 0);
    return certificate;
}

static int key_file(EVP_PKEY *key)
{
    const int fd = memfd_create("key", MFD_CLOEXEC);
    FILE *file = fdopen(dup(fd), "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
    fclose(file);
    return fd;
}

/* Does the keeper say that it has it? */
static bool give_file(uint32_t index, int fd)
{
    const struct fm_file_message file = { .head.type = FM_FILE,
                                          .which = FM_FILE_KEY,
                                          .index = index };
    struct tm_key answer;
    assert_int_equal(channel_send_fd(master_end, &file, sizeof file, fd, 0), 0);
    close(fd);
    assert_int_equal(channel_receive(master_end, &answer, sizeof answer, 0), (int)sizeof answer);
    assert_int_equal(answer.head.type, TM_KEY);
    assert_int_equal(answer.index, index);
    return !answer.failed;
}

static void give_key(uint32_t index, EVP_PKEY *key)
{
    assert_true(give_file(index, key_file(key)));
}

static void open_net_end(void)
{
    static uint64_t number;
    const struct fm_cell cell = { .head.type = FM_CELL, .cell = ++number, .end = FM_END_NET };
    int ends[2];
    assert_int_equal(channel_pair(ends, 0), 0);
    assert_int_equal(channel_send_fd(master_end, &cell, sizeof cell, ends[1], 0), 0);
    close(ends[1]);
    net_end = ends[0];
    keeper_set_channel(net_end);
}

static int start_keeper(void **state)
{
    int master[2];
    (void)state;
    assert_int_equal(channel_pair(master, 0), 0);
    keeper = fork();
    if (keeper == 0) {
        const int high = fcntl(master[0], F_DUPFD, 64);
        close_range(3, 63, 0);
        dup2(high, FD_MASTER);
        close_range(FD_MASTER + 1, ~0U, 0);
        while (open("/dev/null", O_RDONLY) < FD_SCRIBE) /* no channel may stand where it logs to */
            ;
        struct config *config = calloc(1, sizeof *config);
        config->log_level = 1;
        keeper_run(config);
    }
    close(master[0]);
    master_end = master[1];
    for (uint32_t i = 0; i < COUNT(kinds); i++)
        give_key(i, made[i]);
    open_net_end();
    return 0;
}

static int stop_keeper(void **state)
{
    int status;
    (void)state;
    keeper_set_channel(-1);
    close(net_end);
    close(master_end);
    assert_int_equal(waitpid(keeper, &status, 0), keeper);
    assert_int_equal(status, 0);
    return 0;
}

static void pump(SSL *client, SSL *server)
{
    for (int i = 0; i < 10; i++) {
        (void)SSL_do_handshake(client);
        (void)SSL_do_handshake(server);
    }
}

/* A handshake with a certificate whose key the keeper knows by its index; groups NULL: the default
 * ones. */
static bool handshake_on(const char *groups, X509 *certificate, uint32_t index, int version)
{
    EVP_PKEY *key = remote_key_make(certificate, index);
    SSL_CTX *server_context = SSL_CTX_new(TLS_server_method()),
            *client_context = SSL_CTX_new(TLS_client_method());
    assert_non_null(key);
    assert_int_equal(SSL_CTX_use_certificate(server_context, certificate), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(server_context, key), 1);
    assert_int_equal(SSL_CTX_check_private_key(server_context), 1);
    SSL_CTX_set_min_proto_version(client_context, version);
    SSL_CTX_set_max_proto_version(client_context, version);
    SSL_CTX_set_cipher_list(server_context, "ECDHE+AESGCM:ECDHE+CHACHA20");
    assert_true(!groups || SSL_CTX_set1_groups_list(server_context, groups) == 1);
    assert_true(!groups || SSL_CTX_set1_groups_list(client_context, groups) == 1);
    SSL *server = SSL_new(server_context), *client = SSL_new(client_context);
    BIO *a, *b;
    assert_int_equal(BIO_new_bio_pair(&a, 65536, &b, 65536), 1);
    SSL_set_bio(server, a, a);
    SSL_set_bio(client, b, b);
    SSL_set_accept_state(server);
    SSL_set_connect_state(client);
    pump(client, server);
    const bool done = SSL_is_init_finished(client) && SSL_is_init_finished(server);
    SSL_free(server);
    SSL_free(client);
    SSL_CTX_free(server_context);
    SSL_CTX_free(client_context);
    EVP_PKEY_free(key);
    return done;
}

static bool handshake_with(X509 *certificate, uint32_t index, int version)
{
    return handshake_on(NULL, certificate, index, version);
}

static bool handshake(size_t which, int version)
{
    return handshake_with(certificates[which], (uint32_t)which, version);
}

/* Law T7: after a renewal the sessions that began before it go on with the certificate that they
 * show. */
static void an_old_key_serves_the_sessions_that_began_with_it(void **state)
{
    EVP_PKEY *renewed = make_key(&kinds[1]);
    X509 *certificate = self_sign(renewed);
    const int old_end = net_end;
    (void)state;
    give_key(0, made[0]);
    give_key(1, renewed);
    assert_true(handshake(1, TLS1_3_VERSION));
    assert_true(handshake(0, TLS1_3_VERSION));
    open_net_end();
    assert_true(handshake_with(certificate, 1, TLS1_3_VERSION));
    close(old_end);
    give_key(0, made[0]); /* read after the end of the old cell's channel */
    assert_true(handshake_with(certificate, 1, TLS1_2_VERSION));
    assert_false(handshake(1, TLS1_3_VERSION));
    assert_true(handshake(0, TLS1_3_VERSION));
    X509_free(certificate);
    EVP_PKEY_free(renewed);
}

static void the_keyring_is_bounded_and_keeps_a_key_once(void **state)
{
    static struct keyring ring;
    (void)state;
    for (uint64_t renewal = 1; renewal <= 10; renewal++) {
        keyring_retire(&ring, renewal);
        assert_int_equal(EVP_PKEY_up_ref(made[1]), 1);
        assert_true(keyring_put(&ring, 0, made[1]));
    }
    assert_int_equal(ring.retired, 0);
    for (uint32_t i = 1; i < KEYRING_ROOM; i++) {
        assert_int_equal(EVP_PKEY_up_ref(made[1]), 1);
        assert_true(keyring_put(&ring, i, made[1]));
    }
    assert_int_equal(EVP_PKEY_up_ref(made[2]), 1);
    assert_false(keyring_put(&ring, 0, made[2]));
    keyring_retire(&ring, 5);
    assert_int_equal(EVP_PKEY_up_ref(made[2]), 1);
    assert_true(keyring_put(&ring, 0, made[2]));
    keyring_sweep(&ring, 5);
    assert_int_equal(ring.retired, KEYRING_ROOM - 1);
    keyring_sweep(&ring, 6);
    assert_int_equal(ring.retired, 0);
    assert_ptr_equal(keyring_find(&ring, 0, key_print(made[2])), made[2]);
    assert_null(keyring_find(&ring, 0, key_print(made[1])));
    keyring_retire(&ring, 6);
    keyring_sweep(&ring, 7);
}

static void what_is_no_key_is_told_of(void **state)
{
    (void)state;
    assert_false(give_file(0, open("/dev/null", O_RDONLY)));
    assert_false(give_file(KEYS_MAX, key_file(made[0])));
    assert_true(handshake(0, TLS1_3_VERSION)); /* the old key stays */
}

static void every_kind_of_key_serves_both_versions(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        if (!handshake(i, TLS1_2_VERSION))
            fail_msg("%s, TLS 1.2", kinds[i].name);
        if (!handshake(i, TLS1_3_VERSION))
            fail_msg("%s, TLS 1.3", kinds[i].name);
    }
}

/* An EC key alone would need its own curve among them, for TLS 1.2. */
static void every_curve_serves_both_versions(void **state)
{
    static const char *const groups[] = { "X25519:P-256", "P-256", "P-384:P-256", "P-521:P-256",
                                          "X448:P-256" };
    (void)state;
    for (size_t i = 0; i < COUNT(groups); i++) {
        for (uint32_t key = 0; key < 2; key++) {
            if (!handshake_on(groups[i], certificates[key], key, TLS1_2_VERSION))
                fail_msg("%s, %s, TLS 1.2", groups[i], kinds[key].name);
            if (!handshake_on(groups[i], certificates[key], key, TLS1_3_VERSION))
                fail_msg("%s, %s, TLS 1.3", groups[i], kinds[key].name);
        }
    }
}

/* Of a 1.3 hash and of a P-256 point: right but for what each case breaks. */
static void other_texts_end_the_channel(void **state)
{
    static const struct {
        uint32_t type, scheme, length;
        unsigned char byte64, byte67;
    } cases[] = {
        { KEEPER_SIGN_TLS13, SCHEME_ECDSA_SHA256, 31, 0, 0 }, /* no hash is so long */
        { KEEPER_SIGN_TLS13, SCHEME_ECDSA_SHA256, 64, 0, 0 },
        { KEEPER_SIGN_TLS13, SCHEME_RSA_PKCS1_SHA256, 32, 0, 0 }, /* not in TLS 1.3 */
        { KEEPER_SIGN_TLS13, 0x0201, 32, 0, 0 },                  /* SHA-1 */
        { KEEPER_SIGN_TLS12, SCHEME_ECDSA_SHA256, 133, 3, 64 },   /* the point's length lies */
        { KEEPER_SIGN_TLS12, SCHEME_ECDSA_SHA256, 133, ' ', 65 }, /* could be a 1.3 text */
        { KEEPER_SIGN_TLS12, SCHEME_ECDSA_SHA256, 68, 3, 0 },     /* no point */
        { KEEPER_SIGN_TLS12, SCHEME_ECDSA_SHA256, 1000, 3, 65 },  /* longer than the message */
        { 3, SCHEME_ECDSA_SHA256, 32, 0, 0 },
        { 0, SCHEME_ECDSA_SHA256, 32, 0, 0 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct keeper_answer answer;
        struct keeper_sign ask = { .head = { .type = cases[i].type, .serial = 1 },
                                   .key = 1,
                                   .print = key_print(made[1]) };
        ask.scheme = cases[i].scheme;
        ask.text_length = cases[i].length;
        ask.text[64] = cases[i].byte64;
        ask.text[67] = cases[i].byte67;
        keeper_set_channel(-1);
        close(net_end);
        open_net_end();
        assert_int_equal(channel_send(net_end, &ask, sizeof ask, 0), 0);
        if (channel_receive(net_end, &answer, sizeof answer, 0) != 0)
            fail_msg("case %zu was answered", i);
    }
    assert_true(handshake(1, TLS1_3_VERSION) ||
                (close(net_end), open_net_end(), handshake(1, TLS1_3_VERSION)));
}

static void a_flood_is_slowed_and_others_are_not(void **state)
{
    (void)state;
    keeper_set_channel(-1);
    close(net_end);
    open_net_end();
    uint32_t refused = 0;
    for (uint32_t i = 1; i <= 400; i++) {
        struct keeper_answer answer;
        struct keeper_sign ask = { .head = { .type = KEEPER_SIGN_TLS13, .serial = i },
                                   .key = 1,
                                   .print = key_print(made[1]) };
        ask.scheme = SCHEME_ECDSA_SHA256;
        ask.text_length = 32;
        assert_int_equal(channel_send(net_end, &ask, sizeof ask, 0), 0);
        assert_int_equal(channel_receive(net_end, &answer, sizeof answer, 0), (int)sizeof answer);
        assert_int_equal(answer.head.serial, i);
        refused += answer.error == EAGAIN;
    }
    assert_true(refused > 0 && refused <= 200);
    const int flooder = net_end;
    open_net_end();
    assert_true(handshake(1, TLS1_3_VERSION));
    close(flooder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_kind_of_key_serves_both_versions, start_keeper,
                                        stop_keeper),
        cmocka_unit_test_setup_teardown(every_curve_serves_both_versions, start_keeper,
                                        stop_keeper),
        cmocka_unit_test_setup_teardown(an_old_key_serves_the_sessions_that_began_with_it,
                                        start_keeper, stop_keeper),
        cmocka_unit_test_setup_teardown(what_is_no_key_is_told_of, start_keeper, stop_keeper),
        cmocka_unit_test(the_keyring_is_bounded_and_keeps_a_key_once),
        cmocka_unit_test_setup_teardown(other_texts_end_the_channel, start_keeper, stop_keeper),
        cmocka_unit_test_setup_teardown(a_flood_is_slowed_and_others_are_not, start_keeper,
                                        stop_keeper),
    };
    if (remote_key_provider_load() != 0)
        return 1;
    (void)signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < COUNT(kinds); i++) {
        made[i] = make_key(&kinds[i]);
        certificates[i] = self_sign(made[i]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
