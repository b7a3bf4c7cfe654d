# SPDX-License-Identifier: BSD-2-Clause
"""The filters by argument: what a process of each role can't do with the calls that it has.

The program `arguments` loads a role's filters, as a process of that role gets
them, and says for each call whether they pass it; no call takes effect.

OPEN names, for each call without a pinned argument, the roles that have it: a
role that gets one more fails here until somebody has judged what its
arguments can do.  WIDER holds the values that would give a process more than
its role has; no role may pass them, whatever roles.c pins.  Every call that
is pinned anywhere has rows there.
"""

import collections

import pytest

import harness
from filters import CONFINED, run

pytestmark = pytest.mark.skipif(harness.SANITIZED, reason="a sanitized build has no filters")

GROUPS = {
    "all": CONFINED,
    "jails": ("jail-zygote", "jail-before", "jail"),
    "becoming": ("jail-zygote", "jail-before"),
    "nets": ("net-zygote", "net"),
    "shared": ("auth-before", "auth", "dialer", "keeper", "scribe", "control", "events", "metrics"),
    "forking": ("auth-before", "hash-pool"),
    "errands": ("homes", "rehash"),
}

OPEN = """
accept4: control events metrics nets
alarm: forking hasher
bind: dialer
brk: all
capget: becoming
capset: becoming
chroot: becoming
clock_gettime: all
close: all -greeter
connect: dialer resolver
dup3: forking
epoll_create1: shared greeter
epoll_ctl: shared greeter
epoll_pwait: shared greeter
epoll_wait: shared greeter
exit: all
exit_group: all
fchdir: becoming
fdatasync: auth-before auth jails
fgetxattr: jails
flistxattr: jails
fchown: homes
flock: jails homes
fstat: shared jails resolver errands
fstatfs: jails
fsync: jails errands
ftruncate: jails
getdents64: jails homes
getgroups: becoming
getpeername: resolver
getpid: all
getrandom: all
getresgid: becoming
getresuid: becoming
getsockname: resolver
getrlimit: forking net-zygote becoming
gettid: forking
landlock_add_rule: becoming
landlock_create_ruleset: becoming
landlock_restrict_self: becoming
listen: dialer
lseek: shared jails resolver
mkdirat: jails homes
mlock: keeper
mlock2: keeper
mlockall: keeper
munmap: all
newfstatat: jails resolver
openat2: jails errands
poll: auth-before auth scribe nets jails resolver checker
ppoll: auth-before auth scribe nets jails resolver checker
pread64: shared jails resolver errands
pwrite64: auth-before auth jails
read: nets resolver
readlinkat: jails
recvfrom: shared hash-pool hasher jails resolver greeter errands checker
recvmsg: shared nets jail-zygote resolver greeter
restart_syscall: all
rt_sigprocmask: forking becoming
rt_sigreturn: all
sendfile: nets
sendmsg: jails
set_robust_list: forking
set_tid_address: forking
setgroups: becoming
setitimer: forking hasher
setresgid: becoming
setresuid: becoming
setrlimit: forking net-zygote becoming
splice: nets
statx: jails
sync_file_range: jails
sysinfo: net-zygote
umask: jails
uname: resolver
unlinkat: jails errands
wait4: auth-before auth hash-pool
write: scribe nets jails errands
writev: scribe resolver
"""

