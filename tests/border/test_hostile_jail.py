# SPDX-License-Identifier: BSD-2-Clause
"""A JAIL that was taken, after the log-in and before it: what the kernel and
its neighbours let it do.  As in test_hostile_net.py each row is one attempt;
NET only passes on the orders to JAIL."""

import os
import struct

import pytest

import harness
from messages import Message, head, values
from taken import KILLED, LOGIN, Session, attempts, change, needs_filters, note, server_of

ITS_NET, AUTH, SCRIBE = 3, 4, 5
FORBIDDEN = 7702  # a gid of forbidden_groups

# What is left after the log-in is the user's files: beneath the root, by openat2 alone.
CALLS = """
socket 1 1 0
socket 2 1 0
socket 10 2 0
socket 16 3 0
socketpair 1 1 0 z:8
connect 3 z:16 16
bind 3 z:16 16
listen 3 1
accept 3 0 0
accept4 3 0 0 0
recvmsg 3 z:56 0
recvmsg 5 z:56 0
recvmmsg 3 z:64 1 64 0
sendmmsg 3 z:64 1 0
setsockopt 3 1 7 z:4 4
execve s:/bin/sh 0 0
execveat -100 s:/bin/sh 0 0 0
fork
vfork
clone 17 0 0 0 0
clone 32785 0 0 0 0
close_range 20 21 0
clone3 z:88 88
kill {master} 9
kill {other} 9
kill 0 9
kill -1 0
tgkill {other} {other} 9
pidfd_open {other} 0
pidfd_send_signal 3 9 0 0
pidfd_getfd 3 3 0
ptrace 16 {other} 0 0
process_vm_readv {other} z:16 1 z:16 1 0
process_vm_writev {other} z:16 1 z:16 1 0
setuid 0
setgid 0
setreuid 0 0
setregid 0 0
setresuid 0 0 0
setresgid 0 0 0
setresuid {other_uid} {other_uid} {other_uid}
setfsuid 0
setfsgid 0
setgroups 0 0
capset z:8 z:24
chroot s:.
chdir s:..
fchdir 3
pivot_root s:. s:.
mount s:none s:/ s:tmpfs 0 0
umount2 s:/ 0
open_tree -100 s:/ 0
fsopen s:tmpfs 0
unshare 268435456
setns 3 0
open s:/etc/passwd 0
openat -100 s:../../etc/passwd 0
creat s:/x 384
open_by_handle_at -100 z:128 0
mknod s:/x 4480 0
mknodat -100 s:/x 24576 2049
symlink s:/etc s:/x
symlinkat s:/etc -100 s:/x
chown s:/ 0 0
fchownat -100 s:/ 0 0 0
setxattr s:/ s:security.capability z:20 20 0
prlimit64 {other} 7 0 z:16
setpriority 0 0 0
sched_setaffinity {other} 8 z:8
sched_setscheduler 0 0 z:4
prctl 4 1 0 0 0
prctl 47 2 12 0 0
seccomp 1 0 z:16
bpf 0 z:128 128
io_uring_setup 1 z:128
userfaultfd 0
perf_event_open z:128 0 -1 -1 0
keyctl 0 -3 0 0 0
add_key s:user s:x s:y 1 -3
init_module z:16 16 s:
finit_module 3 s: 0
reboot -18751827 672274793 0 0
inotify_init1 0
fanotify_init 0 0
mmap 0 4096 5 34 -1 0
mmap 0 4096 3 33 -1 0
mmap 0 4096 3 2 3 0
mprotect 4096 4096 4
shmget 0 4096 511
personality 262144
ioctl 3 21518 s:x
clock_settime 0 z:16
setsid
""".strip().split("\n")

# Before it: the same, and no id but a user's.  The numbers are 64 bits wide on purpose: the kernel looks at 32.
EARLY_CALLS = """
setresuid 0 0 0
setresuid 0 -1 -1
setresuid -1 0 -1
setresuid -1 -1 0
setresuid 0x100000000 0x100000000 0x100000000
setresuid 0xffffffff 0xffffffff 0xffffffff
setresuid {below} {below} {below}
setresuid {net} {net} {net}
setresuid {auth} {auth} {auth}
setresuid {scribe} {scribe} {scribe}
setresuid 5001 5001 5002
setresuid 5001 5001 -1
setresgid 0 0 0
setresgid 0x100000000 0x100000000 0x100000000
setresgid 0xffffffff 0xffffffff 0xffffffff
setresgid 5001 5001 0
setresgid 5001 5002 5001
setresgid {net_gid} {net_gid} {net_gid}
setresgid {scribe_gid} {scribe_gid} {scribe_gid}
setresgid {forbidden} {forbidden} {forbidden}
setresgid 5001 5001 5001 -> fine
setuid 0
setgid 0
setreuid 0 0
setfsuid 0
execve s:/bin/sh 0 0
fork
socket 1 1 0
socket 2 1 0
recvmsg 3 z:56 0
kill {master} 9
ptrace 16 {master} 0 0
mount s:none s:/ s:tmpfs 0 0
unshare 268435456
setns 3 0
open s:/etc/shadow 0
openat -100 s:/etc/shadow 0
mknodat -100 s:/x 24576 2049
prctl 22 0 0 0 0
bpf 0 z:128 128
mmap 0 4096 5 34 -1 0
""".strip().split("\n")


