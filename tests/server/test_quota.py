# SPDX-License-Identifier: BSD-2-Clause
"""Quotas (laws U3, U5, R2): never more on the disk than was granted, whatever runs
side by side or dies, and a ledger that agrees with the disk afterwards."""

import fcntl
import os
import random
import re
import signal
import stat
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest

from control import net_has_read
from harness import User
from proc import wait_for

MB = 1000000


def on_disk(server, user="alice"):
    """What the quota counts: bytes of regular files, names; the server's empty markers are none."""
    total = files = 0
    for folder, folders, names in os.walk(server.home(user)):
        files += len(folders)
        for name in names:
            about = os.lstat(os.path.join(folder, name))
            if name.startswith(".wardftpd-") and about.st_size == 0:
                continue
            files += 1
            total += about.st_size if stat.S_ISREG(about.st_mode) else 0
    return total, files


def used(control):
    """What the ledger says."""
    reply = control.command("SITE QUOTA", 200)
    return tuple(int(n) for n in re.search(r"Used: (\d+) bytes.*?, (\d+) files", reply.text).groups())


def agrees(server, control, user="alice"):
    told = used(control)
    assert told == on_disk(server, user)
    return told


@pytest.fixture
def limited(make_server):
    """alice: 10 MB and 20 files."""

    def make(quota="10M", files=20, **keys):
        return make_server(config={"user alice": {"quota_bytes": quota, "quota_files": files, "sync_uploads": "no",
                                                  **keys}})

    return make


def test_r2_a_refusal_names_the_quota(limited):
    server = limited(files=3)
    control = server.login()
    assert control.command("SITE QUOTA", 200).text == "200 Used: 0 bytes of 10 MB, 0 files of 3."
    control.store("STOR one", b"x" * (8 * MB))
    reply = control.store("STOR two", b"y" * (3 * MB), 552)
    assert reply.text == "552 Quota of 10 MB exceeded."
    kept = len(server.read("two"))
    assert 8 * MB + kept == 10 * MB, "law U3: what there was room for is kept, to the last byte"
    control.epsv()
    assert control.command("APPE two").text == "552 Quota of 10 MB exceeded.", "before the 150"
    control.command("DELE two", 250)
    control.command("MKD three", 257)
    control.store("STOR four", b"")
    control.epsv()
    assert control.command("STOR five").text == "552 Quota of 3 files exceeded."
    assert control.command("MKD five").text == "552 Quota of 3 files exceeded."
    agrees(server, control)
    assert server.login("bob").command("SITE QUOTA", 200).text == "200 You have no quota."


# every kind of change keeps the ledger right

@pytest.mark.parametrize("uploads", ["atomic", "direct"])
def test_the_ledger_follows_every_change(limited, uploads):
    server = limited(uploads=uploads)
    control = server.login()
    steps = [
        (">STOR file", 226, (MB, 1)), (">STOR file", 226, (MB, 1)), (">APPE file", 226, (2 * MB, 1)),
        ("REST 1500000", 350, None), (">STOR file", 226, (2500000, 1)), (">STOU", 226, (3500000, 2)),
        ("MKD folder", 257, (3500000, 3)), (">STOR folder/inner", 226, (4500000, 4)), ("RNFR folder/inner", 350, None),
        ("RNTO file", 250, (2 * MB, 3)), ("RNFR folder", 350, None), ("RNTO other", 250, (2 * MB, 3)),
        ("RMD other", 250, (2 * MB, 2)), ("DELE file", 250, (MB, 1)), ("DELE file", 550, (MB, 1)),
        (">APPE new", 226, (2 * MB, 2)),
    ]
    for line, code, expected in steps:
        if line.startswith(">"):
            control.store(line[1:], b"z" * MB, code)
        else:
            control.command(line, code)
        if expected:
            assert agrees(server, control) == expected, line


def test_u3_what_a_failed_upload_leaves_is_counted(limited):
    server = limited()
    control = server.login()
    control.store("STOR old", b"o" * MB)
    for name, expected in (("old", (1200000, 2)), ("new", (1400000, 3))):
        data = control.connect_data()
        control.command(f"STOR {name}", 150)
        data.sendall(b"n" * 200000)
        net_has_read(data)
        control.command("ABOR", 426)
        assert control.reply().code == 226
        data.close()
        assert agrees(server, control) == expected
    control.command("MKD folder", 257)
    control.store("STOR folder/old", b"o")
    with control.connect_data() as data:
        control.command("STOR folder/old", 150)
        data.sendall(b"n" * 1000)
        net_has_read(data)
        control.command("ABOR", 426)
        assert control.reply().code == 226
    assert agrees(server, control) == (1401001, 6)
    os.unlink(server.home("alice", "folder/old"))  # another program's: only the part is left
    control.command("RMD folder", 250)
    assert used(control) == (1400001, 4), "the ledger does not know of what another program removed"
    control.store("STOR old", b"o" * MB)
    assert used(control) == (1200001, 3), "a whole upload clears the part"


