# SPDX-License-Identifier: BSD-2-Clause
"""The laws of logging in (L1 to L6), and who the user is afterwards."""

import os
import re
import select
import signal
import threading
import time

import pytest

import harness
from control import Closed
from harness import User, hash_password, group_server
from proc import wait_for


def attempt(server, name, password, source=None):
    """One try on a connection of its own; the reply to PASS."""
    with server.connect(source=source) as control:
        control.command("USER " + name, 331)
        return control.command("PASS " + password)


def accepted(server, user, password=None):
    return attempt(server, user.name, password or user.password).code == 230


# L1


def unwelcome():
    """Users who may not come in, though their password is right."""
    return [
        User("locked", 5010, password="pw", hash="!" + hash_password("pw")),
        User("starred", 5011, password="pw", hash="*"),
        User("root", 0, password="pw"),
        User("toor", 0, gid=5012, password="pw"),
        User("system", 33, password="pw"),
        User("des", 5013, password="pw", hash=hash_password("pw", "ab")),
        User("md5", 5014, password="pw", hash=hash_password("pw", "$1$saltsalt")),
        User("sha1", 5015, password="pw", hash=hash_password("pw", "$sha1$4096$saltsalt")),
        User("sunmd5", 5016, password="pw", hash=hash_password("pw", "$md5,rounds=100$saltsalt$$")),
        User("nt", 5017, password="pw", hash=hash_password("pw", "$3$")),
        User("empty", 5018, password="pw", hash="x"),
    ]