# Calls that the roles have, with arguments that they must not have; arguments that are left out are 0.
WIDER = """
sendto 9 0 1 0x20004000 0x1000 16   MSG_FASTOPEN: connects
sendto 9 0 1 0x20000000 0 0         and without an address
sendto 9 0 1 0x120000000 0x1000 16  in 64 bits
sendto 9 0 1 0x4000 0x1000 16       an address
sendto 9 0 1 0x4000 0x100000000 16  an address whose lower half is 0
sendto 9 0 1 0x4000 0 16            an address of 16 bytes at 0
sendto 9 0 1 0x4000 0 0x100000000
sendto 9 0 1 1 0 0                  MSG_OOB
sendto 9 0 1 4 0 0                  MSG_DONTROUTE
sendto 9 0 1 0x80 0 0               MSG_EOR
sendto 9 0 1 0x200 0 0              MSG_FIN
sendto 9 0 1 0x1000 0 0             MSG_RST
sendto 9 0 1 0x2000 0 0             MSG_ERRQUEUE
sendto 9 0 1 0x4000000 0 0          MSG_ZEROCOPY
sendto 9 0 1 0x8000000 0 0          MSG_SPLICE_PAGES
sendto 9 0 1 0x80000000 0 0
sendto 9 0 1 0x4000 0 0             a client's socket        @ greeter
sendto 0x100000009 0 1 0x4000 0 0                            @ greeter
sendto 4 0 1 0x4000 0 0                                      @ greeter
close 3                             what it sends on         @ greeter
close 5                                                      @ greeter
close 0x100000003                                            @ greeter
close 0x800000005                                            @ greeter
dup3 9 3 0x80000                    a client's socket there  @ greeter
sendmsg 9 0 0x20000000              MSG_FASTOPEN             @ all -jails
sendmsg 9 0 0x4000000               MSG_ZEROCOPY             @ all -jails
sendmsg 9 0 1                       MSG_OOB                  @ all -jails
sendmmsg 9 0 1 0
recvmmsg 9 0 1 0
connect 9 0 16                      any address              @ all -dialer -resolver
bind 9 0 16                         any address              @ all -dialer
listen 9 1                          a handed-over socket     @ all -dialer
accept 9 0 0
openat 9 0x1000 0                   to read                  @ all -resolver
openat 9 0x1000 1                   O_WRONLY
openat 9 0x1000 2                   O_RDWR
openat 9 0x1000 0x40                O_CREAT
openat 9 0x1000 0x200               O_TRUNC
openat 9 0x1000 0x400               O_APPEND
openat 9 0x1000 0x200000            O_PATH
openat 9 0x1000 0x800               O_NONBLOCK
openat 9 0x1000 0x410002            O_TMPFILE
openat 9 0x1000 0x10000             O_DIRECTORY
socket 1 2                          a local socket
socket 2 2                          UDP
socket 2 3 1                        a raw socket
socket 2 1 6                        it would block
socket 2 0x80802 17                 UDP, in the dialer's form
socket 2 0x80801 0x106              MPTCP
socket 10 0x80801 262               MPTCP
socket 10 0x80802 17
socket 16 0x80803 0                 netlink
socket 17 0x80803 0                 packets
socket 38 0x80805 0                 the kernel's ciphers
socket 40 0x80801 0                 the hypervisor
ioctl 9 0x5411 0x1000               SIOCOUTQ: only who answers NETs asks      @ all -dialer
ioctl 9 0x541b 0x1000               SIOCINQ: only the resolver asks           @ all -resolver
ioctl 9 0x8912 0x1000               SIOCGIFCONF: the machine's network
ioctl 9 0x8914 0x1000               SIOCSIFFLAGS: changes it
ioctl 9 0x8902 0x1000               SIOCSPGRP: signals
ioctl 9 0x5412 0x1000               TIOCSTI: types into a terminal
ioctl 9 0x5421 0x1000               FIONBIO
ioctl 9 0x8946 0x1000               SIOCETHTOOL
socketpair 1 1 0 0                  a stream takes descriptors from anywhere
socketpair 1 0x80002 0 0
socketpair 2 0x80005 0 0
socketpair 1 0x80005 1 0
setsockopt 9 1 2                    SO_REUSEADDR             @ all -dialer
setsockopt 9 1 5                    SO_DONTROUTE
setsockopt 9 1 7                    SO_SNDBUF                @ all -auth-before -hash-pool
setsockopt 9 1 8                    SO_RCVBUF
setsockopt 9 1 12                   SO_PRIORITY
setsockopt 9 1 13                   SO_LINGER
setsockopt 9 1 15                   SO_REUSEPORT: shares another's listener
setsockopt 9 1 16                   SO_PASSCRED
setsockopt 9 1 25                   SO_BINDTODEVICE
setsockopt 9 1 26                   SO_ATTACH_FILTER         @ all -dialer
setsockopt 9 1 27                   SO_DETACH_FILTER
setsockopt 9 1 32                   SO_SNDBUFFORCE
setsockopt 9 1 33                   SO_RCVBUFFORCE
setsockopt 9 1 36                   SO_MARK
setsockopt 9 1 44                   SO_LOCK_FILTER           @ all -dialer
setsockopt 9 1 50                   SO_ATTACH_BPF
setsockopt 9 1 51                   SO_ATTACH_REUSEPORT_CBPF
setsockopt 9 1 52                   SO_ATTACH_REUSEPORT_EBPF
setsockopt 9 1 60                   SO_ZEROCOPY
setsockopt 9 0 4                    IP_OPTIONS: a route of its own
setsockopt 9 0 19                   IP_TRANSPARENT
setsockopt 9 0 35                   IP_ADD_MEMBERSHIP
setsockopt 9 0 64                   iptables
setsockopt 9 41 26                  IPV6_V6ONLY
setsockopt 9 41 57                  IPV6_RTHDR
setsockopt 9 41 75                  IPV6_TRANSPARENT
setsockopt 9 6 19                   TCP_REPAIR
setsockopt 9 6 23                   TCP_FASTOPEN
setsockopt 9 6 30                   TCP_FASTOPEN_CONNECT
setsockopt 9 6 31                   TCP_ULP
setsockopt 9 6 14                   TCP_MD5SIG
setsockopt 9 6 38                   TCP_AO_ADD_KEY
setsockopt 9 0x100000001 26                                  @ all -dialer
setsockopt 9 1 0x10000001b
setsockopt 9 0x100000006 19
getsockopt 9 1 59                   SO_PEERGROUPS
getsockopt 9 1 77                   SO_PEERPIDFD
getsockopt 9 1 17                   SO_PEERCRED              @ all -control
getsockopt 9 1 26                   SO_GET_FILTER
getsockopt 9 6 19                   TCP_REPAIR
shutdown 9 0                        a listener becomes a socket
shutdown 9 2
shutdown 9 0x100000002
pipe2 0 0x80080                     a pipe of notifications
pipe2 0 0x84000                     O_DIRECT: packets
pipe2 0 0
pipe2 0 0x80880
fcntl 9 0 20                        F_DUPFD
fcntl 9 1030 20                     F_DUPFD_CLOEXEC
fcntl 9 2 0                         F_SETFD
fcntl 9 4 0                         F_SETFL: O_ASYNC, O_APPEND off
fcntl 9 8 1                         F_SETOWN: signals to others
fcntl 9 10 9                        F_SETSIG
fcntl 9 15 0                        F_SETOWN_EX
fcntl 9 6 0                         F_SETLK
fcntl 9 37 0                        F_OFD_SETLK              @ all -auth-before -auth -jails
fcntl 9 38 0                        F_OFD_SETLKW: waits for ever  @ all -rehash
fcntl 9 1024 0                      F_SETLEASE
fcntl 9 1026 0                      F_NOTIFY
fcntl 9 1031 0                      F_SETPIPE_SZ             @ all -nets
fcntl 9 1033 0                      F_ADD_SEALS
fcntl 9 1036 0                      F_SET_RW_HINT
fcntl 9 0x100000008 1
mmap 0 4096 4 0x22                  PROT_EXEC
mmap 0 4096 7 0x22
mmap 0 4096 0x100000004 0x22
mmap 0 4096 3 0x21                  shared, anonymous
mmap 0 4096 3 1 9                   a file, shared
mmap 0 4096 1 2 9                   a file
mmap 0 4096 3 3 9                   MAP_SHARED_VALIDATE
mmap 0x400000 4096 3 0x32           MAP_FIXED: over its own code
mmap 0x10000 4096 3 0x100022        MAP_FIXED_NOREPLACE
mmap 0 4096 3 0x122                 MAP_GROWSDOWN
mmap 0 4096 3 0x2022                MAP_LOCKED
mmap 0 4096 3 0x8022                MAP_POPULATE
mmap 0 4096 3 0x40022               MAP_HUGETLB              @ all -forking -hasher
mmap 0 4096 3 0x62                  MAP_32BIT
mmap 0 4096 3 0x100000022
mprotect 4096 4096 4
mprotect 4096 4096 7
mprotect 4096 4096 5
mprotect 4096 4096 0x1000001        PROT_GROWSDOWN
mprotect 4096 4096 0x100000004
mremap 4096 4096 8192 3 0x10000     MREMAP_FIXED
mremap 4096 4096 4096 5 0           MREMAP_DONTUNMAP
mremap 4096 4096 8192 2 0
futex 4096 0 0                      FUTEX_WAIT
futex 4096 1 1                      FUTEX_WAKE, of other processes
futex 4096 3 1                      FUTEX_REQUEUE
futex 4096 128 0                    FUTEX_WAIT, private
futex 4096 6 0                      FUTEX_LOCK_PI: changes priorities
futex 4096 0x181 1                  FUTEX_CLOCK_REALTIME
madvise 4096 4096 9                 MADV_REMOVE
madvise 4096 4096 3                 MADV_WILLNEED
madvise 4096 4096 10                MADV_DONTFORK
madvise 4096 4096 12                MADV_MERGEABLE: tells others' pages by time
madvise 4096 4096 16                MADV_DONTDUMP            @ all -keeper
madvise 4096 4096 17                MADV_DODUMP: the keys again
madvise 4096 4096 18                MADV_WIPEONFORK
madvise 4096 4096 21                MADV_PAGEOUT: the keys into swap
madvise 4096 4096 100               MADV_HWPOISON
madvise 4096 4096 102               MADV_GUARD_INSTALL
clone 0x10000000                    CLONE_NEWUSER
clone 0x00020011                    CLONE_NEWNS
clone 0x40000011                    CLONE_NEWNET
clone 0x20000011                    CLONE_NEWPID
clone 0x00000111                    CLONE_VM
clone 0x00000411                    CLONE_FILES
clone 0x00000211                    CLONE_FS
clone 0x00010911                    a thread
clone 0x00001011                    CLONE_PIDFD
clone 0x00002011                    CLONE_PTRACE
clone 0x00008011                    CLONE_PARENT             @ all -net-zygote -jail-zygote
clone 0x00008009                    the master would get SIGKILL
clone 0x00008000                    and never hear of the child
clone 0x11                          fork                     @ all -forking
clone 0x01200011                    fork, by glibc           @ all -forking
clone 0x01200000                    fork without a signal
clone 0x100000011                   CLONE_CLEAR_SIGHAND
clone 0x200008011                   CLONE_INTO_CGROUP
clone3 0x1000 88
seccomp 0 0 0                       SECCOMP_SET_MODE_STRICT
seccomp 2 0 0                       SECCOMP_GET_ACTION_AVAIL
seccomp 1 1 0                       TSYNC
seccomp 1 4 0                       SPEC_ALLOW: protections off
seccomp 1 8 0                       NEW_LISTENER: answers for others
rt_sigaction 9 0x1000 0 8
rt_sigaction 10 0x1000 0 8
rt_sigaction 14 0x1000 0 8          SIGALRM: a hash without end
rt_sigaction 15 0x1000 0 8
rt_sigaction 17 0x1000 0 8          SIGCHLD                  @ all -auth-before
rt_sigaction 13 0x1000 0 8          SIGPIPE                  @ all -scribe
prctl 1 9                           PR_SET_PDEATHSIG
prctl 4 1                           PR_SET_DUMPABLE: may be traced
prctl 4 0x100000000
prctl 8 1                           PR_SET_KEEPCAPS
prctl 22 2 0                        PR_SET_SECCOMP
prctl 24 1                          PR_CAPBSET_DROP
prctl 28 0                          PR_SET_SECUREBITS
prctl 35 13 0                       PR_SET_MM
prctl 36 1                          PR_SET_CHILD_SUBREAPER
prctl 41 1                          PR_SET_THP_DISABLE
prctl 47 2 21                       PR_CAP_AMBIENT_RAISE
prctl 47 0x100000002 21
prctl 53 0 0                        PR_SET_SPECULATION_CTRL
prctl 59 1                          PR_SET_SYSCALL_USER_DISPATCH
prctl 62 1                          PR_SCHED_CORE
prctl 0x59616d61 1                  PR_SET_PTRACER
prlimit64 1 7 0x1000 0              another's limits
prlimit64 0x7fffffff 7 0x1000 0
sched_getaffinity 1 8 0
sched_setaffinity 0 8 0
dup3 3 9 0                          over a channel           @ all -forking
close_range 0 9 2                   CLOSE_RANGE_UNSHARE
close_range 0 9 4                   CLOSE_RANGE_CLOEXEC
newfstatat 9 0x1000 0x1000 0                                 @ all -jails -resolver
newfstatat 9 0x1000 0x1000 0x1100   AT_SYMLINK_NOFOLLOW      @ all -jails -resolver
linkat 3 0x1000 3 0x1000 0x1000     AT_EMPTY_PATH: an open file becomes a name
linkat 3 0x1000 3 0x1000 0x400      AT_SYMLINK_FOLLOW
renameat2 3 0x1000 3 0x1000 2       RENAME_EXCHANGE
renameat2 3 0x1000 3 0x1000 0       over what is there       @ all -jails -rehash
renameat2 3 0x1000 3 0x1000 4       RENAME_WHITEOUT: a device
fallocate 3 0 0 0x1000              the file grows
fallocate 3 2 0 0x1000              FALLOC_FL_PUNCH_HOLE alone
fallocate 3 3 0 0x1000              FALLOC_FL_PUNCH_HOLE
fallocate 3 0x09 0 0x1000           FALLOC_FL_COLLAPSE_RANGE
fallocate 3 0x11 0 0x1000           FALLOC_FL_ZERO_RANGE
copy_file_range 3 0 4 0 0x1000 1    a flag of the future
fchown 3 0 0xffffffff               to root                  @ all -homes
fchownat 3 0x1000 1000 1000 0x100   to others, by name       @ all -homes
fchownat 3 0x1000 1000 1000 0       through a link
fchownat 3 0x1000 1000 1000 0x1000  AT_EMPTY_PATH
fchown 3 0x1388 0xffffffff          to another user          @ all -homes
fsetxattr 3 0x1000 0x1000 1 1       XATTR_CREATE
fsetxattr 3 0x1000 0x1000 1 2       XATTR_REPLACE
fchmod 3 0x9ff                      set-uid
fchmod 3 0x5ff                      set-gid
fchmod 3 0x3ff                      sticky
fchmodat 3 0x1000 0x9ff
fchmodat 3 0x1000 0x5ff
fchmodat2 3 0x1000 0x1ff 0x1000
utimensat 3 0x1000 0 0              follows a link
utimensat 3 0x1000 0 0x1100         AT_EMPTY_PATH
fchown 3 0 0xffffffff               another owner            @ all -homes
fchown 3 1000 1000                                           @ all -homes
fallocate 3 2 0 1                   FALLOC_FL_PUNCH_HOLE
fallocate 3 0x10 0 1                FALLOC_FL_ZERO_RANGE
fallocate 3 8 0 1                   FALLOC_FL_COLLAPSE_RANGE
fallocate 3 0 0 1                   a longer file
copy_file_range 3 0 3 0 1 1
fsetxattr 3 0x1000 0x1000 1 1       XATTR_CREATE
fsetxattr 3 0x1000 0x1000 1 2       XATTR_REPLACE
ioctl 9 0x5412                      TIOCSTI: types for others
ioctl 9 0x541c                      TIOCLINUX
ioctl 9 0x5421                      FIONBIO
ioctl 9 0x5452                      FIOASYNC
ioctl 9 0x8901                      FIOSETOWN
ioctl 9 0x8914                      SIOCSIFFLAGS
ioctl 9 0x8924                      SIOCSIFHWADDR
ioctl 9 0xc0045877                  FIFREEZE
ioctl 9 0x40086602                  FS_IOC_SETFLAGS
ioctl 9 0x40049409                  FICLONE
setresuid 0 0 0
setresuid 0x100000000 0x100000000 0x100000000
setresuid 1000 0 1000
setresuid 1000 1000 0x100000000
setresuid 0xffffffff 1000 1000      keeps an id
setresuid 0xffffffffffffffff 1000 1000
setresuid 1000 499 1000             below minimum_uid
setresgid 0 0 0
setresgid 1000 0 1000
setresgid 0x100000000 0x100000000 0x100000000
setresgid 0xffffffff 1000 1000
mlock2 4096 4096 1                                           @ all -keeper
"""

