# SPDX-License-Identifier: BSD-2-Clause
"""The system calls that NET and JAIL really make, seen by strace, against the
lists that their filters are written from."""

import re
import shutil

import pytest

import harness

NET = """read write recvmsg sendto poll accept4 close shutdown sendfile splice setsockopt getpid getrandom mmap
 munmap brk mremap madvise exit_group restart_syscall rt_sigreturn clock_gettime pipe2 fcntl""".split()

JAIL = """recvfrom sendto sendmsg close openat2 statx getdents64 mkdirat unlinkat renameat renameat2 linkat readlinkat
 fchmod fchmodat fchmodat2 utimensat fstatfs fsync fdatasync ftruncate lseek fcntl poll exit_group mmap munmap brk
 mremap clock_gettime getrandom umask restart_syscall rt_sigreturn fgetxattr flistxattr fsetxattr fchown fallocate
 copy_file_range pread64 pwrite64 sync_file_range""".split()

# What taking the user's identity needs, between auth's message and JAIL's answer.
JAIL_BECOMES = """setgroups setresgid setresuid fchdir chroot stat newfstatat fstat capset capget prctl getresuid
 getresgid getgroups getuid geteuid setrlimit prlimit64 rt_sigaction seccomp landlock_create_ruleset landlock_add_rule
 landlock_restrict_self""".split()

LINE = re.compile(r"^(\d+)\s+(?:<\.\.\. )?(\w+)(?:\((.*)| resumed)")

KILLED = re.compile(r"^(\d+)\s+\+\+\+ killed by SIGKILL")


class Calls:
    """One process' calls in order, from its confinement on."""

    def __init__(self):
        self.role = None
        self.made = []
        self.sent = []  # the calls that move bytes, with the beginning of their arguments
        self.rehearses = False  # a process of the self-test, which tries what must be refused

    def add(self, name, arguments):
        if name == "execveat" and re.search(r'"(self-test|self-test-2|check)"\]', arguments):
            self.rehearses = True
        if name == "prctl" and arguments.startswith("PR_SET_NAME"):
            self.role = re.search(r'"([^"]*)"', arguments).group(1)
            self.made = []
            self.sent = []
        else:
            self.made.append(name)
            if name in ("sendto", "sendfile", "write"):
                self.sent.append((name, arguments))

    def forget_last(self):
        """Of a process that the master kills, strace at times shows the killer's call as the last of its own."""
        if self.made and self.made[-1] == "pidfd_send_signal":
            self.made.pop()


def read_trace(path):
    processes = {}
    with open(path, errors="replace") as file:
        for line in file:
            match = LINE.match(line)
            killed = KILLED.match(line)
            if match and match.group(3) is not None:
                processes.setdefault(int(match.group(1)), Calls()).add(match.group(2), match.group(3))
            elif killed and int(killed.group(1)) in processes:
                processes[int(killed.group(1))].forget_last()
    return {pid: calls for pid, calls in processes.items() if calls.role == "wardftpd" or not calls.rehearses}


def after(calls, names):
    """What follows the first call of one of the names: the role's own loop has begun."""
    for index, name in enumerate(calls):
        if name in names:
            return calls[index:]
    return []


def every_command(server):
    """A session that leaves no path untrodden."""
    server.put("file", b"0123456789" * 3000)
    server.put("text", b"one\ntwo\n" * 4000)
    control = server.connect()
    for line in ("SYST", "FEAT", "HELP", "NOOP", "PWD", "AUTH TLS", "CLNT test", "OPTS UTF8 ON"):
        control.command(line)
    control.command("USER nobody-known", 331)
    control.command("PASS wrong", 530)
    control.login("alice", server.user().password)
    for line in ("SYST", "FEAT", "HELP", "HELP RETR", "NOOP", "PWD", "TYPE I", "MODE S", "STRU F", "STAT",
                 "STAT /", "MKD sub", "CWD sub", "CDUP", "XPWD", "XMKD two", "XRMD two", "SIZE file", "MDTM file",
                 "MLST file", "OPTS MLST type;size;", "ALLO 100", "CWD nowhere", "CWD file", "SIZE sub",
                 "MFMT 20200102030405 file", "MFF UNIX.mode=0600; file", "SITE CHMOD 644 file", "SITE HELP",
                 "SITE UMASK 022", "AVBL", "HASH file", "XCRC file", "ABOR", "REST 5", "NONSENSE", "USER bob",
                 "X" * 5000):
        control.command(line)
    for line in ("LIST", "LIST -la", "LIST *", "NLST", "NLST f*", "MLSD", "RETR file"):
        control.fetch(line)
    control.command("REST 10", 350)
    assert len(control.fetch("RETR file")) == 29990
    control.command("TYPE A", 200)
    control.fetch("RETR text")
    control.store("STOR text2", b"a\r\nb\r\n")
    control.command("TYPE I", 200)
    control.store("STOR new", b"x" * 300000)
    control.store("STOR new", b"y" * 300000)
    control.store("APPE new", b"z")
    control.command("REST 3", 350)
    control.store("STOR new", b"q")
    stou(control)
    active(control)
    aborted(control)
    control.command("RETR nothing")
    for line in ("RNFR new", "RNTO sub/newer", "DELE sub/newer", "DELE nothing", "RMD sub", "RMD nothing", "QUIT"):
        control.command(line)
    assert control.ended()