def in_jail(server, login=True):
    one = Session(server)
    if login:
        one.login()
    one.prefix = "JAIL "
    return one


def number_in(server, rows, **names):
    return [row.format(master=server.master().pid, **names) for row in rows]


@pytest.fixture(scope="module")
def taken(make_shared_server):
    return server_of(make_shared_server, "jail", config={"daemon": {"pool_min": 4}})


@pytest.fixture(scope="module")
def early(make_shared_server):
    return server_of(make_shared_server, "early", config={"daemon": {"pool_min": 4, "forbidden_groups": FORBIDDEN}})


@needs_filters
def test_i3_a_taken_jail_makes_none_of_these_calls(taken):
    with Session(taken).login("bob"):
        rows = number_in(taken, CALLS, other=taken.jail_of("bob").pid, other_uid=taken.user("bob").uid)
        differ = attempts(lambda: in_jail(taken), "ward-jail", rows)
    assert not differ, "\n".join(differ)
    assert taken.master().alive()


@needs_filters
def test_i3_a_jail_before_the_login_becomes_no_one_but_a_user(early):
    uids = {name: early.one(name).uids()[0] for name in ("auth", "scribe")}
    uids["net"] = early.idle_nets()[0].uids()[0]
    gids = {"net_gid": early.idle_nets()[0].gids()[0], "scribe_gid": early.one("scribe").gids()[0]}
    rows = number_in(early, EARLY_CALLS, below=499, forbidden=FORBIDDEN, **uids, **gids)
    differ = attempts(lambda: in_jail(early, login=False), "ward-jail", rows)
    assert not differ, "\n".join(differ)


def opened(one, path, flags=0, resolve=0):
    """openat2 from the working directory, which is the root."""
    how = struct.pack("<QQQ", flags, 0o600 if flags & os.O_CREAT else 0, resolve)
    return one.call(f"openat2 -100 s:{path} h:{how.hex()} 24")


def test_n5_nothing_above_the_home_can_be_opened(taken):
    """Not by dots, not by links, not by /proc: the home is the root, for every call there is."""
    taken.put("mine", b"x")
    os.symlink("/etc/passwd", taken.home("alice", "absolute"))
    os.symlink("../../../../../../../../etc/passwd", taken.home("alice", "relative"))
    with in_jail(taken) as one:
        assert opened(one, "/mine") == "fine"
        for path in ("/etc/passwd", "../../../../../../etc/passwd", "/absolute", "/relative",
                     "/proc/self/root/etc/passwd", taken.user_file, taken.home("bob"), "/dev/null"):
            assert opened(one, path) in ("ENOENT", "EACCES"), path
        for call in ("statx -100 s:../../../etc/passwd 0 0 z:256", "readlinkat -100 s:/proc/self/exe z:99 99",
                     "unlinkat -100 s:../../../etc/hostname 0", "renameat2 -100 s:/mine -100 s:../../../tmp/x 0"):
            assert one.call(call) == "ENOENT", call
    assert os.listdir(taken.home("alice")) and os.path.exists("/etc/hostname")


def test_i3_another_users_files_are_out_of_reach(taken):
    secret = taken.put("secret", b"bob's", user="bob", mode=0o600)
    with in_jail(taken) as one:
        assert opened(one, secret) == "ENOENT"
        assert opened(one, "/" + os.path.relpath(secret, taken.home("alice"))) == "ENOENT"


def test_i3_a_taken_jail_can_not_write_for_others(taken):
    """No set-uid file of another's, no file of root's: the kernel knows who it is."""
    with in_jail(taken) as one:
        assert opened(one, "/made", os.O_CREAT | os.O_WRONLY) == "fine"
    about = os.stat(taken.home("alice", "made"))
    assert about.st_uid == taken.user("alice").uid