# What the master's filter refuses, and all processes with it; an errno where the filter is the master's own.
MASTER_REFUSES = """
setns 9 0                  any namespace
setns 9 0x20000            CLONE_NEWNS
setns 9 0x10000000         CLONE_NEWUSER
setns 9 0x08000000         CLONE_NEWIPC
setns 9 0x20000000         CLONE_NEWPID
setns 9 0x80               CLONE_NEWTIME
setns 9 0x40020000         the network, and the tree of files with it
setns 9 0x7e020080         all of a process
setns 9 0x140000000
unshare 0x40000000
clone 0x10000011           CLONE_NEWUSER
clone 0x00020011           CLONE_NEWNS
clone 0x20000011           CLONE_NEWPID
clone 0x40000011           CLONE_NEWNET
clone 0x08000011           CLONE_NEWIPC
clone 0x04000011           CLONE_NEWUTS
clone 0x02000011           CLONE_NEWCGROUP
clone 0x50000011
clone3 0x1000 88
quotactl 0 0 0 0
quotactl_fd 9 0 0 0
open_tree 9 0x1000 1
open_tree_attr 9 0x1000 1 0 0
mount_setattr 9 0x1000 0 0 0
move_mount 9 0 9 0 0
fsconfig 9 0 0 0 0
process_mrelease 9 0
process_madvise 9 0 0 0 0
lsm_set_self_attr 100 0 0 0
fanotify_init 0 0
personality 0x400000       READ_IMPLIES_EXEC
personality 0x40000        ADDR_NO_RANDOMIZE
open_by_handle_at 9 0 0
pidfd_getfd 9 0 0
bpf 0 0 0
io_uring_setup 1 0
"""