def test_a_smaller_version_makes_room_and_a_larger_one_needs_it(limited):
    server = limited()
    control = server.login()
    control.store("STOR file", b"1" * (9 * MB))
    control.store("STOR file", b"2" * (10 * MB))
    assert agrees(server, control) == (10 * MB, 1)
    assert control.store("STOR file", b"3" * (10 * MB + 1), 552).text == "552 Quota of 10 MB exceeded."
    assert server.read("file") == b"2" * (10 * MB), "law U3"
    control.store("STOR file", b"4" * MB)
    assert agrees(server, control) == (MB, 1)


def test_u5_allo_and_avbl_know_the_quota(limited):
    server = limited()
    control = server.login()
    control.store("STOR file", b"1" * (4 * MB))
    assert control.command("AVBL", 213).text == f"213 {6 * MB}"
    control.command(f"ALLO {6 * MB}", 200)
    assert control.command(f"ALLO {6 * MB + 1}", 552).text == "552 Quota of 10 MB: only 6000000 bytes are left."


def test_a_directory_can_t_be_hidden_from_the_count(limited):
    control = limited().login()
    control.command("MKD folder", 257)
    control.command("SITE CHMOD 000 folder", 550)
    control.command("SITE CHMOD 500 folder", 200)


def test_an_incomplete_count_does_not_lower_the_usage(limited):
    """A directory that the user can't list, for whatever reason."""
    server = limited(quota_recount=1)
    control = server.login()
    control.command("MKD folder", 257)
    control.store("STOR folder/file", b"f" * MB)
    os.chmod(server.home("alice", "folder"), 0)
    counts = log_of_counts(server)
    wait_for(lambda: used(control) and log_of_counts(server) > counts, 10, "a new count")
    assert used(control) == (MB, 2)


def test_a_count_finds_every_kind_and_depth(limited):
    server = limited()
    inner = os.open(server.home(), os.O_DIRECTORY)
    for _ in range(300):  # deeper than PATH_MAX in all
        folder = inner
        os.mkdir("deep-directory", dir_fd=folder)
        inner = os.open("deep-directory", os.O_DIRECTORY, dir_fd=folder)
        os.fchown(inner, 5001, 5001)
        os.close(folder)
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=inner))
    os.truncate(f"/proc/self/fd/{inner}/file", 1234)
    os.close(inner)
    os.mkfifo(server.home("alice", "fifo"))
    os.symlink("/", server.home("alice", "link"))
    os.link(server.put("one", b"o" * 100), server.home("alice", "two"))
    server.put(".wardftpd-" + "0" * 32 + ".part")
    assert used(server.login()) == (1434, 305), "300 directories, a file, FIFO, link, two names of a file; no marker"


# side by side

def upload(control, name, size, replies):
    """One session's upload; the last reply's code, be it before the 150."""
    with control.connect_data() as data:
        reply = control.command(f"STOR {name}")
        if reply.code == 150:
            try:
                data.sendall(os.urandom(size))
            except ConnectionError:  # refused in its middle: the rest was not read
                pass
            data.close()
            reply = control.reply()
    replies[name] = reply.code


