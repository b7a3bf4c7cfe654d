# SPDX-License-Identifier: BSD-2-Clause
"""A NET that was taken: what the kernel, and its neighbours, let it do.

Each row of CALLS is one attempt and the process' death, unless the row says
what else is expected.  Nothing here depends on NET's own code: hostile.c
takes its place, confined in the same way.
"""

import os
import socket
import struct

import pytest

import harness
from messages import Message, head, values
from taken import (AUTH, CLIENT, CONNECT, CREATE, DIALER, JAIL, KEEPER, KILLED, LISTEN, LIST_NEXT, LIST_OPEN, MASTER,
                   OPEN_READ, SCRIBE, SIGN_TLS12, SIGN_TLS13, STAT, Session, attempts, change, dial, error_of,
                   login_message, needs_filters, note, path_question, refusals, rename_question,
                   server_of, settle, signing)

# {master} and {sibling} are processes of the same server; {stranger} is the test itself.
CALLS = """
open s:/etc/passwd 0
openat -100 s:/etc/passwd 0
openat 9 s:.. 0
openat2 -100 s:/etc/passwd z:24 24
creat s:/tmp/x 384
name_to_handle_at -100 s:/ z:128 z:8 0
open_by_handle_at 9 z:128 0
memfd_create s:x 0
stat s:/etc/passwd z:144
lstat s:/etc/passwd z:144
newfstatat -100 s:/etc/passwd z:144 0
statx -100 s:/etc/passwd 0 0 z:256
access s:/etc/passwd 4
readlink s:/proc/self/exe z:256 256
readlinkat -100 s:/proc/self/exe z:256 256
getdents64 9 z:4096 4096
getcwd z:256 256
chdir s:/
fchdir 9
chroot s:.
pivot_root s:. s:.
mount s:none s:/ s:tmpfs 0 0
umount2 s:/ 0
mount_setattr -100 s:/ 0 z:32 32
open_tree -100 s:/ 0
fsopen s:tmpfs 0
unlink s:/x
unlinkat -100 s:/x 0
rename s:/x s:/y
renameat2 -100 s:/x -100 s:/y 0
mkdir s:/x 511
rmdir s:/x
link s:/x s:/y
symlink s:/x s:/y
mknod s:/x 4480 0
chmod s:/ 511
fchmod 9 511
fchmodat -100 s:/ 511
chown s:/ 0 0
fchown 9 0 0
truncate s:/x 0
ftruncate 9 0
fallocate 9 0 0 1
utimensat -100 s:/ 0 0
setxattr s:/ s:user.x s:y 1 0
execve s:/bin/sh 0 0
execveat -100 s:/bin/sh 0 0 0
fork
vfork
clone 17 0 0 0 0
clone 32785 0 0 0 0
close_range 20 21 0
clone3 z:88 88
kill {master} 9
kill {sibling} 9
kill 0 9
kill -1 0
tkill {sibling} 9
tgkill {sibling} {sibling} 9
rt_sigqueueinfo {sibling} 9 z:128
pidfd_open {sibling} 0
pidfd_send_signal 9 9 0 0
pidfd_getfd 9 3 0
ptrace 16 {sibling} 0 0
ptrace 16 {stranger} 0 0
process_vm_readv {sibling} z:16 1 z:16 1 0
process_vm_writev {sibling} z:16 1 z:16 1 0
process_madvise 9 z:16 1 4 0
kcmp {sibling} {sibling} 0 3 3
socket 1 1 0
socket 2 1 0
socket 2 2 0
socket 2 3 1
socket 10 1 0
socket 16 3 0
socket 17 3 0
socket 40 1 0
socketpair 1 1 0 z:8
bind 9 z:16 16
listen 9 1
connect 9 z:16 16
accept 9 0 0
sendmsg 4 z:56 0
sendmsg 5 z:56 0
sendto 9 s:x 1 0x20004000 h:0200000e7f0000010000000000000000 16
sendto 9 s:x 1 0x20004000 0 0
sendto 9 s:x 1 0x4000 h:0200000e7f0000010000000000000000 16
sendto 9 s:x 1 0x4000 0x100000000 0
sendto 9 s:x 1 0x4000 0 16
sendto 9 s:x 1 1 0 0
sendto 9 s:x 1 0x4000000 0 0
shutdown 9 0
shutdown 9 2
connect 9 h:00000000000000000000000000000000 16
sendmmsg 4 z:64 1 0
recvmmsg 4 z:64 1 64 0
setsockopt 9 1 26 z:16 16
setsockopt 9 0x100000001 26 z:16 16
setsockopt 9 1 0x10000001a z:16 16
setsockopt 9 6 30 z:4 4
setsockopt 9 6 31 s:ulp 3
setsockopt 9 6 23 z:4 4
setsockopt 9 1 13 z:8 8
setsockopt 9 1 27 z:4 4
setsockopt 9 1 44 z:4 4
setsockopt 9 0 4 z:4 4
setsockopt 9 41 26 z:4 4
setsockopt 9 1 25 s:lo 3
setsockopt 9 1 36 z:4 4
setsockopt 9 0 19 z:4 4
setsockopt 9 1 50 z:16 16
ioctl 9 21518 s:x
ioctl 9 35092 z:64
fcntl 9 8 {sibling}
fcntl 9 1024 1
dup3 9 20 0
setuid 0
setgid 0
setreuid 0 0
setresuid 0 0 0
setresgid 0 0 0
setgroups 0 0
setfsuid 0
capset z:8 z:24
prctl 4 1 0 0 0
prctl 15 s:x 0 0 0 -> EPERM
prctl 38 0 0 0 0
prctl 22 0 0 0 0
seccomp 1 0 z:16
personality 262144
unshare 268435456
unshare 1073741824
setns 9 0
bpf 0 z:128 128
io_uring_setup 1 z:128
io_uring_enter 9 1 0 0 0 0
userfaultfd 0
perf_event_open z:128 0 -1 -1 0
keyctl 0 -3 0 0 0
add_key s:user s:x s:y 1 -3
request_key s:user s:x 0 -3
init_module z:16 16 s:
finit_module 9 s: 0
kexec_load 0 0 0 0
reboot -18751827 672274793 0 0
swapon s:/x 0
syslog 2 z:64 64
acct s:/x
iopl 3
ioperm 0 1 1
modify_ldt 0 z:16 16
fanotify_init 0 0
inotify_init1 0
clock_settime 0 z:16
settimeofday z:16 0
sethostname s:x 1
quotactl 0 0 0 0
lookup_dcookie 0 z:16 16
mmap 0 4096 5 34 -1 0
mmap 0 4096 7 34 -1 0
mmap 0 4096 3 33 -1 0
mmap 0 4096 3 2 9 0
mprotect 4096 4096 4
mprotect 4096 4096 7
pkey_mprotect 4096 4096 4 -1
shmget 0 4096 511
shmat 0 0 0
msgget 0 511
semget 0 1 511
mlockall 1
remap_file_pages 4096 4096 0 0 0
prlimit64 {master} 7 0 z:16
prlimit64 0 7 z:16 0
setrlimit 7 z:16
setpriority 0 0 0
sched_setaffinity {sibling} 8 z:8
sched_setscheduler 0 0 z:4
ioprio_set 1 0 0
setsid
setpgid 0 0
timer_create 0 z:64 z:8
futex z:4 0 1 0 0 0
futex z:4 129 1 0 0 0 -> fine
""".strip().split("\n")