Pin = collections.namedtuple("Pin", "argument mask value differs")
Row = collections.namedtuple("Row", "name answer pins")
INT = 0xffffffff
LONG = 0xffffffffffffffff


def read_pin(word):
    if "!" in word:
        argument, value = word.split("!")
        return Pin(int(argument), LONG, int(value, 0), True)
    argument, mask, value = (int(part, 0) for part in word.split(":"))
    return Pin(argument, mask, value, False)


@pytest.fixture(scope="module")
def roles():
    """The rows of roles.c: role -> list of Row."""
    rows = collections.defaultdict(list)
    for line in run("--list"):
        role, name, answer, *pins = line.split()
        rows[role].append(Row(name, int(answer), [read_pin(word) for word in pins]))
    return rows


def group(words):
    """Roles by name or by group, in their order; a minus removes what follows it."""
    named = [word for word in words if not word.startswith("-")]
    less = [role for word in words if word.startswith("-") for role in GROUPS.get(word[1:], (word[1:],))]
    chosen = [role for word in named for role in GROUPS.get(word, (word,))]
    assert set(chosen) | set(less) <= set(CONFINED), words
    return [role for role in CONFINED if role in chosen and role not in less]


def table(text):
    """Rows of `call number... words @ roles`: (call with its numbers, roles)."""
    rows = []
    for line in text.strip().split("\n"):
        call, _, who = line.partition("@")
        name, *words = call.split()
        numbers = []
        for word in words:
            if not word[0].isdigit():
                break
            numbers.append(word)
        rows.append((" ".join([name, *numbers]), group(who.split() or ["all"])))
    return rows


