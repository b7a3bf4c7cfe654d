/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c - wardftpd-import: the command line. */
#include "build_info.h"
#include "common/text.h"
#include "tools/import/import.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static const struct peer *const peers[] = { &peer_vsftpd, &peer_proftpd, &peer_pureftpd };

void *grab(size_t size)
{
    void *memory = calloc(1, size);
    if (memory)
        return memory;
    fputs("wardftpd-import: no memory\n", stderr);
    exit(EX_OSERR);
}

static void usage(FILE *to)
{
    fputs("usage: wardftpd-import [--from PEER] FILE...\n"
          "       wardftpd-import --table PEER\n"
          "  --from PEER   whose file it is: vsftpd, proftpd or pureftpd; otherwise its name says "
          "it\n"
          "  --table PEER  print what becomes of each option\n"
          "  -V            version\n"
          "  -h, --help    this help\n",
          to);
}

static const struct peer *find_peer(const char *name)
{
    for (size_t i = 0; i < COUNT(peers); i++) {
        if (strcmp(peers[i]->name, name) == 0)
            return peers[i];
    }
    fprintf(stderr, "wardftpd-import: \"%s\" is not vsftpd, proftpd or pureftpd\n", name);
    return NULL;
}

/* By a word in the path: /etc/pure-ftpd/conf is a directory of Debian's. */
static const struct peer *guess_peer(const char *path)
{
    if (strstr(path, "pure-ftpd") || strstr(path, "pureftpd"))
        return &peer_pureftpd;
    if (strstr(path, "proftpd"))
        return &peer_proftpd;
    if (strstr(path, "vsftpd"))
        return &peer_vsftpd;
    fprintf(stderr, "wardftpd-import: %s: use --from, as the name does not say whose file it is\n",
            path);
    return NULL;
}

static int run(const struct peer *peer, char **paths)
{
    static struct import import;
    import.peer = peer;
    for (; *paths; paths++) {
        if (!peer->read(&import, *paths))
            return EX_NOINPUT;
    }
    convert(&import);
    peer->compose(&import);
    if (!write_output(&import, stdout) || fflush(stdout) != 0)
        return EX_IOERR;
    if (import.faults)
        fprintf(stderr, "wardftpd-import: %u line%s could not be converted: see the comments\n",
                import.faults, import.faults == 1 ? "" : "s");
    return import.faults ? 1 : EX_OK;
}

int main(int argc, char **argv)
{
    static const struct option options[] = { { "from", required_argument, NULL, 'f' },
                                             { "table", required_argument, NULL, 't' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    const struct peer *peer = NULL;
    int c;
    while ((c = getopt_long(argc, argv, "Vh", options, NULL)) != -1) {
        switch (c) {
        case 'f':
        case 't':
            peer = find_peer(optarg);
            if (!peer)
                return EX_USAGE;
            if (c == 'f')
                break;
            print_table(peer, stdout);
            return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
        case 'V':
            puts("wardftpd-import " WARDFTPD_VERSION);
            return EX_OK;
        case 'h':
            usage(stdout);
            return EX_OK;
        default:
            usage(stderr);
            return EX_USAGE;
        }
    }
    if (optind == argc) {
        usage(stderr);
        return EX_USAGE;
    }
    if (!peer)
        peer = guess_peer(argv[optind]);
    return peer ? run(peer, argv + optind) : EX_USAGE;
}