@pytest.fixture(scope="module")
def taken(make_shared_server):
    return server_of(make_shared_server, "net", config={"daemon": {"pool_min": 4}})


@needs_filters
def test_i2_a_taken_net_makes_none_of_these_calls(taken):
    sibling = next(p for p in taken.idle_nets()).pid
    rows = [row.format(master=taken.master().pid, sibling=sibling, stranger=os.getpid()) for row in CALLS]
    assert len(rows) >= 60
    differ = attempts(lambda: Session(taken), "ward-net", rows)
    assert not differ, "\n".join(differ)
    assert taken.master().alive()


class Target:
    """A listener of the machine's that no session has business with: a connection to it is the breach."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen()
        port = self.socket.getsockname()[1]
        self.address = "h:" + (struct.pack("<H", socket.AF_INET) + struct.pack(">H", port) +
                               socket.inet_aton("127.0.0.1") + b"\0" * 8).hex()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def was_reached(self):
        """A connection through loopback is there as soon as the call that made it has returned."""
        self.socket.setblocking(False)
        try:
            self.socket.accept()[0].close()
        except BlockingIOError:
            return False
        return True


MSG_NOSIGNAL = 0x4000
FAST_OPEN = 0x20000000 | MSG_NOSIGNAL


def closed_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def failed_connection(one):
    """A data socket of the dialer's to a port of the client's without a listener: free to connect again."""
    answer, fd = one.ask(DIALER, dial(CONNECT, closed_port()))
    assert error_of(answer) == 0 and fd >= 0
    return fd, []


def passive_listener(one):
    answer, fd = one.ask(DIALER, dial(LISTEN))
    assert error_of(answer) == 0 and fd >= 0
    return fd, []


def closed_listener(one):
    """Shut down, a passive listener is a plain socket."""
    fd, _ = passive_listener(one)
    return fd, [f"shutdown {fd} 2"]


STEPS = [
    "sendto {fd} s:x 1 {fast_open} {address} 16",
    "sendto {fd} s:x 1 {plain} {address} 16",
    "connect {fd} h:00000000000000000000000000000000 16",  # AF_UNSPEC: out of a connection
    "connect {fd} {address} 16",
    "listen {fd} 5",
    "bind {fd} {address} 16",
    "setsockopt {fd} 6 19 h:01000000 4",  # TCP_REPAIR
    "setsockopt {fd} 6 30 h:01000000 4",  # TCP_FASTOPEN_CONNECT
    "setsockopt {fd} 1 27 z:4 4",  # SO_DETACH_FILTER
]


def first_killed(one, lines):
    """The call over which the process was ended; None: it made them all."""
    for line in lines:
        name = line.split()[0]
        number = one.number(name)
        before = refusals(one.server, "ward-net", number)
        if one.call(line) == KILLED:
            harness.wait_for(lambda: refusals(one.server, "ward-net", number) > before, 10, "the log's line")
            return name
    return None


@needs_filters
@pytest.mark.parametrize("make_socket", [failed_connection, passive_listener, closed_listener])
@pytest.mark.parametrize("step", STEPS)
def test_i2_a_data_socket_reaches_only_the_client(taken, make_socket, step):
    with Target() as target, Session(taken).login() as one:
        fd, before = make_socket(one)
        step = step.format(fd=fd, fast_open=FAST_OPEN, plain=MSG_NOSIGNAL, address=target.address)
        assert first_killed(one, [*before, step])
        assert not target.was_reached()


@needs_filters
def test_i2_a_control_socket_that_was_reset_connects_nowhere(taken):
    with Target() as target, Session(taken) as one:
        number = one.number("sendto")
        before = refusals(taken, "ward-net", number)
        one.control.send(f"ORPHAN sendto {CLIENT} s:x 1 {FAST_OPEN} {target.address} 16")
        one.control.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        one.control.close()
        harness.wait_for(lambda: refusals(taken, "ward-net", number) > before, 10, "the log's line")
        assert not target.was_reached()


@needs_filters
def test_i2_a_file_that_it_was_handed_stays_what_it_is(taken):
    """Read-only is read-only; and a descriptor is no way to a directory."""
    taken.put("readme", b"content")
    with Session(taken).login() as one:
        answer, fd = one.ask(JAIL, path_question(3, "/readme"))
        assert error_of(answer) == 0 and fd > CLIENT
        assert one.call(f"write {fd} s:x 1") == "EBADF"
        assert one.call(f"read {fd} z:16 16") == "fine"
        assert one.call(f"openat {fd} s:.. 0") == KILLED


def test_a_taken_net_keeps_the_files_that_it_was_handed(taken):
    """By design, and said in SECURITY.md: a descriptor ends with its session, not with the transfer."""
    taken.put("gone", b"content")
    with Session(taken).login() as one:
        _, reader = one.ask(JAIL, path_question(OPEN_READ, "/gone"))
        os.unlink(taken.home("alice", "gone"))
        assert one.call(f"read {reader} z:16 16") == "fine"
        _, writer = one.ask(JAIL, path_question(CREATE, "/kept", how=1))
        assert one.call(f"write {writer} s:first 5") == "fine"
        answer, _ = one.ask(JAIL, settle(5))
        assert error_of(answer) == 0 and taken.read("kept") == b"first"
        assert one.call(f"write {writer} s:+more 5") == "fine"
        assert taken.read("kept") == b"first+more"


# The borders, from NET's side.

GOOD = path_question(STAT, "/")

VIOLATIONS = {
    "empty": b"",
    "a head cut short": GOOD[:7],
    "type 0": b"\0" * len(GOOD),
    "a type beyond the table": path_question(99, "/"),
    "the largest type": path_question(0xffffffff, "/"),
    "no text": GOOD[:-2],
    "a text without its end": GOOD[:-1],
    "a text that ends twice": GOOD + b"/etc\0",
    "more than a path holds": path_question(STAT, "/" + "x" * 40000),
    "a relative path": path_question(STAT, "etc/passwd"),
    "dots in a path": path_question(STAT, "/../../etc/passwd"),
    "dots at a path's end": path_question(OPEN_READ, "/a/.."),
    "doubled slashes": path_question(STAT, "//etc/passwd"),
    "an empty path": path_question(STAT, ""),
    "a settle of a wrong size": settle(0)[:-4],
    "an unknown way to store": path_question(CREATE, "/x", how=77),
    "an unknown form of listing": path_question(LIST_OPEN, "/", format=77, facts=255),
    "a rename whose first name is longer than the message": rename_question(b"/a\0/b\0", 60000),
    "a rename of one name": rename_question(b"/a\0", 2),
    "a rename whose first name does not end": rename_question(b"/a\0/b\0", 3),
}


def test_i8_a_jail_ends_itself_over_a_message_that_may_not_be(taken):
    """Malformed, oversized, out of turn: the cell ends, with a line in the log, and no other."""
    differ = []
    for what, message in VIOLATIONS.items():
        with Session(taken).login() as one:
            assert error_of(one.ask(JAIL, GOOD)[0]) == 0
            before = taken.log_text().count("border violation")
            answer = one.ask(JAIL, message)
            if answer != (b"", -1):
                differ.append(f"{what}: JAIL answered {answer}")
            elif message:  # an empty datagram reads as the end of file
                harness.wait_for(lambda: taken.log_text().count("border violation") > before, 10, f"a line: {what}")
    assert not differ, "\n".join(differ)


def test_i8_a_jail_reads_nothing_of_net_before_the_login(taken):
    with Session(taken) as one:
        assert one.ask(JAIL, GOOD) == (b"", -1)
    taken.wait_log("NET sent a message before the log-in")


def test_what_was_not_begun_can_not_be_gone_on_with(taken):
    """A settle without an upload, a page without a listing: answered, with an error."""
    with Session(taken).login() as one:
        for message in (settle(0), head(LIST_NEXT)):
            answer, fd = one.ask(JAIL, message)
            assert error_of(answer) != 0 and fd == -1
        assert error_of(one.ask(JAIL, GOOD)[0]) == 0


def test_n1_jail_refuses_names_of_the_servers_own(taken):
    with Session(taken).login() as one:
        for path in ("/a\nb", "/.wardftpd-upload-x"):
            answer = one.ask(JAIL, path_question(OPEN_READ, path))
            assert answer is not None and error_of(answer[0]) != 0, path


def test_paths_outside_the_home_are_not_found(taken):
    """A NET that asks for other people's files gets what the user could reach, and nothing else."""
    os.symlink("/etc/passwd", taken.home("alice", "link"))
    os.symlink("../../../../../../etc", taken.home("alice", "up"))
    with Session(taken).login() as one:
        for path in ("/etc/passwd", "/proc/self/environ", "/link", "/up/passwd", taken.user_file):
            answer, fd = one.ask(JAIL, path_question(OPEN_READ, path))
            assert error_of(answer) == 2 and fd == -1, path  # ENOENT