def answers(role, lines):
    said = run("--try", role, text="".join(line + "\n" for line in lines))
    assert len(said) == len(lines)
    return dict(zip(lines, said))


def test_every_call_with_open_arguments_was_judged_for_each_role(roles):
    judged = {}
    for line in OPEN.strip().split("\n"):
        name, _, who = line.partition(":")
        judged[name] = group(who.split())
    seen = collections.defaultdict(set)
    for role in CONFINED:
        for row in roles[role]:
            if not row.answer and not row.pins:
                seen[row.name].add(role)
    new = {name: sorted(who - set(judged.get(name, ()))) for name, who in seen.items()}
    assert not any(new.values()), {name: who for name, who in new.items() if who}


def test_every_pinned_call_has_rows_that_try_more(roles):
    tried = {line.split()[0] for line, _ in table(WIDER)}
    pinned = {row.name for role in CONFINED for row in roles[role] if row.pins and not row.answer}
    assert len(pinned) >= 20
    assert not pinned - tried, f"no row tries more of {sorted(pinned - tried)}"


@pytest.mark.parametrize("role", CONFINED)
def test_no_role_has_an_argument_that_would_widen_its_power(roles, role):
    lines = [line for line, who in table(WIDER) if role in who]
    said = answers(role, lines)
    passed = [line for line in lines if said[line] == "passes"]
    assert not passed, "\n".join(passed)
    assert sum(said[line] == "refused" for line in lines) > len(lines) / 2