@pytest.mark.parametrize("what,message", [
    ("any bytes", b"\xff" * 64), ("a log-in of its own", head(LOGIN) + b"\0" * 1024),
    ("an empty word", b"\0")], ids=["bytes", "login", "empty"])
def test_i8_auth_hears_nothing_from_a_jail_that_may_not_be(taken, what, message):
    auth = taken.one("auth")
    with in_jail(taken) as one:
        one.send(AUTH, message)
    with Session(taken).login("bob"):
        assert auth.alive()


# What a JAIL may ask auth about its user.
OPEN, MORE, CLOSE, COUNTED, RATE, OWNER, FREED = values(
    "QUOTA_OPEN", "QUOTA_MORE", "QUOTA_CLOSE", "QUOTA_COUNTED", "RATE_TAKE", "OWNER_NAME", "QUOTA_FREED")
GRANTED, REACHED, COUNT = values("QUOTA_GRANTED", "QUOTA_REACHED_BYTES", "QUOTA_COUNT")
FILE, BYTES, ANY, NUMBERS, WANTS = values("QUOTA_WANT_FILE", "QUOTA_WANT_BYTES", "QUOTA_WANT_ANY", "QUOTA_WANT_NUMBERS",
                                          "QUOTA_WANTS")
OF_USER, UPLOADS = values("OWNER_OF_USER", "RATE_UP")


def quota_ask(kind, wants=0, least=0):
    return Message("quota_ask").pack(head_type=kind, head_serial=7, wants=wants, least=least)


def quota_change(kind, size, files):
    return Message("quota_close").pack(head_type=kind, head_serial=7, bytes=size, files=files)


def quota_counted(size, files):
    return Message("quota_counted").pack(head_type=COUNTED, head_serial=7, bytes=size, files=files)


def owner_ask(kind, number):
    return Message("owner_ask").pack(head_type=OWNER, head_serial=7, kind=kind, id=number)


def rate_take(size):
    return Message("rate_take").pack(head_type=RATE, head_serial=7, direction=UPLOADS, bytes=size)


def wait_us(came):
    return Message("rate_answer").unpack(came[0]).wait_us


def quota_answer(came):
    """(result, bytes granted, bytes used, files used)"""
    content, fd = came
    assert fd == -1
    said = Message("quota_answer").unpack(content)
    return said.result, said.bytes, said.used_bytes, said.used_files


@pytest.fixture(scope="module")
def rationed(make_shared_server):
    return server_of(make_shared_server, "jail", config={"daemon": {"pool_min": 4}, "defaults": {"quota_bytes": "1M"}})


@pytest.mark.parametrize("messages", [
    [quota_ask(OPEN, WANTS + 1)], [quota_ask(MORE, BYTES)], [quota_ask(OPEN), quota_ask(OPEN)],
    [quota_ask(OPEN), quota_ask(MORE, ANY)], [quota_ask(OPEN), quota_ask(MORE, FILE, 5)],
    [quota_change(FREED, -1, -1)], [quota_ask(OPEN), quota_change(FREED, 1, 0)], [quota_counted(0, 0)],
    [quota_change(CLOSE, 0, 0)[:-8]], [rate_take(5)], [owner_ask(OF_USER, 0)], [head(99)]],
    ids=["wants", "more-unopened", "open-twice", "more-any", "more-least", "freed-unopened", "freed-more",
         "count-unasked", "close-short", "rate-unshared", "owner-unpermitted", "type"])
def test_i8_what_a_jail_may_not_ask_ends_its_channel_to_auth(rationed, messages):
    auth = rationed.one("auth")
    with in_jail(rationed) as one:
        for message in messages:
            one.send(AUTH, message)
        answers = [one.read(AUTH) for _ in messages]
        assert answers[-1] == (b"", -1), "the end of file"
    with Session(rationed).login("bob"):
        assert auth.alive()


def test_with_names_a_taken_jail_learns_names_and_nothing_else(make_server):
    """list_owner = names discloses the names of the user file (the
    manual says so): never a hash, never more than a name."""
    server = server_of(make_server, "jail", config={"defaults": {"list_owner": "names"}})
    with in_jail(server) as one:
        for uid in (0, 5001, 5002, 2**32 - 1):
            content, fd = one.ask(AUTH, owner_ask(OF_USER, uid))
            answer = Message("owner_answer")
            assert fd == -1 and len(content) == answer.size
            assert answer.unpack(content).name.rstrip(b"\0") == {5001: b"alice", 5002: b"bob"}.get(uid, b"")
        one.send(AUTH, owner_ask(3, 5001))
        assert one.read(AUTH) == (b"", -1), "there is no such kind"