BREACHES = [
    (DIALER, "a privileged port", dial(CONNECT, 22)),
    (DIALER, "port 0", dial(CONNECT, 0)),
    (DIALER, "a port that wraps", dial(CONNECT, 65536 + 2121)),
    (DIALER, "a listener of its choice", dial(LISTEN, 4000)),
    (DIALER, "a question cut short", dial(LISTEN)[:-4]),
    (DIALER, "a question with more behind it", dial(LISTEN) + b"\x7f\0\0\1"),
    (DIALER, "a type that is none", dial(9, 0)),
    (KEEPER, "any text of its own", signing(SIGN_TLS12, b"please sign this")),
    (KEEPER, "a 1.3 hash of a wrong length", signing(SIGN_TLS13, b"x" * 33)),
    (KEEPER, "a 1.2 text that could pass for a 1.3 text",
     signing(SIGN_TLS12, b" " * 64 + b"TLS 1.3, server CertificateVerify\0" + b"h" * 32)),
    (KEEPER, "no text", signing(SIGN_TLS13, b"")),
    (KEEPER, "a length beyond the message", signing(SIGN_TLS13, b"x" * 32, text_length=9999)),
    (KEEPER, "a question cut short", signing(SIGN_TLS13, b"x" * 32)[:-1]),
    (AUTH, "a question cut short", login_message(b"alice")[:-1]),
    (AUTH, "a name that does not end", login_message(b"n" * 256)),
    (AUTH, "a password that does not end", login_message(b"n", b"p" * 513)),
    (AUTH, "a type that is none", head(77)),
]


