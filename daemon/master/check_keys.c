/* check_keys.c - a forked child of the master (or of `wardftpd -t`) reads each
 * private key with its certificate, says whether they fit, and ends. */
#include "daemon/master/master.h"

#include "common/text.h"
#include "daemon/keeper/keeper.h"
#include "daemon/net/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum fit { FITS, NO_KEY, NO_CERTIFICATE, OTHER_KEY };

static const char *const words[] = {
    [NO_KEY] = "no private key can be read from it (PEM, without passphrase)",
    [NO_CERTIFICATE] = "no certificate can be read from it",
    [OTHER_KEY] = "the private key is not the certificate's",
};

/* Nothing else: a FIFO would keep the start waiting. */
static int open_regular(const char *path)
{
    struct stat about;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || (fstat(fd, &about) == 0 && S_ISREG(about.st_mode)))
        return fd;
    close(fd);
    return -1;
}

static enum fit judge(const char *certificate_file, const char *key_file)
{
    const int fd = open_regular(key_file), certificate_fd = open_regular(certificate_file);
    EVP_PKEY *key = fd < 0 ? NULL : key_read(fd);
    if (!key)
        return NO_KEY;
    FILE *file = certificate_fd < 0 ? NULL : fdopen(certificate_fd, "re");
    X509 *certificate = file ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
    if (!certificate)
        return NO_CERTIFICATE;
    return X509_check_private_key(certificate, key) == 1 ? FITS : OTHER_KEY;
}

static enum fit judge_in_child(const char *certificate, const char *key)
{
    int status = 0;
    const pid_t pid = fork();
    if (pid == 0)
        _exit((int)judge(certificate, key));
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return NO_KEY;
    return (enum fit)WEXITSTATUS(status);
}

static int check_pair(const char *certificate, const char *key, config_complain *complain, void *context)
{
    char line[CONFIG_PATH_ROOM + 128];
    struct stat about;
    const enum fit fit = judge_in_child(certificate, key);
    if (fit != FITS) {
        (void)text_format(line, sizeof line, "%s: %s", fit == NO_CERTIFICATE ? certificate : key, words[fit]);
        complain(context, true, line);
        return -EINVAL;
    }
    if (stat(key, &about) == 0 && about.st_mode & 077) {
        (void)text_format(line, sizeof line, "%s: others than its owner may use this key (mode %o)", key,
                          about.st_mode & 07777);
        complain(context, false, line);
    }
    return 0;
}

static int check_client_ca(const struct config *config, config_complain *complain, void *context)
{
    char line[CONFIG_PATH_ROOM + 128];
    struct stat about;
    if (config->client_certificate == TLS_OFF ||
        (stat(config->client_ca, &about) == 0 && S_ISREG(about.st_mode)))
        return 0;
    (void)text_format(line, sizeof line, "%s: not a file of certificates (tls.client_ca)", config->client_ca);
    complain(context, true, line);
    return -EINVAL;
}

int check_keys(const struct config *config, config_complain *complain, void *context)
{
    int result = 0;
    if (!tls_is_wanted(config))
        return 0; /* TLS is off; tls_contexts_make says so */
    result = check_client_ca(config, complain, context);
    if (check_pair(config->certificate, config->key, complain, context) != 0)
        result = -EINVAL;
    for (uint32_t i = 0; i < config->host_count; i++) {
        const struct host_config *host = &config->hosts[i];
        if (host->certificate[0] && check_pair(host->certificate, host->key, complain, context) != 0)
            result = -EINVAL;
    }
    return result;
}
