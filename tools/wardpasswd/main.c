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
    const char *options; /* short ones, and letters for long ones (long_options) */
    const char *usage;
} commands[] = {
    { "add", command_add, true, "ugdcsmSGHKF",
      "add NAME [-u UID] [-g GID] [-d HOME] [-c GECOS] [-s SHELL] [-m METHOD]\n"
      "                             [--stdin | --generate] [--create-home] [--skeleton DIR] "
      "[--force]" },
    { "change", command_change, true, "ugdcsHKF",
      "change NAME [-u UID] [-g GID] [-d HOME] [-c GECOS] [-s SHELL]\n"
      "                             [--create-home] [--skeleton DIR] [--force]" },
    { "passwd", command_passwd, true, "mSG", "passwd NAME [-m METHOD] [--stdin | --generate]" },
    { "delete", command_delete, true, "", "delete NAME" },
    { "lock", command_lock, true, "", "lock NAME" },
    { "unlock", command_unlock, true, "", "unlock NAME" },
    { "verify", command_verify, true, "S", "verify NAME [--stdin]" },
    { "show", command_show, true, "J", "show NAME [--json]" },
    { "list", command_list, false, "J", "list [--json]" },
    { "check", command_check, false, "", "check" },
    { "import", command_import, true, "RPugdN",
      "import FILE --from FORMAT [--passwd FILE] [-u UID] [-g GID] [-d HOME] [--dry-run]" },
};

static const struct option long_options[] = {
    { "stdin", no_argument, NULL, 'S' },
    { "json", no_argument, NULL, 'J' },
    { "generate", no_argument, NULL, 'G' },
    { "create-home", no_argument, NULL, 'H' },
    { "skeleton", required_argument, NULL, 'K' },
    { "force", no_argument, NULL, 'F' },
    { "from", required_argument, NULL, 'R' },
    { "passwd", required_argument, NULL, 'P' },
    { "dry-run", no_argument, NULL, 'N' },
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
    case 'K':
        return &request->skeleton;
    case 'R':
        return &request->from;
    case 'P':
        return &request->passwd;
    default:
        return NULL;
    }
}

static void take_flag(struct request *request, int option)
{
    const struct {
        int option;
        bool *place;
    } flags[] = { { 'S', &request->from_input }, { 'J', &request->json },
                  { 'G', &request->generate },   { 'H', &request->create_home },
                  { 'F', &request->force },      { 'N', &request->dry_run } };
    for (size_t i = 0; i < COUNT(flags); i++) {
        if (flags[i].option == option)
            *flags[i].place = true;
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
        take_flag(request, option);
    }
    if (request->from_input && request->generate)
        return complain(EX_USAGE, "--stdin and --generate exclude each other");
    if (argc - optind != command->takes_name)
        return usage();
    if (command->run == command_import) {
        request->source = argv[optind];
        return 0;
    }
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