def test_a_taken_jail_can_lie_about_its_own_home_only(rationed):
    """Whatever it says: no number leaves its range, and another's ledger is as it was."""
    with in_jail(rationed) as alice, Session(rationed) as bob:
        bob.login("bob").prefix = "JAIL "
        for one, said in ((alice, 5), (bob, 7)):
            assert quota_answer(one.ask(AUTH, quota_ask(OPEN, NUMBERS)))[0] == COUNT
            one.send(AUTH, quota_counted(said, said))
        for number in (-2**63, 2**63 - 1, 2**63 - 1):
            assert quota_answer(alice.ask(AUTH, quota_ask(OPEN)))[0] == GRANTED
            alice.send(AUTH, quota_change(CLOSE, number, number))
        assert quota_answer(alice.ask(AUTH, quota_ask(OPEN, BYTES)))[0] == REACHED
        result, granted, used, files = quota_answer(bob.ask(AUTH, quota_ask(OPEN, BYTES)))
        assert (result, used, files) == (GRANTED, 7, 7) and granted > 0


@pytest.mark.parametrize("said", [2**30, 2**64 - 1], ids=["a GiB", "all"])
def test_a_taken_jail_slows_no_other_session_of_its_user(make_server, said):
    """A GiB at 50 kB/s would be six hours.  It claims a thousand of them."""
    server = server_of(make_server, "jail", config={"defaults": {"user_rate_up": "50k"}})
    with in_jail(server) as liar, in_jail(server) as other:
        for _ in range(1000):
            liar.send(AUTH, rate_take(said))
        assert 0 < wait_us(liar.read(AUTH)) <= 1000000
        assert wait_us(other.ask(AUTH, rate_take(1))) <= 500000


def test_i9_a_jails_lines_are_its_own_sessions(taken):
    with in_jail(taken) as one:
        text = b"one\nlogin refused: address=203.0.113.9 user=\"root\" reason=password"
        one.send(SCRIBE, note(text, cell=7))
        host = one.control.socket.getsockname()[0]
        line = taken.wait_log(r".*process=jail .*note: one\\x0alogin refused.*").group(0)
    assert f"address={host} user=\"alice\" note: " in line


DELETE, RENAME, LOGGED_IN, TRANSFER = values("EVENT_DELETE", "EVENT_RENAME", "EVENT_LOGIN", "SCRIBE_TRANSFER")


def test_i9_a_jails_deletions_are_its_own_sessions(taken):
    with in_jail(taken) as one:
        one.send(SCRIBE, change(DELETE, b"/a\" user=\"root", bytes=7))
        host = one.control.socket.getsockname()[0]
        line = taken.wait_log(r".* delete path=.*").group(0)
    assert f'address={host} user="alice" delete path="/a\\x22 user=\\x22root" bytes=7' in line


@pytest.mark.parametrize("record", [
    pytest.param(change(LOGGED_IN, b"/a"), id="a login"), pytest.param(change(99, b"/a"), id="no event"),
    pytest.param(change(RENAME, b"/a", from_length=2), id="a rename to nothing"),
    pytest.param(change(DELETE, b"/a", from_length=1), id="a deletion of two"),
    pytest.param(change(DELETE, b"/" * 40000), id="a path that is too long"),
    pytest.param(Message("scribe_transfer").pack_text("path", b"/a\0", head_type=TRANSFER, bytes=1, kind=1, complete=1,
                                                      reply=226), id="a transfer")])
def test_i9_the_scribe_takes_from_a_jail_only_what_is_a_jails(taken, record):
    with in_jail(taken) as one:
        before = taken.log_text().count("border violation: jail to scribe")
        one.send(SCRIBE, record)
        harness.wait_for(lambda: taken.log_text().count("border violation: jail to scribe") > before, 10,
                         "a line in the log")


@needs_filters
@pytest.mark.parametrize("call", ["openat {fd} s:.. 0", "openat2 {fd} s:.. z:24 24", "fchdir {fd}",
                                  "getdents64 {fd} z:4096 4096",
                                  "newfstatat {fd} s:.. z:144 0", "unlinkat {fd} s:mine 0"])
def test_i2_a_directory_that_a_taken_jail_hands_over_is_of_no_use(taken, call):
    """With both halves taken there is still no process that has the network and can open a file."""
    with in_jail(taken) as one:
        number = int(one.tell(f"CALL openat2 -100 s:/ h:{struct.pack('<QQQ', os.O_DIRECTORY, 0, 0).hex()} 24")[0])
        fd = int(one.tell(f"GIVE {number}")[0])
        one.prefix = ""
        assert one.call(f"close {fd + 20}") == "EBADF"
        assert one.call(call.format(fd=fd)) == KILLED