@pytest.mark.parametrize("channel,what,message", BREACHES, ids=[f"{row[0]}-{row[1]}" for row in BREACHES])
def test_i8_a_shared_process_drops_the_channel_and_serves_the_rest(taken, channel, what, message):
    role = {DIALER: "dialer", KEEPER: "keeper", AUTH: "auth"}[channel]
    process = taken.one(role) if role != "auth" else None
    before = taken.log_text().count("border violation")
    with Session(taken) as one:
        if channel == DIALER:
            one.login()  # before it no question is served at all: test_dialer.py
        assert one.ask(channel, message) == (b"", -1), what
    harness.wait_for(lambda: taken.log_text().count("border violation") > before, 10, "a line in the log")
    assert process is None or process.alive()
    with Session(taken).login() as one:  # auth serves; the dialer too
        answer, fd = one.ask(DIALER, dial(LISTEN))
        assert error_of(answer) == 0 and fd >= 0


def test_the_dialer_connects_to_this_client_only(taken):
    """NET can't say which host: it has only a port to give, and the address is the master's word."""
    with socket.socket() as listener, Session(taken).login() as one:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.3)
        answer, fd = one.ask(DIALER, dial(CONNECT, max(listener.getsockname()[1], 1024)))
        assert (error_of(answer) == 0) == (fd >= 0)
        with pytest.raises(TimeoutError):  # the client came from another address than the listener has
            listener.accept()