def test_l1_every_refusal_reads_the_same(make_server):
    server = make_server(users=[User("alice", 5001), *unwelcome()])
    replies, first = {}, {}
    threads = []

    def ask(index, name, password):
        with server.connect(source=f"127.0.2.{index}", timeout=60) as control:
            first[name] = control.command("USER " + name).text.replace(name, "NAME")
            replies[name] = control.command("PASS " + password).text.replace(name, "NAME")

    asked = [("alice", "wrong"), ("unknown", "pw")] + [(user.name, "pw") for user in unwelcome()]
    for index, (name, password) in enumerate(asked):
        threads.append(threading.Thread(target=ask, args=(index + 1, name, password)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    assert len(replies) == len(asked)
    assert len(set(replies.values())) == 1, replies
    assert next(iter(replies.values())).startswith("530")
    assert len(set(first.values())) == 1, first
    assert accepted(server, server.user("alice"))


def test_l1_the_log_says_which_it_was(make_server):
    server = make_server(users=[User("alice", 5001), User("locked", 5010, password="pw", hash="!x")])
    for index, (name, password) in enumerate((("alice", "wrong"), ("unknown", "pw"), ("locked", "pw"))):
        assert attempt(server, name, password, f"127.0.3.{index + 1}").code == 530
    server.wait_log("locked.*locked")
    lines = [line for line in server.log_text().splitlines() if "127.0.3." in line]
    reasons = {name: next(line for line in lines if name in line and re.search("refus|fail", line, re.I))
               for name in ("alice", "unknown", "locked")}
    stripped = {re.sub(r"alice|unknown\b(?! user)|locked(?=[^ ]*\")|\d+", "", line) for line in reasons.values()}
    assert len(stripped) == 3, reasons


def test_l1_unknown_and_wrong_take_the_same_time(make_server):
    """With a hash that costs enough to be seen. The shortest time of
    several is that of the hash: a busy machine only adds."""
    setting = "$6$rounds=200000$saltsaltsalt$"
    server = make_server(users=[User("alice", 5001, password="right", hash=hash_password("right", setting))])
    times = {"alice": [], "unknown": []}

    def alike(index):
        for offset, name in enumerate(times):
            began = time.monotonic()
            assert attempt(server, name, "wrong", f"127.0.4.{index * 2 + offset + 1}").code == 530
            times[name].append(time.monotonic() - began)
        return index >= 3 and 0.5 < min(times["unknown"]) / min(times["alice"]) < 2

    assert any(alike(index) for index in range(20)), times


def test_l1_sequence_of_commands(server):
    control = server.connect()
    assert control.command("PASS early").code == 503
    for name in ("alice", "unknown", "anonymous", "root"):
        assert control.command("USER " + name).code == 331, name
    control.login("alice", server.user().password)
    assert control.command("USER bob").code == 503
    assert control.command("PASS again").code == 503
    assert control.command("REIN").code == 502
    assert control.command("NOOP").code == 200


def test_l1_a_second_user_replaces_the_first(server):
    control = server.connect()
    control.command("USER bob", 331)
    control.command("USER alice", 331)
    assert control.command("PASS " + server.user().password).code == 230
    assert server.jail_of("alice")


def test_max_login_failures_end_the_session(server):
    control = server.connect(timeout=60)
    codes = []
    try:
        for _ in range(4):
            control.command("USER alice")
            codes.append(control.command("PASS wrong").code)
            if codes[-1] == 421:
                break
        codes.append(control.reply().code)
    except Closed:
        pass
    assert codes[:2] == [530, 530]
    assert 421 in codes and len(codes) <= 4, codes
    assert control.ended()
    assert accepted(server, server.user())


# L2


def test_l2_a_storm_of_wrong_logins_delays_the_attackers(make_server):
    setting = "$6$rounds=300000$saltsaltsalt$"
    users = [User("alice", 5001), User("slow", 5002, password="right", hash=hash_password("right", setting))]
    server = make_server(users=users, config={"daemon": {"auth_concurrency": 2}})
    controls = [server.connect(source="127.0.5.1", timeout=120) for _ in range(40)]
    for control in controls:
        control.command("USER slow", 331)
    for control in controls:
        control.send("PASS wrong")
    assert len([p for p in server.processes("hasher") if not p.ending()]) <= 2 + 4
    began = time.monotonic()
    assert accepted(server, server.user("alice"))
    assert time.monotonic() - began < 20
    assert any(not select.select([control.socket], [], [], 0)[0] for control in controls), "alice was not served last"
    for control in controls:
        control.close()


# L4


def test_l4_long_passwords(make_server):
    users = [User("most", 5001, password="p" * 512, hash=hash_password("p" * 511)), User("alice", 5002)]
    server = make_server(users=users)
    for length in (513, 2000, 3900):
        assert attempt(server, "alice", "x" * length, f"127.0.6.{length % 200 + 1}").code == 530
    assert accepted(server, users[0], "p" * 511)
    assert accepted(server, users[1])


def test_l4_an_overlong_password_is_not_cut_to_the_right_one(make_server):
    password = "q" * 511
    server = make_server(users=[User("alice", 5001, password=password)])
    assert attempt(server, "alice", password + "r" * 3).code == 530
    assert accepted(server, server.user())


HASHES = {
    "yescrypt": "$y$j75$saltsaltsalt$",
    "gost-yescrypt": "$gy$j75$saltsaltsalt$",
    "bcrypt": "$2b$04$abcdefghijklmnopqrstuu",
    "sha512": "$6$rounds=1000$saltsaltsalt$",
    "sha256": "$5$rounds=1000$saltsaltsalt$",
}


def test_l4_good_kinds_of_hashes_are_taken(make_server):
    users = [User(kind, 5100 + n, password="right", hash=hash_password("right", setting))
             for n, (kind, setting) in enumerate(HASHES.items())]
    assert not [user.name for user in users if user.hash.startswith("*")]
    server = make_server(users=users)
    for user in users:
        assert accepted(server, user), user.name
        assert server.wait_log(user.name)


def test_l4_sha256_is_warned_about(make_server):
    server = make_server(users=[User("old", 5001, password="right", hash=hash_password("right", HASHES["sha256"]))])
    assert accepted(server, server.user("old"))
    server.wait_log(r"(?i)old.*(sha-?256|\$5\$)|(sha-?256|\$5\$).*old")


def test_l4_minimum_uid(make_server):
    server = make_server(users=[User("just", 700), User("below", 699)], config={"daemon": {"minimum_uid": 700}})
    assert accepted(server, server.user("just"))
    assert not accepted(server, server.user("below"))


# L5


@pytest.mark.parametrize("mode", [0o700, 0o755, 0o777])
def test_l5_a_writable_home_works(server, mode):
    os.chmod(server.home(), mode)
    control = server.login()
    control.store("STOR file", b"content")
    assert control.fetch("RETR file") == b"content"


# L6


def test_l6_no_secret_is_logged(server):
    secret, wrong = server.user().password, "wrong-6b1f0e"
    control = server.connect(timeout=60)
    control.command("PASS " + wrong)
    control.command("USER alice")
    control.command("pass " + wrong)
    control.command("USER alice")
    control.command("PaSs " + secret)
    control.command("PASS " + wrong)
    control.fetch("LIST")
    control.command("QUIT")
    server.wait_log("alice")
    server.stop()
    text = server.log_text()
    assert secret not in text and wrong not in text and server.user().hash not in text
    assert server.user("bob").hash not in text


def test_log_lines_can_not_be_forged(server):
    """M3: control bytes are escaped; the second line is the attacker's wish only."""
    with server.connect() as control:
        control.command(b"USER x\r\x1b[2J\x07 logged in as root", 331)
        control.command("PASS wrong", 530)
    server.wait_log("logged in as root")
    assert "\x1b" not in server.log_text() and "\x07" not in server.log_text()
    line = next(line for line in server.log_text().splitlines() if "logged in as root" in line)
    assert "\\x1" in line


# the user file


def test_a_replaced_user_file_is_used(server):
    carol = User("carol", 5003, home=server.home("bob"))
    alice = server.user("alice")
    assert not accepted(server, carol)
    running = server.login("bob")
    old, alice.hash = alice.password, hash_password("new-password")
    server.users = [alice, carol]
    server.write_users()
    wait_for(lambda: attempt(server, "alice", "new-password", "127.0.7.1").code == 230, 10, "the new password")
    os.chmod(server.home("alice"), 0o755)
    assert attempt(server, "alice", old, "127.0.7.2").code == 530
    assert attempt(server, "bob", "anything", "127.0.7.3").code == 530
    assert running.command("NOOP").code == 200


def test_the_first_login_after_a_replacement_sees_it(server):
    """After a change of the password the old one must not work any more."""
    alice = server.user("alice")
    for number in range(5):
        password = f"password-{number}"
        old, alice.password, alice.hash = alice.password, password, hash_password(password)
        server.write_users()
        assert attempt(server, "alice", password, f"127.0.8.{number + 1}").code == 230
        assert old != password


def test_a_user_file_edited_in_place_is_used(server):
    dave = User("dave", 5004, home=server.home("bob"))
    server.login("alice")
    with open(server.user_file, "a") as file:
        file.write(dave.line())
    os.chmod(server.home("bob"), 0o755)
    wait_for(lambda: attempt(server, "dave", dave.password).code == 230, 15, "the new user")


BROKEN = ["broken", "short:x:1", "bad-uid:{hash}:notanumber:5009::/:", "neg:{hash}:-5:5009::/:",
          "huge:{hash}:4294967296:5009::/:", "huge2:{hash}:18446744073709551617:5009::/:",
          "max:{hash}:4294967295:5009::/:", "relative:{hash}:5009:5009::home:", ":{hash}:5009:5009::/:",
          "one:two:three:four:five:six:seven:eight"]


def test_a_broken_line_costs_only_that_user(make_server):
    digest = hash_password("pw")

    def prepare(server):
        lines = server.users[0].line() + "# a comment\n\n"
        lines += "".join(line.format(hash=digest) + "\n" for line in BROKEN) + server.users[1].line()
        server.write_users(lines)

    server = make_server(prepare=prepare)
    assert accepted(server, server.user("alice")) and accepted(server, server.user("bob"))
    server.wait_log(r"passwd:4\b|line 4\b")
    for index, name in enumerate(("broken", "short", "bad-uid", "neg", "huge", "huge2", "max", "relative")):
        assert attempt(server, name, "pw", f"127.0.9.{index + 1}").code == 530, name
    for number in range(4, 4 + len(BROKEN)):
        server.wait_log(rf"passwd:{number}\b|line {number}\b")


def test_a_line_too_long_costs_only_that_user(make_server):
    def prepare(server):
        server.write_users(server.users[0].line() + "long:" + "x" * 100000 + "\n" + server.users[1].line())

    server = make_server(prepare=prepare)
    assert accepted(server, server.user("alice")) and accepted(server, server.user("bob"))


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o602])
def test_a_user_file_that_others_can_read_is_refused(scratch, mode):
    """At the start: the server refuses to begin, or no one gets in; either way it says why."""
    server = harness.Server(prepare=lambda one: os.chmod(one.user_file, mode))
    try:
        try:
            server.start()
        except AssertionError:
            assert server.popen.returncode > 0
        else:
            assert not accepted(server, server.user())
        assert re.search(re.escape(server.user_file) + r".*(mode|permission|read|write|0?600)", server.log_text())
    finally:
        server.finish()