def stou(control):
    with control.connect_data() as data:
        if control.command("STOU").code == 150:
            data.sendall(b"unique")
            data.close()
            control.reply()


def active(control):
    for verb in ("PORT", "EPRT"):
        with control.listen_data(verb) as listener:
            control.send("LIST")
            data, _ = listener.accept()
            while data.recv(65536):
                pass
            data.close()
            assert [control.reply().code, control.reply().code] == [150, 226]
    control.pasv()


def aborted(control):
    with control.connect_data() as data:
        control.command("STOR half", 150)
        data.sendall(b"half")
        control.command("ABOR")
    control.reply()


def idle_and_cut(server):
    """Ends that are no QUIT: the client is gone, before and after the log-in, and in a transfer."""
    server.connect().close()
    server.login().close()
    control = server.login()
    data = control.connect_data()
    control.command("STOR cut", 150)
    data.sendall(b"some")
    control.close()
    data.close()


@pytest.fixture(scope="module")
def trace(make_shared_server, tmp_path_factory):
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    if harness.SANITIZED:
        pytest.skip("a sanitizer makes calls of its own")
    path = tmp_path_factory.mktemp("trace") / "trace"
    server = make_shared_server(wrapper=("strace", "-f", "-qq", "-s", "256", "-o", str(path)))
    every_command(server)
    idle_and_cut(server)
    server.stop(60)
    return read_trace(path)


def test_net_makes_no_call_beyond_its_list(trace):
    nets = [calls for calls in trace.values() if calls.role == "ward-net"]
    served = [after(calls.made, ("recvmsg", "poll")) for calls in nets]
    assert sum("sendfile" in calls for calls in served) >= 1, "the session was not seen"
    strangers = sorted({name for calls in served for name in calls} - set(NET))
    assert not strangers


def test_d6_the_150_and_the_last_reply_are_two_writes(trace):
    """The 150 of every transfer is a write of its own, and a download sends it before the first byte of data."""
    downloads = 0
    for calls in trace.values():
        if calls.role != "ward-net":
            continue
        started = False
        for name, arguments in calls.sent:
            assert not re.search(r'"150 .*\\r\\n\d{3} ', arguments), f"two replies in one write: {arguments}"
            started = started or '"150 ' in arguments
            if name == "sendfile":
                assert started, "data before the 150"
                downloads += 1
            if '"226 ' in arguments or '"425 ' in arguments:
                started = False
    assert downloads >= 2, "no download was seen"


def test_jail_makes_no_call_beyond_its_list(trace):
    jails = [after(calls.made, ("recvfrom", "poll")) for calls in trace.values() if calls.role == "ward-jail"]
    logged_in = [calls for calls in jails if "setresuid" in calls]
    assert len(logged_in) >= 3, "the sessions were not seen"
    for calls in jails:
        until = end_of_becoming(calls)
        assert not sorted(set(calls[:until]) - set(JAIL) - set(JAIL_BECOMES))
        strangers = sorted(set(calls[until:]) - set(JAIL))
        assert not strangers
    assert any("getdents64" in calls and "renameat2" in calls for calls in logged_in), "the session was not seen"


def end_of_becoming(calls):
    """The answer to auth ends it: the first message that is sent after the last change of ids."""
    ids = [index for index, name in enumerate(calls) if name in ("setresuid", "setresgid")]
    if not ids:
        return 0
    return next((index for index in range(ids[-1], len(calls)) if calls[index] in ("sendmsg", "sendto")), len(calls))


def test_no_session_process_starts_another(trace):
    for calls in trace.values():
        if calls.role in ("ward-net", "ward-jail"):
            assert not {"clone", "clone3", "fork", "vfork", "execve", "execveat", "socket", "connect",
                        "bind"} & set(calls.made)


def test_a_question_costs_dialer_and_keeper_no_look_at_the_master(trace):
    """The master's channel is read when it has an event, not with each question of a NET."""
    dialers = [calls.made for calls in trace.values() if calls.role == "ward-dialer"]
    at_once = sum(pair == ("epoll_wait", "recvfrom") for made in dialers for pair in zip(made, made[1:]))
    questions = sum(made.count("recvfrom") for made in dialers)
    assert questions > 10, "the session was not seen"
    assert at_once > questions // 2, f"{at_once} of {questions} without a look at the master"


def test_i1_the_master_reads_nothing_of_the_network(trace):
    """I1: it accepts and hands over; the 421 of a limit is the one thing it writes."""
    masters = [calls for calls in trace.values() if calls.role == "wardftpd"]
    assert masters and any("accept4" in calls.made for calls in masters)
