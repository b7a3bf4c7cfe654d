/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c - the command line of wardftpd; turns into the master. */
#include "build_info.h"
#include "common/text.h"
#include "daemon/checkup/check.h"
#include "daemon/config/config.h"
#include "daemon/ipc/channel.h"
#include "daemon/master/filters.h"
#include "daemon/master/master.h"
#include "daemon/master/passed.h"
#include "daemon/master/print_filter.h"
#include "daemon/master/rehearse.h"
#include "daemon/master/run.h"
#include "daemon/master/take_over.h"
#include "daemon/master/upgrade.h"
#include "daemon/master/spawn.h"
#include "daemon/sandbox/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

enum { OVERRIDES_MAX = 64 };

struct options {
    const char *config_path;
    struct config_override overrides[OVERRIDES_MAX];
    size_t override_count;
    bool test_only;
    bool quick;  /* -t: only what a start checks */
    bool strict; /* -t: warnings count */
    bool json;   /* -t */
    bool foreground;
    const char *rehearse;  /* the image of a running daemon; NULL: none */
    const char *filter_of; /* a role, whose filter is to be printed; NULL: none */
};

enum { OPTION_QUICK = 256, OPTION_STRICT, OPTION_JSON, PRINT_FILTER, REHEARSE };

static const struct option long_options[] = {
    { "quick", no_argument, NULL, OPTION_QUICK },
    { "strict", no_argument, NULL, OPTION_STRICT },
    { "json", no_argument, NULL, OPTION_JSON },
    { "print-filter", required_argument, NULL, PRINT_FILTER },
    { "rehearse", required_argument, NULL, REHEARSE }, /* for an upgrade alone */
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

static void usage(FILE *to)
{
    fputs("usage: wardftpd [-fVhk] [-c FILE] [-o SECTION.KEY=VALUE]...\n"
          "       wardftpd -t [--quick] [--strict] [--json] [-c FILE] [-o SECTION.KEY=VALUE]...\n"
          "  -c FILE   the configuration (" SYSCONFDIR "/wardftpd/wardftpd.conf)\n"
          "  -f        stay in the foreground\n"
          "  -t        check the configuration, and all that it names, and exit\n"
          "  --quick   with -t: check only what a start checks\n"
          "  --strict  with -t: exit with 1 for warnings, too\n"
          "  --json    with -t: print JSON, one object a line\n"
          "  -o ...    override a key\n"
          "  -k        list the keys of the configuration\n"
          "  -V        versions, and what this kernel offers\n"
          "  -h, --help  this help\n"
          "  --print-filter ROLE  print the system call filter of a role\n",
          to);
}

static void complain_to_stderr(void *context, bool fatal, const char *line)
{
    (void)context;
    fprintf(stderr, "wardftpd: %s%s\n", fatal ? "" : "warning: ", line);
}

static const struct complaint to_stderr = { .complain = complain_to_stderr };

/* A role's program prints the versions of the libraries that it alone links. */
static void print_version_of(enum program program)
{
    static const char *const arguments[] = { "version", NULL };
    struct programs programs;
    (void)fflush(stdout);
    if (programs_open(&programs, &to_stderr) != 0)
        return;
    const pid_t pid = fork();
    if (pid == 0) {
        program_execute(&programs, program, arguments, NULL, TITLES_ROLE);
        _exit(EX_UNAVAILABLE);
    }
    if (pid > 0)
        (void)waitpid(pid, NULL, 0);
    programs_close(&programs);
}

static void print_versions(void)
{
    const struct scmp_version *seccomp = seccomp_version();
    struct utsname kernel;
    printf("wardftpd " WARDFTPD_VERSION "\n");
    print_version_of(PROGRAM_NET);
    printf("libseccomp: %u.%u.%u\n", seccomp->major, seccomp->minor, seccomp->micro);
    print_version_of(PROGRAM_AUTH);
    if (uname(&kernel) == 0)
        printf("kernel: %s %s\n", kernel.release, kernel.machine);
    kernel_print_offers();
}

/* Exits for what needs no configuration; EX_OK: go on. */
static int read_options(struct options *options, int argc, char **argv)
{
    int c;
    while ((c = getopt_long(argc, argv, "c:tfo:Vhk", long_options, NULL)) != -1) {
        switch (c) {
        case PRINT_FILTER:
            options->filter_of = optarg;
            break;
        case REHEARSE:
            options->rehearse = optarg;
            break;
        case 'c':
            options->config_path = optarg;
            break;
        case 't':
            options->test_only = true;
            break;
        case OPTION_QUICK:
            options->quick = true;
            break;
        case OPTION_STRICT:
            options->strict = true;
            break;
        case OPTION_JSON:
            options->json = true;
            break;
        case 'f':
            options->foreground = true;
            break;
        case 'o':
            if (options->override_count == OVERRIDES_MAX) {
                fprintf(stderr, "wardftpd: more than %d times -o\n", OVERRIDES_MAX);
                return EX_USAGE;
            }
            options->overrides[options->override_count++].text = optarg;
            break;
        case 'V':
            print_versions();
            exit(EX_OK);
        case 'k':
            config_print_keys();
            exit(EX_OK);
        case 'h':
            usage(stdout);
            exit(EX_OK);
        default:
            usage(stderr);
            return EX_USAGE;
        }
    }
    if (optind < argc)
        fprintf(stderr, "wardftpd: unexpected argument \"%s\"\n", argv[optind]);
    else if (!options->test_only && (options->quick || options->strict || options->json))
        fprintf(stderr, "wardftpd: --quick, --strict and --json need -t\n");
    else
        return EX_OK;
    usage(stderr);
    return EX_USAGE;
}

/* The parent waits for the daemon to start, and exits with its status. */
static _Noreturn void wait_for_daemon(int ready)
{
    unsigned char status = EX_OSERR;
    ssize_t n;
    do
        n = read(ready, &status, 1);
    while (n < 0 && errno == EINTR);
    _exit(n == 1 ? status : EX_OSERR);
}

static bool detach_standard_streams(void)
{
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    const bool fine = null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDOUT_FILENO) >= 0;
    if (null > STDERR_FILENO)
        close(null);
    return fine;
}

