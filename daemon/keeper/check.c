/* SPDX-License-Identifier: BSD-2-Clause */
/* check.c - runs in the keeper's program, confined as the keeper, when the master
 * asks whether the keys fit their certificates: at the start, at a reload, and
 * for `wardftpd -t`.  It reads what an administrator has configured. */
#include "daemon/keeper/keeper.h"

#include "common/text.h"
#include "daemon/protocol/certificates.h"
#include "daemon/ipc/channel.h"
#include "daemon/protocol/from_master.h"
#include "daemon/keeper/keyring.h"
#include "daemon/program/program.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <unistd.h>

static void complain(const char *path, const char *what)
{
    char line[CONFIG_PATH_ROOM + 128];
    (void)text_format(line, sizeof line, "%s: %s", path, what);
    program_complain(NULL, true, line);
}

static X509 *read_certificate(uint32_t number)
{
    size_t length;
    const char *bytes = certificate_file(number, &length);
    BIO *file = bytes ? BIO_new_mem_buf(bytes, (int)length) : NULL;
    X509 *certificate = file ? PEM_read_bio_X509(file, NULL, NULL, NULL) : NULL;
    BIO_free(file);
    return certificate;
}

static void check_pair(EVP_PKEY *key, X509 *certificate, const char *key_path,
                       const char *certificate_path)
{
    if (!key)
        complain(key_path, "no private key can be read from it (PEM, without passphrase)");
    else if (!certificate)
        complain(certificate_path, "no certificate can be read from it");
    else if (X509_check_private_key(certificate, key) != 1)
        complain(key_path, "the private key is not the certificate's");
}

static void check_key(const struct config *config, uint32_t number, int fd)
{
    const struct host_config *host = number ? &config->hosts[number - 1] : NULL;
    EVP_PKEY *key = key_read(fd);
    X509 *certificate = read_certificate(number);
    check_pair(key, certificate, host ? host->key : config->key,
               host ? host->certificate : config->certificate);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

void keeper_check(const struct config *config)
{
    struct fm_file_message message;
    int fd;
    keeper_begin();
    /* The master sends one message for each key and then ends its side. */
    while (channel_receive_fd(FD_MASTER, &message, sizeof message, &fd, 0) ==
           (ssize_t)sizeof message) {
        if (fd < 0)
            return;
        if (message.which == FM_FILE_KEY && message.index <= config->host_count)
            check_key(config, message.index, fd);
        close(fd);
    }
}