def test_a_user_file_made_readable_later_is_refused(server):
    server.login()
    os.chmod(server.user_file, 0o644)
    eve = User("eve", 5005, home=server.home("bob"))
    server.users.append(eve)
    new = server.user_file + ".new"
    with open(new, "w") as file:
        file.writelines(user.line() for user in server.users)
    os.chmod(new, 0o644)
    os.rename(new, server.user_file)
    assert not accepted(server, eve)
    server.wait_log(re.escape(server.user_file) + r".*(mode|permission|read|write|0?600)")


# who the user is afterwards


def test_supplementary_groups_are_those_of_etc_group(make_server):
    users = [User("alice", 5001), User("bob", 5002)]
    lines = "wardtest-a:x:7771:alice\nwardtest-b:x:7772:bob,alice\nwardtest-c:x:7773:bob,alicex,xalice\n"
    server = group_server(make_server, users, lines)
    shared = server.home("alice", "for-group")
    with open(shared, "wb") as file:
        file.write(b"group content")
    os.chown(shared, 0, 7772)
    os.chmod(shared, 0o640)
    control = server.login("alice")
    assert control.fetch("RETR for-group") == b"group content"
    assert set(server.jail_of("alice").groups()) - {5001} == {7771, 7772}
    server.login("bob")
    assert set(server.jail_of("bob").groups()) - {5002} == {7772, 7773}