@pytest.mark.parametrize("role", CONFINED)
def test_what_the_master_refuses_no_child_has(role):
    said = answers(role, [line for line, _ in table(MASTER_REFUSES)])
    assert "passes" not in said.values(), said


def test_the_masters_own_filter_looks_at_arguments():
    said = answers("master", [line for line, _ in table(MASTER_REFUSES)])
    wrong = {line: what for line, what in said.items() if what not in ("1", "38", "none")}  # EPERM, ENOSYS
    assert not wrong
    assert said["open_tree_attr 9 0x1000 1 0 0"] == "1"  # though libseccomp may not know its name
    assert said["quotactl_fd 9 0 0 0"] == "1"
    assert answers("master", ["setns 9 0x40000000", "clone 0x11", "clone 0x01200011"]) == {
        "setns 9 0x40000000": "passes", "clone 0x11": "passes", "clone 0x01200011": "passes"}


def call_of(row, flipped=None, bit=0):
    """The row's call with exactly its pinned values; one bit of one pinned argument flipped."""
    arguments = [0] * 6
    for pin in row.pins:
        arguments[pin.argument] = pin.value ^ (1 << bit if pin is flipped else 0)
    return " ".join([row.name, *(hex(one) for one in arguments)])


def matches(row, line):
    name, *words = line.split()
    return row.name == name and all((int(words[pin.argument], 0) & pin.mask) == pin.value for pin in row.pins)