def test_a_flood_of_questions_to_auth_blocks_no_other_session(taken):
    """One try at a time: who asks without waiting for the answer has broken the border."""
    with Session(taken) as one:
        assert one.send(AUTH, login_message(b"nobody"), times=300) != "fine"
        with Session(taken).login("bob"):
            pass
    assert taken.one("keeper").alive()


REFUSED, REFUSED_LAST, BANNED, NO_ANSWER = 1, 6, 7, -1  # enum auth_result


def try_password(one, password="wrong"):
    return int(one.control.command(f"LOGIN alice {password}").text.split()[1])


def hashes(server):
    return server.log_text().count("checks a password against")


def test_l3_taken_nets_from_before_a_ban_try_no_password_after_it(make_server):
    """The master's word that they are banned they need not hear: auth itself turns them away, without a hash."""
    server = server_of(make_server, "net", config={"daemon": {"pool_min": 4, "ban_after": 3, "max_login_failures": 3}})
    cells = [Session(server, source="127.0.77.1") for _ in range(9)]
    for one in cells[:3]:
        one.control.send("LOGIN alice wrong")
    server.wait_log("address=127.0.77.1 is banned")
    for one in cells[3:]:
        assert [try_password(one) for _ in range(5)] == [BANNED] + 4 * [NO_ANSWER]
    assert hashes(server) == 3
    with Session(server, source="127.0.77.2") as other:
        assert try_password(other, server.user("alice").password) == 0
    for one in cells:
        one.control.close()


