/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c - wardpasswd edits wardftpd's user file.  Run by the administrator,
 * with whatever right the file asks for; reads the command line, the file and
 * a password, which it wipes. */
#include "build_info.h"
#include "common/text.h"
#include "tools/wardpasswd/account.h"
#include "tools/wardpasswd/commands.h"
#include "tools/wardpasswd/complain.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

static const char default_file[] = SYSCONFDIR "/wardftpd/passwd";

static const struct command {
    const char *name;
    int (*run)(const struct request *request);
    bool takes_name;
    const char *options; /* short ones; 'S' is --stdin, 'J' --json */
    const char *usage;
} commands[] = {
    { "add", command_add, true, "ugdcsmS",
      "add NAME [-u UID] [-g GID] [-d HOME] [-c GECOS] [-s SHELL] [-m METHOD] [--stdin]" },
    { "passwd", command_passwd, true, "mS", "passwd NAME [-m METHOD] [--stdin]" },
    { "delete", command_delete, true, "", "delete NAME" },
    { "lock", command_lock, true, "", "lock NAME" },
    { "unlock", command_unlock, true, "", "unlock NAME" },
    { "verify", command_verify, true, "S", "verify NAME [--stdin]" },
    { "list", command_list, false, "J", "list [--json]" },
};

static const struct option long_options[] = {
    { "stdin", no_argument, NULL, 'S' },
    { "json", no_argument, NULL, 'J' },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

static void print_usage(FILE *to)
{
    for (size_t i = 0; i < COUNT(commands); i++)
        (void)fprintf(to, "%s wardpasswd [-f FILE] %s\n",
                      i ? "      " : "usage:", commands[i].usage);
}

static int usage(void)
{
    print_usage(stderr);
    return EX_USAGE;
}

static int help(void)
{
    print_usage(stdout);
    return fflush(stdout) == 0 ? 0 : EX_IOERR;
}

static const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < COUNT(commands); i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

static const char **option_place(struct request *request, int option)
{
    switch (option) {
    case 'f':
        return &request->file;
    case 'u':
        return &request->uid;
    case 'g':
        return &request->gid;
    case 'd':
        return &request->home;
    case 'c':
        return &request->gecos;
    case 's':
        return &request->shell;
    case 'm':
        return &request->method;
    default:
        return NULL;
    }
}

/* The command's options and user name, in any order.  0 or EX_USAGE. */
static int arguments_read(const struct command *command, int argc, char **argv,
                          struct request *request)
{
    int option;
    optind = 0; /* glibc: restart parsing */
    while ((option = getopt_long(argc, argv, "f:u:g:d:c:s:m:h", long_options, NULL)) != -1) {
        if (option == 'h' || option == '?')
            return usage();
        if (option != 'f' && !strchr(command->options, option))
            return complain(EX_USAGE, "%s: invalid option (usage: wardpasswd %s)", command->name,
                            command->usage);
        const char **place = option_place(request, option);
        if (place)
            *place = optarg;
        request->from_input = request->from_input || option == 'S';
        request->json = request->json || option == 'J';
    }
    if (argc - optind != command->takes_name)
        return usage();
    request->name = argv[optind];
    return request->name ? account_name_check(request->name) : 0;
}

/* No core dump and no debugger: this memory will hold a password. */
static void keep_secrets(void)
{
    const struct rlimit none = { 0, 0 };
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    (void)umask(077);
}

int main(int argc, char **argv)
{
    struct request request = { .file = default_file };
    int option;

    keep_secrets();
    while ((option = getopt_long(argc, argv, "+f:h", long_options, NULL)) != -1) {
        if (option == 'h')
            return help();
        if (option != 'f')
            return usage();
        request.file = optarg;
    }
    if (optind >= argc)
        return usage();
    const struct command *command = command_find(argv[optind]);
    if (!command)
        return complain(EX_USAGE, "%s: unknown command (see wardpasswd --help)", argv[optind]);
    const int code = arguments_read(command, argc - optind, argv + optind, &request);
    return code ? code : command->run(&request);
}
