# SPDX-License-Identifier: BSD-2-Clause
"""wardctl explain and doctor: answers about a user, a session, an address, and the state of the daemon."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess

import pytest

import harness
from control import Control
from ctl import WARDCTL, ctl, run, wait_who
from proc import wait_for

OK, WARNINGS, USAGE, NOINPUT, CONFIG = 0, 1, 64, 66, 78


@pytest.fixture
def server(make_server):
    """A server with rules in three places."""
    return make_server(config={"daemon": {"ban_after": 20}, "defaults": {"umask": "027"},
                               "group staff": {"denied_commands": "DELE"},
                               "user bob": {"read_only": "yes", "max_sessions_per_user": 5, "deny": "*.key"}},
                       prepare=lambda server: server.write_groups("staff:x:7000:bob\n"))


def line_of(server, text):
    with open(server.config_file) as file:
        return file.read().splitlines().index(text) + 1


def test_a_user_who_gets_in(server):
    said = ctl(server, "explain", "user", "bob")
    assert said.startswith("user bob: would be let in with the right password\n")
    assert f"uid 5002, gid 5002, home {server.home('bob')}" in said
    assert "supplementary group 7000" in said and "rules of [group staff]" in said
    assert "sessions: 0 of 5 (max_sessions_per_user)" in said
    for place in (("umask = 027", "defaults.umask"), ("denied_commands = DELE", "group staff.denied_commands"),
                  ("read_only = yes", "user bob.read_only")):
        assert f"  {server.config_file}:{line_of(server, place[0])}: {place[1]}\n" in said
    assert "refused within the last hour: nothing" in said


def test_a_user_whose_time_is_over(make_server):
    server = make_server(config={"user alice": {"expires": "2020-01-31"}})
    said = ctl(server, "explain", "user", "alice")
    assert said.startswith("user alice: would be refused\n") and "the date of `expires` is over" in said


def test_a_user_with_all_sessions(make_server):
    server = make_server(config={"user alice": {"max_sessions_per_user": 1}})
    with server.login():
        said = ctl(server, "explain", "user", "alice")
    assert said.startswith("user alice: would be refused\n") and "max_sessions_per_user is reached" in said


def test_an_address_that_is_not_allowed(make_server):
    server = make_server(config={"user alice": {"allowed_addresses": "192.0.2.0/24"}})
    assert "would be let in" in ctl(server, "explain", "user", "alice")
    assert "only from 192.0.2.0/24" in ctl(server, "explain", "user", "alice")
    assert "would be let in" in ctl(server, "explain", "user", "alice", "from", "192.0.2.7")
    said = ctl(server, "explain", "user", "alice", "from", "127.0.0.1")
    assert said.startswith("user alice from 127.0.0.1: would be refused") and "`allowed_addresses`" in said


def test_an_unknown_user_and_a_locked_one(make_server):
    server = make_server(users=[harness.User("alice", 5001), harness.User("eve", 5003, hash="!")])
    said = ctl(server, "explain", "user", "carol")
    assert said.startswith("user carol: would be refused\n") and "add it with wardpasswd" in said
    assert "unlock it" in ctl(server, "explain", "user", "eve")


def test_what_a_user_may_do(server):
    server.put("seen", b"x", user="bob")
    server.put("closed", b"x", user="bob", mode=0)
    os.chown(server.home("bob", "closed"), 0, 0)
    for verb, path, why in (("RETR", "/seen", "allowed"), ("STOR", "/seen", "refused: read_only = yes"),
                            ("DELE", "/seen", "refused: denied_commands names DELE"),
                            ("RETR", "/a.key", r"refused: a pattern of deny matches a\.key"),
                            ("RETR", "/none", "refused by the system: No such file"),
                            ("RETR", "/closed", "refused by the system: Permission denied"),
                            ("LIST", "/", "allowed"),
                            ("RETR", "/../../etc/passwd", "refused by the system: No such file")):
        said = ctl(server, "explain", "user", "bob", verb, path)
        assert re.search(rf"^{verb} \S+: {why}", said, re.MULTILINE), (verb, path, said)
    assert re.search(r"^STOR /new: allowed", ctl(server, "explain", "user", "alice", "STOR", "new"), re.MULTILINE)


def test_under_a_process_that_ignores_sigchld(server):
    server.put("seen", b"x", user="bob")
    words = ["env", "--ignore-signal=CHLD", WARDCTL, "-s", server.path("control")]
    words += ["explain", "user", "bob", "RETR", "seen"]
    said = subprocess.run(words, capture_output=True, text=True, timeout=60).stdout
    assert re.search(r"^RETR /seen: allowed", said, re.MULTILINE), said


def test_a_session(server):
    with server.login("bob") as control:
        number = wait_who(server, lambda row: row.get("user") == "bob")["session"]
        said = ctl(server, "explain", "session", str(number))
        assert said.startswith(f"session {number} from 127.0.0.1, for ")
        assert "user bob from 127.0.0.1: would be let in" in said and "sessions: 1 of 5" in said
        assert control.command("NOOP").code == 200
    done = run(server, "explain", "session", "999999")
    assert done.returncode == NOINPUT and "there is no session 999999" in done.stderr


def test_refusals_are_remembered(server):
    with Control(server.host, server.port) as control:
        control.command("USER alice", 331)
        control.command("PASS wrong", 530)
    wait_for(lambda: "password" in ctl(server, "explain", "address", "127.0.0.1"), 10, "the refusal")
    said = ctl(server, "explain", "address", "127.0.0.1")
    assert re.search(r"^  \d+ s ago, 127\.0\.0\.1: password, user alice$", said, re.MULTILINE), said
    assert "1 wrong log-ins of the" in said
    assert re.search(r"127\.0\.0\.1: password, user alice", ctl(server, "explain", "user", "alice"))
    assert "nothing" in ctl(server, "explain", "user", "bob")


def test_a_banned_address(server):
    ctl(server, "ban", "192.0.2.9")
    said = ctl(server, "explain", "address", "192.0.2.9")
    assert said.startswith("address 192.0.2.9: 0 sessions\n")
    assert re.search(r"192\.0\.2\.9 is banned for another \d+ s, by an administrator; wardctl unban", said)
    assert "the address is banned" in ctl(server, "explain", "user", "alice", "from", "192.0.2.9")


@pytest.mark.parametrize("words", [("user",), ("user", "alice", "RETR"), ("session", "x"), ("address", "nowhere"),
                                   ("dog", "x"),
                                   ("user", "alice", "from", "nowhere")])
def test_wrong_usage(server, words):
    assert run(server, "explain", *words).returncode == USAGE


def test_explain_before_the_log_in_of_a_session(server):
    with Control(server.host, server.port):
        number = wait_who(server, lambda row: "user" not in row)["session"]
        assert "not logged in" in ctl(server, "explain", "session", str(number))


# ---- doctor ----


def findings(done):
    return done.stdout + done.stderr


def test_doctor_repeats_what_t_says(make_server):
    server = make_server(config={"user alcie": {"read_only": "yes"}})
    done = run(server, "doctor")
    assert done.returncode == WARNINGS, done
    place = f"{server.config_file}:{line_of(server, '[user alcie]')}"
    assert f"{place}: [user alcie]: no user file has this user" in findings(done)


def test_doctor_in_json(make_server):
    server = make_server(config={"user alcie": {"read_only": "yes"}})
    found = [json.loads(line) for line in run(server, "doctor", "--json").stdout.splitlines()]
    assert any(row["severity"] == "warning" and "alcie" in row["message"] for row in found)


def test_doctor_finds_a_file_that_has_become_bad(server):
    with open(server.config_file, "a") as file:
        file.write("[nothing]\n")
    done = run(server, "doctor")
    assert done.returncode == CONFIG
    assert "[nothing]: unknown section: a reload or a restart fails; mend it" in findings(done)


def test_doctor_names_what_the_kernel_does_not_give(make_server):
    """In a plain container sessions get no network of their own; a kernel may lack Landlock."""
    server = make_server()
    assert "network" not in findings(run(server, "doctor")) and "Landlock" not in findings(run(server, "doctor"))
    contained = make_server(wrapper=["setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin"])
    assert "hint: the processes of sessions are in the machine's network" in findings(run(contained, "doctor"))
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    done = subprocess.run(["strace", "-f", "-qq", "-o", server.path("trace"),
                           "-e", "inject=landlock_create_ruleset:error=EOPNOTSUPP",
                           WARDCTL, "-s", server.path("control"), "doctor"], capture_output=True, text=True, timeout=60)
    assert "hint: this kernel has no Landlock (Operation not supported)" in findings(done)


def test_doctor_tells_a_full_server(make_server):
    server = make_server(config={"daemon": {"max_sessions": 2, "pool_min": 1, "pool_max": 2,
                                            "max_sessions_per_address": 2}})
    with server.login(), server.login():
        wait_for(lambda: "2 of 2 sessions are in use" in findings(run(server, "doctor")), 10, "the full server")


@pytest.mark.parametrize("address, words", [("10.1.2.3", "is a private address"),
                                            ("203.0.113.9", "must forward ports 30000-32700")])
def test_doctor_looks_at_the_passive_address(make_server, address, words):
    server = make_server(config={"listener default": {"passive_address": address}})
    assert words in findings(run(server, "doctor"))


def test_doctor_finds_no_free_passive_port(make_server):
    held = socket.create_server(("127.0.0.1", 0))
    port = held.getsockname()[1]
    server = make_server(config={"listener default": {"passive_ports": f"{port}-{port}"}})
    try:
        done = run(server, "doctor")
        assert f"no free passive port of {port}-{port} was found on 127.0.0.1" in findings(done)
    finally:
        held.close()


def test_doctor_needs_a_daemon(make_server):
    server = make_server()
    server.signal(signal.SIGTERM)
    server.popen.wait(20)
    assert run(server, "doctor").returncode == 69