def test_a_user_without_groups_has_none(server):
    server.login()
    assert set(server.jail_of("alice").groups()) <= {5001}
    assert set(server.jail_of("alice").gids()) == {5001}


def test_files_are_the_users_own(server):
    control = server.login()
    control.store("STOR file", b"x")
    control.command("MKD dir", 257)
    for name in ("file", "dir"):
        info = os.stat(server.home("alice", name))
        assert (info.st_uid, info.st_gid) == (5001, 5001)
        assert info.st_mode & 0o022 == 0


def test_the_kernel_refuses_what_the_user_may_not(server):
    secret = server.put("secret", b"root's own", mode=0o600)
    os.chown(secret, 0, 0)
    os.mkdir(server.home("alice", "closed"), 0o700)
    control = server.login()
    for line in ("RETR secret", "CWD closed", "MKD closed/sub", "STOR closed/file", "DELE closed/x"):
        if line[:4] in ("RETR", "STOR"):
            control.epsv()
        assert control.command(line).code in (550, 553), line


@pytest.mark.parametrize("fault", ["missing", "file", "closed"])
def test_a_home_that_can_not_be_entered(server, fault):
    os.rename(server.home(), server.path("moved"))
    if fault == "file":
        open(server.home(), "w").close()
    elif fault == "closed":
        os.mkdir(server.home(), 0o700)
    reply = attempt(server, "alice", server.user().password)
    assert reply.code in (421, 530), reply
    server.wait_log(r"(?i)home")
    assert accepted(server, server.user("bob"))


def test_commands_before_the_login_are_530(server):
    control = server.connect()
    for line in ("PWD", "CWD /", "LIST", "RETR x", "STOR x", "PASV", "EPSV", "PORT 127,0,0,1,9,9", "DELE x", "MKD x",
                 "STAT", "SIZE x", "REST 0", "ABOR", "MLSD"):
        assert control.command(line).code == 530, line
    for line, code in (("SYST", 215), ("NOOP", 200), ("TYPE I", 200), ("MODE S", 200), ("STRU F", 200), ("FEAT", 211)):
        assert control.command(line).code == code, line


def test_the_login_time_limit_is_absolute(make_server):
    """M1: a command every now and then does not keep the place."""
    server = make_server(config={"daemon": {"login_timeout": 2}})
    began = time.monotonic()
    control = server.connect()
    ended = False
    while not ended and time.monotonic() < began + 20:
        try:
            ended = control.command("NOOP").code == 421
            time.sleep(0.1)
        except (Closed, ConnectionError):
            ended = True
    assert ended and 1.5 < time.monotonic() - began
    silent = server.connect()
    assert silent.reply().code == 421 and silent.ended()


def test_a_net_that_does_not_end_in_time_is_killed(make_server):
    """M1: three seconds after the limit the master's SIGKILL sees to it."""
    server = make_server(config={"daemon": {"login_timeout": 1}})
    control = server.connect()
    net = server.net_of(control)
    os.kill(net.pid, signal.SIGSTOP)
    wait_for(lambda: not net.alive(), 10, "the end of the stopped NET")
    assert control.ended()


def test_the_idle_time_limit(make_server):
    server = make_server(config={"daemon": {"idle_timeout": 2}})
    began = time.monotonic()
    control = server.login()
    assert control.reply().code == 421
    assert control.ended()
    assert 1.5 < time.monotonic() - began < 20