@pytest.mark.parametrize("role", CONFINED)
def test_every_bit_of_every_pinned_argument_counts(roles, role):
    """Generated from roles.c: the pinned values pass, and with any one bit of them changed they don't."""
    allowed = [row for row in roles[role] if not row.answer]
    good = [call_of(row) for row in allowed]
    bad = [call_of(row, pin, bit) for row in allowed for pin in row.pins for bit in range(64) if pin.mask >> bit & 1]
    bad = [line for line in bad if not any(matches(row, line) for row in allowed)]
    assert len(bad) > 200
    said = answers(role, list(dict.fromkeys(good + bad)))
    # Ids are pinned by a filter that is not in the list, and 0 is none that it passes.
    differ = [line for line in good if said[line] != "passes" and line.split()[0] not in ("setresuid", "setresgid")]
    differ += [line for line in bad if said[line] == "passes"]
    assert not differ, "\n".join(differ)


def test_a_jail_before_the_login_may_become_a_user():
    assert answers("jail-before", ["setresuid 1000 1000 1000", "setresgid 1000 1000 1000"]) == {
        "setresuid 1000 1000 1000": "passes", "setresgid 1000 1000 1000": "passes"}


def test_ids_of_the_daemons_own_are_no_users():
    """Accounts that `arguments` gives the roles: 102 on; minimum_uid is 500, so one above it is tried as well."""
    lines = [f"setresuid {uid} {uid} {uid}" for uid in (*range(1, 120), 499)]
    assert set(answers("jail-before", lines).values()) == {"refused"}


@pytest.mark.parametrize("role", CONFINED)
def test_a_call_that_is_not_listed_is_refused(roles, role):
    """Whatever its arguments; a few that libc may try get an errno instead."""
    listed = {row.name for row in roles[role]}
    everyone = {row.name for rows in roles.values() for row in rows}
    said = answers(role, sorted(everyone - listed))
    assert set(said.values()) <= {"refused", "none"} | {"1", "38"}
    assert sum(word == "refused" for word in said.values()) > 60