def all_at_once(controls, size, prefix="file"):
    replies = {}
    threads = [threading.Thread(target=upload, args=(control, f"{prefix}{i}", size, replies))
               for i, control in enumerate(controls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return replies


@pytest.mark.parametrize("uploads", ["atomic", "direct"])
def test_eight_uploads_never_pass_the_quota(limited, uploads):
    server = limited(uploads=uploads)
    controls = [server.login() for _ in range(8)]
    replies = all_at_once(controls, 2 * MB)
    total, _ = agrees(server, controls[0])
    assert total <= 10 * MB
    assert 552 in replies.values(), "16 MB do not fit"
    assert set(replies.values()) <= {226, 552}  # eight in step all meet the end: each is refused
    assert total > 10 * MB - 8 * (10 * MB // 64), "what is left is what eight leases may have bound"
    whole = [name for name, code in replies.items() if code == 226]
    assert all(len(server.read(name)) == 2 * MB for name in whole)


def test_eight_sessions_never_pass_the_quota_of_files(limited):
    server = limited(files=5)
    controls = [server.login() for _ in range(8)]
    replies = all_at_once(controls, 100)
    assert sorted(replies.values()) == [226] * 5 + [552] * 3
    assert agrees(server, controls[0]) == (500, 5)


def one_change(control, choice):
    """Any change of few names, so that sessions meet; whatever the answer is."""
    name, other = (choice.choice(["a", "b", "c", "d/a", "d/b", "e"]) for _ in range(2))
    kind = choice.choice(["STOR", "STOR", "STOR", "APPE", "REST", "STOU", "DELE", "RNFR", "MKD", "RMD", "ABOR"])
    if kind in ("DELE", "RMD"):
        control.command(f"{kind} {choice.choice([name, 'd'])}")
    elif kind == "MKD":
        control.command(f"MKD {choice.choice(['d', 'e'])}")
    elif kind == "RNFR":
        if control.command(f"RNFR {name}").code == 350:
            control.command(f"RNTO {other}")
    else:
        random_upload(control, choice, kind, name)


def random_upload(control, choice, kind, name):
    verb = {"REST": "STOR", "ABOR": "STOR"}.get(kind, kind)
    with control.connect_data() as data:
        if kind == "REST":
            control.command(f"REST {choice.randrange(50000)}", 350)
        if control.command(f"{verb} {name}" if verb != "STOU" else verb).code != 150:
            return
        try:
            data.sendall(b"r" * choice.randrange(150000))
        except ConnectionError:
            pass
        if kind == "ABOR":
            control.send("ABOR")
            control.reply()  # of the transfer, whatever became of it
            assert control.reply().code == 226
            return
        data.close()
        control.reply()


@pytest.mark.parametrize("uploads", ["atomic", "direct"])
def test_the_ledger_agrees_after_any_changes_by_four_sessions(limited, uploads):
    server = limited(quota="1M", files=12, uploads=uploads)
    controls = [server.login() for _ in range(4)]
    failures = []

    def change(number):
        choice = random.Random(number)
        try:
            for _ in range(60):
                one_change(controls[number], choice)
        except Exception as error:  # noqa: BLE001 # reported by the test, not by the thread
            failures.append(repr(error))

    threads = [threading.Thread(target=change, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert not failures and not any(thread.is_alive() for thread in threads)
    total, files = agrees(server, controls[0])
    assert total <= MB and files <= 12
    assert log_of_counts(server) == 1, "by what the sessions told, not by a count"


@pytest.mark.parametrize("uploads", ["atomic", "direct"])
def test_the_ledger_agrees_where_four_sessions_want_the_same_two_names(limited, uploads):
    """Made, moved away, replaced and removed at the same moment: each file is counted by one of them."""
    server = limited(quota="8M", files=400, uploads=uploads)
    controls = [server.login() for _ in range(4)]

    def change(number):
        choice = random.Random(number)
        control = controls[number]
        for _ in range(300):
            name, kind = choice.choice("ab"), choice.choice(["STOR", "STOR", "APPE", "DELE", "RNFR"])
            if kind == "DELE":
                control.command("DELE " + name)
            elif kind == "RNFR":
                if control.command("RNFR " + name).code == 350:
                    control.command(f"RNTO {choice.randrange(20)}")
            else:
                random_upload(control, choice, kind, name)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(change, range(4)))
    agrees(server, controls[0])


@contextmanager
def no_change_in(server, user="alice"):
    """Holds the lock that a session holds while it changes names below this home."""
    home = os.open(server.home(user), os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(home, fcntl.LOCK_EX)
        yield
    finally:
        os.close(home)


def wait_until_it_waits_for_the_lock(server, user="alice"):
    """A JAIL that waits for it tries again every millisecond."""
    jail = server.jail_of(user)

    def turns():
        with open(f"/proc/{jail.pid}/status") as file:
            return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", file.read(), re.M).group(1))

    before = turns()
    wait_for(lambda: turns() > before + 50, 10, "a JAIL that waits for the lock")


@pytest.mark.parametrize("uploads", ["atomic", "direct"])
@pytest.mark.parametrize("verb", ["STOR", "APPE"])
def test_a_target_removed_as_its_upload_begins_is_a_new_file(limited, uploads, verb):
    """Found when it was there, so no file was asked of the quota; gone before the upload had its lock."""
    server = limited(files=2, uploads=uploads)
    control = server.login()
    control.store("STOR one", b"1")
    control.store("STOR two", b"2")
    with control.connect_data():
        with no_change_in(server):
            control.send(f"{verb} one")
            wait_until_it_waits_for_the_lock(server)
            os.unlink(server.home("alice", "one"))
        code = control.reply().code
        assert (control.reply().code if code == 150 else code) == 552
    assert os.listdir(server.home("alice")) == ["two"]


@pytest.mark.parametrize("uploads", ["atomic", "direct"])
def test_a_target_that_shrinks_as_its_upload_begins_is_worth_less(limited, uploads):
    """The bytes of the old version may be written over: those that it has once the upload has its lock."""
    server = limited(quota="1M", uploads=uploads)
    control = server.login()
    control.store("STOR one", b"1" * MB)
    with control.connect_data() as data:
        with no_change_in(server):
            control.send("STOR one")
            wait_until_it_waits_for_the_lock(server)
            with open(server.home("alice", "one"), "r+b") as file:
                file.truncate(1000)
        assert control.reply().code == 150
        try:
            data.sendall(b"2" * MB)
        except ConnectionError:
            pass
        data.close()
        assert control.reply().code == 552
    assert on_disk(server)[0] <= 1000


# over deaths

def begin(control, name, size):
    """An upload up to the middle: size bytes are with the server."""
    data = control.connect_data()
    control.command(f"STOR {name}", 150)
    data.sendall(b"b" * size)
    net_has_read(data)
    return data


def log_of_counts(server):
    return len(re.findall("counted for the quota", server.log_text()))


def test_a_restart_keeps_the_ledger(limited):
    server = limited()
    control = server.login()
    control.store("STOR file", b"1" * (7 * MB))
    assert server.stop() == 0
    assert server.launch()
    control = server.login()
    assert agrees(server, control) == (7 * MB, 1)
    assert log_of_counts(server) == 1, "within one boot nothing is counted twice"


def test_an_auth_killed_in_an_upload(limited):
    """Invariant I6: the session spends its lease, then gets 452; the next auth knows of it."""
    server = limited()
    control = server.login()
    data = begin(control, "first", MB)
    auth = server.one("auth")
    os.kill(auth.pid, signal.SIGKILL)
    server.restarted("auth", auth)
    with suppress(ConnectionError):  # the rest may be dropped for a while
        for _ in range(100):
            data.sendall(b"c" * MB)
    data.close()
    assert control.reply().text == "452 The quota can't be checked at the moment; try again later."
    kept, _ = on_disk(server)
    assert MB < kept < 10 * MB
    other = server.login()
    assert used(other)[0] >= kept, "what was leased counts as used"
    control.close()
    wait_for(lambda: len([p for p in server.processes("jail") if p.runs_as(5001)]) == 1, 10, "the old session's end")
    wait_for(lambda: used(other) == on_disk(server), 10, "a count, once no lease of before can be out")


def kill_jail_in_upload(server, name, size):
    """With a file `old` of 6 MB; the user's next session."""
    control = server.login()
    control.store("STOR old", b"o" * (6 * MB))
    data = begin(control, name, size)
    os.kill(server.jail_of("alice").pid, signal.SIGKILL)
    assert control.ended()
    data.close()
    return server.login()


def test_a_jail_killed_in_an_upload(limited):
    server = limited()
    other = kill_jail_in_upload(server, "new", 2 * MB)
    wait_for(lambda: used(other) == on_disk(server), 10, "a count of what it left")
    assert used(other)[0] == 8 * MB
    other.command("SIZE new", 213)
    assert agrees(server, other) == (8 * MB, 2), "settled: it has its name now"


def test_a_jail_killed_in_a_replacement(limited):
    """The part of an old name is there to be gone on with, and counts; a whole upload clears it."""
    server = limited()
    other = kill_jail_in_upload(server, "old", 3 * MB)
    wait_for(lambda: used(other) == (9 * MB, 2) and log_of_counts(server) == 2, 10, "a count of what it left")
    assert other.store("STOR another", b"a" * (4 * MB), 552).text == (
        "552 Quota of 10 MB exceeded; unfinished uploads take 3000000 bytes of it.")
    other.command("DELE another")
    other.store("STOR old", b"o" * (6 * MB))
    other.store("STOR another", b"a" * (4 * MB))
    assert agrees(server, other) == (10 * MB, 2)


def test_u3_parts_that_are_too_old_make_room(make_server):
    """The user's own aged parts go first, before a byte is refused and in the middle of an upload."""
    server = make_server(config={"defaults": {"quota_bytes": "10M", "failed_upload_lifetime": 3600}})
    control = server.login()
    control.store("STOR old", b"o" * (4 * MB))
    with control.connect_data() as data:
        control.command("STOR old", 150)
        data.sendall(b"n" * (5 * MB))
        net_has_read(data)
        control.command("ABOR", 426)
        assert control.reply().code == 226
    assert agrees(server, control) == (9 * MB, 2)
    assert "5000000 bytes" in control.store("STOR more", b"m" * (5 * MB), 552).text
    control.command("DELE more")
    assert agrees(server, control) == (9 * MB, 2)
    part = next(name for name in os.listdir(server.home()) if name != "old")
    then = os.stat(server.home("alice", part)).st_mtime - 7200
    os.utime(server.home("alice", part), (then, then))
    other = server.login()  # a session looks again only after ten times as long as its last look took
    other.store("STOR more", b"m" * (6 * MB))
    assert agrees(server, other) == (10 * MB, 2)


def test_u3_a_cut_overwrite_never_passes_the_quota(limited):
    """An overwrite may grow into the room of the old version; when it is cut, that is still there."""
    server = limited()
    control = server.login()
    control.store("STOR old", b"o" * (8 * MB))
    with control.connect_data() as data:
        control.command("STOR old", 150)
        data.sendall(b"n" * (7 * MB))
        net_has_read(data)
        control.command("ABOR", 426)
        assert control.reply().code == 226
    bytes_left, files = agrees(server, control)
    assert 8 * MB <= bytes_left <= 10 * MB and files <= 2
    assert server.read("old") == b"o" * (8 * MB)


def test_a_master_killed_in_an_upload(limited):
    """The old auth grants nothing more, and the new one takes what was leased for used while the session lives."""
    server = limited()
    control = server.login()
    control.store("STOR old", b"o" * MB)
    data = begin(control, "new", 5 * MB)
    server.kill()
    assert server.launch()
    other = server.login()
    assert used(other)[0] >= 6 * MB
    replies = {}
    upload(other, "more", 5 * MB, replies)
    assert replies["more"] == 552
    with suppress(ConnectionError):  # the rest may be dropped for a while
        for _ in range(100):
            data.sendall(b"c" * MB)
    data.close()
    assert control.reply().code == 452
    assert on_disk(server)[0] <= 10 * MB
    control.close()
    wait_for(lambda: used(other) == on_disk(server), 10, "a count, once the old session has ended")


# changes of others

def test_what_other_programs_do_is_counted_in_time(limited):
    server = limited(quota_recount=1)
    control = server.login()
    control.store("STOR file", b"1" * (9 * MB))
    server.put("foreign", b"f" * MB)
    server.mkdir("folder")
    wait_for(lambda: used(control) == (10 * MB, 3), 10, "a new count")
    control.epsv()
    control.command("STOR more", 552)
    os.unlink(server.home("alice", "foreign"))
    wait_for(lambda: used(control) == (9 * MB, 2), 10, "a new count")
    control.store("STOR more", b"m" * MB)
    agrees(server, control)


def test_sessions_wait_for_one_count(limited):
    server = limited(files=5000)
    for folder in range(20):
        server.mkdir(f"d{folder}")
        for name in range(100):
            server.put(f"d{folder}/{name}", b"12345")
    controls = [server.login() for _ in range(6)]
    for control in controls:
        control.send("SITE QUOTA")
    replies = {control.reply().text for control in controls}
    assert replies == {"200 Used: 10000 bytes of 10 MB, 2020 files of 5000."}
    wait_for(lambda: log_of_counts(server), what="the line of the count")
    assert log_of_counts(server) == 1


def test_two_users_of_one_home_share_its_quota(make_server):
    alice = User("alice", 5001)
    server = make_server(users=[alice], config={"defaults": {"quota_bytes": "3M"}})
    server.users.append(User("twin", 5001, home=alice.home))
    server.write_users()
    first = server.login("alice")
    server.wait_log(": 2 users")  # auth looks when somebody tries
    second = server.login("twin")
    first.store("STOR one", b"1" * (2 * MB))
    assert used(second) == (2 * MB, 1)
    replies = {}
    upload(second, "two", 2 * MB, replies)
    assert replies["two"] == 552
    assert on_disk(server)[0] == 3 * MB


# rates that a user's sessions share

def test_the_sessions_of_a_user_share_a_rate(make_server):
    """Four transfers at once take as long as one of their sum: bytes divided by the rate, at least."""
    server = make_server(config={"user alice": {"user_rate_down": "1M", "user_rate_up": "1M"}})
    server.put("file", b"f" * 500000)
    controls = [server.login() for _ in range(4)]
    for direction in ("down", "up"):
        start = time.monotonic()
        if direction == "down":
            threads = [threading.Thread(target=control.fetch, args=("RETR file",)) for control in controls]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
        else:
            assert set(all_at_once(controls, 500000).values()) == {226}
        assert time.monotonic() - start > 1.0, f"2 MB {direction} in two seconds, but for what each may begin with"