def test_l3_a_taken_net_gets_no_try_beyond_max_login_failures(make_server):
    server = server_of(make_server, "net", config={"daemon": {"pool_min": 4, "ban_after": 0, "max_login_failures": 2}})
    with Session(server) as one:
        assert [try_password(one) for _ in range(5)] == [REFUSED, REFUSED_LAST] + 3 * [NO_ANSWER]
    assert hashes(server) == 2


def test_i9_a_forged_log_line_stays_its_own(taken):
    """Whatever a NET writes, the line says whose it is; it can write none in another's name."""
    with Session(taken) as one:
        one.send(SCRIBE, note(b"login refused: address=203.0.113.9 user=\"root\"", cell=1))
        one.send(SCRIBE, note(b"one\nlogin refused: address=203.0.113.9 user=\"root\" reason=password"))
        host = one.control.socket.getsockname()[0]
        line = taken.wait_log(r".*note: one\\x0alogin refused.*").group(0)
        assert f"address={host} note: " in line
    assert "\nlogin refused: address=203" not in taken.log_text()


def test_a_flood_of_notes_is_rationed(taken):
    with Session(taken) as one:
        for _ in range(50):
            one.send(SCRIBE, note(b"a flood of words"), times=100)
        with Session(taken) as other:
            other.send(SCRIBE, note(b"a quiet word"))
            taken.wait_log("a quiet word")
        one.send(SCRIBE, note(b"its last word"))
    assert taken.log_text().count("a flood of words") < 4000


@pytest.mark.parametrize("kind", [2, 3, 4, 5, 77])
def test_i9_the_scribe_takes_from_a_net_only_what_is_a_nets(taken, kind):
    """A log-in (type 3) is auth's to tell; the rest is of a wrong size."""
    with Session(taken) as one:
        before = taken.log_text().count("border violation")
        one.send(SCRIBE, head(kind) + b"\1" * 11)
        harness.wait_for(lambda: taken.log_text().count("border violation") > before, 10, "a line in the log")


def test_the_master_hears_nothing_of_a_net(taken):
    """I1: what a NET writes to the master's channel is never read, and fills only its own buffer."""
    with Session(taken) as one:
        assert one.send(MASTER, b"x" * 200, times=5000) in ("EAGAIN", "EPIPE")
        with Session(taken).login("bob"):
            pass
    assert taken.master().alive()


DELETE, KICK, ADMIN, REFUSAL = values("EVENT_DELETE", "EVENT_KICK", "SCRIBE_ADMIN", "SCRIBE_REFUSED")


@pytest.mark.parametrize("record", [
    pytest.param(change(DELETE, b"/precious"), id="a deletion"),
    pytest.param(Message("scribe_admin").pack_text("text", b"kicked\0", head_type=ADMIN, number=1, event=KICK,
                                                   name=b"root"), id="a kick"),
    pytest.param(Message("scribe_refused").pack_text("reply", b"421\0", head_type=REFUSAL, limit=1),
                 id="a refused connection")])
def test_i9_a_net_reports_no_deletion_and_no_administrator(taken, record):
    """What was deleted is JAIL's word: a NET that claims one loses its channel to the scribe."""
    with Session(taken) as one:
        one.login()
        before = taken.log_text().count("border violation: net to scribe")
        one.send(SCRIBE, record)
        harness.wait_for(lambda: taken.log_text().count("border violation: net to scribe") > before, 10,
                         "a line in the log")
    assert "precious" not in taken.log_text()