/* The lower numbers are reserved in the master (spawn.h), and this one is closed later. */
static bool move_up(int *fd)
{
    const int moved = fcntl(*fd, F_DUPFD_CLOEXEC, FD_PLACES);
    close(*fd);
    *fd = moved;
    return moved >= 0;
}

/* Standard error stays open for errors until the master serves. */
static int daemonize(void)
{
    int ready[2];
    if (pipe2(ready, O_CLOEXEC) != 0 || !move_up(&ready[1]))
        return -1;
    const pid_t pid = fork();
    if (pid < 0)
        return -1;
    if (pid > 0) {
        close(ready[1]);
        wait_for_daemon(ready[0]);
    }
    close(ready[0]);
    if (setsid() < 0 || !detach_standard_streams())
        return -1;
    return ready[1];
}

static bool open_standard_streams(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd < 0)
        return false;
    close(fd);
    return true;
}

/* A write(2) beyond the limit of a file's size fails, and does not end the process before it could
 * say why. */
static bool allow_writing(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_FSIZE, &limit);
    }
    return signal(SIGXFSZ, SIG_IGN) != SIG_ERR;
}

/* Corrects what a starting process may have passed on.  Where SIGCHLD is ignored, children leave no
 * status to wait for. */
static bool put_in_order(void)
{
    return signal(SIGCHLD, SIG_DFL) != SIG_ERR && allow_writing() && open_standard_streams();
}

static int run(struct master *master)
{
    int ready = -1;
    master->passed = passed_take();
    if (!master->passed) {
        fprintf(stderr, "wardftpd: cannot take the descriptors that were passed: %s\n",
                strerror(errno));
        return EX_OSERR;
    }
    if (!master->foreground) {
        ready = daemonize();
        if (ready < 0) {
            fprintf(stderr, "wardftpd: cannot become a daemon: %s\n", strerror(errno));
            return EX_OSERR;
        }
    }
    const int status = master_run(master, ready);
    const unsigned char byte = (unsigned char)status;
    if (status != EX_OK && ready >= 0)
        (void)!write(ready, &byte, 1);
    return status;
}

/* Its processes must be able to look at the directory that they start in, and it must not keep a
 * file system from being unmounted. */
static bool leave_directory(void)
{
    if (chdir("/") == 0)
        return true;
    fprintf(stderr, "wardftpd: cannot change to /: %s\n", strerror(errno));
    return false;
}

/* A relative path would mean another file after chdir("/"). */
static const char *absolute(const char *path)
{
    char *whole = realpath(path, NULL);
    return whole ? whole : path;
}

/* --print-filter: as this configuration has it. */
static int print_filter(struct master *master, const char *label)
{
    const enum role role = print_filter_role(label);
    if (role == ROLES) {
        fprintf(stderr, "wardftpd: no role is called \"%s\"; the roles are ", label);
        print_filter_roles(stderr);
        return EX_USAGE;
    }
    if (roles_look_up(master->config, &master->ids, complain_to_stderr, NULL) != 0)
        return EX_NOUSER;
    if (filters_compile(master->config, complain_to_stderr, NULL) != 0)
        return EX_OSERR;
    print_filter_of(role, master->config, &master->ids, stdout);
    return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}

/* -t */
static int check_only(struct master *master, const struct options *options)
{
    const struct check_options how = { .config_path = options->config_path,
                                       .overrides = options->overrides,
                                       .override_count = options->override_count,
                                       .quick = options->quick,
                                       .strict = options->strict,
                                       .json = options->json };
    return check_everything(master, &how);
}

int main(int argc, char **argv)
{
    static struct options options = { .config_path = SYSCONFDIR "/wardftpd/wardftpd.conf" };
    static struct master master;
    const bool in_order = put_in_order();
    const char *image = getenv(upgrade_image_variable);
    if (image && in_order && geteuid() == 0)
        return take_over(&master, image, argv);
    const int status = in_order ? read_options(&options, argc, argv) : EX_OSERR;
    if (status != EX_OK)
        return status;
    if (options.rehearse)
        return rehearse(&master, options.rehearse);
    if (options.test_only)
        return check_only(&master, &options);
    struct config *config = config_load(options.config_path, options.overrides,
                                        options.override_count, complain_to_stderr, NULL);
    if (!config)
        return EX_CONFIG;
    master.config_path = options.config_path;
    master.config = config;
    if (options.filter_of)
        return print_filter(&master, options.filter_of);
    if (geteuid() != 0) {
        fprintf(stderr, "wardftpd: must be started by root, to chroot and to become its users\n");
        return EX_NOPERM;
    }
    master.config_path = absolute(options.config_path);
    master.overrides = options.overrides;
    master.override_count = options.override_count;
    master.foreground = options.foreground;
    master.arguments = argv;
    return leave_directory() ? run(&master) : EX_OSERR;
}
