# SPDX-License-Identifier: BSD-2-Clause
"""checker: a program of the administrator checks the passwords of users whom the user file does not have."""

import base64
import contextlib
import json
import os
import pwd
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
import time

import pytest

import example_checker
from harness import User
from proc import wait_for
from test_login import attempt

ACCEPTED = {"result": "accepted", "uid": 5101, "gid": 5101}


class Checker:
    """A fake: `answers` gets the decoded question and the connection; it returns what is sent, or None."""

    def __init__(self, path, answers):
        self.path, self.answers, self.asked = path, answers, []
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(64)
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        threads = []
        while True:
            try:
                one, _ = self.listener.accept()
            except OSError:
                break
            threads.append(threading.Thread(target=self.answer, args=(one,)))
            threads[-1].start()
        for thread in threads:
            thread.join()

    def answer(self, one):
        with one, contextlib.suppress(OSError):
            line = one.makefile("rb").readline()
            if not line:
                return
            question = json.loads(line)
            for key in ("user", "password"):
                question[key] = base64.b64decode(question[key])
            self.asked.append(question)
            said = self.answers(question, one)
            if isinstance(said, dict):
                said = json.dumps(said).encode() + b"\n"
            if said:
                one.sendall(said)

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


@pytest.fixture
def serve(make_server):
    checkers = []

    def start(answers, users=None, path=("checker", "socket"), config=None, **daemon):
        def prepare(server):
            server.overrides.setdefault("daemon", {}).update(checker=server.path(*path), **daemon)
            server.overrides.update(config(server) if config else {})
            server.write_config()
            if answers:
                checkers.append(Checker(server.path(*path), answers))
        server = make_server(users=users or [User("alice", 5001)], prepare=prepare)
        server.checker = checkers[-1] if checkers else None
        return server

    yield start
    for checker in checkers:
        checker.close()


def home_for(server, name, uid):
    path = server.path("outside", name)
    os.makedirs(path)
    os.chmod(server.path("outside"), 0o755)
    os.chown(path, uid, uid)
    return path


def jails_of(server, uid):
    found = []
    for one in server.processes("jail"):
        with contextlib.suppress(OSError):  # one that waited for a client, and has ended
            found += [one] if one.uids()[0] == uid else []
    return found


def by_password(**more):
    def answers(question, _):
        if not question["user"].startswith(b"eve"):
            return {"result": "unknown"}
        return {**ACCEPTED, **more} if question["password"] == b"right" else {"result": "refused"}
    return answers


def test_a_user_whom_only_the_checker_knows(serve):
    """Uid, groups and home are what it says; a password may hold any byte but NUL, LF and CR."""
    where = {}
    password = bytes(n for n in range(1, 256) if n not in b"\n\r\xff") + b"\xff"

    def answers(question, _):
        fits = question["password"] == password
        return {**ACCEPTED, "groups": [5200, 5300], "home": where["home"]} if fits else {"result": "refused"}

    server = serve(answers)
    where["home"] = home_for(server, "eve", 5101)
    with server.connect() as control:
        control.command("USER eve", 331)
        control.socket.sendall(b"PASS " + password.replace(b"\xff", b"\xff\xff") + b"\r\n")
        assert control.reply().code == 230
        control.store("STOR file", b"content")
        [jail] = jails_of(server, 5101)
        assert sorted(jail.groups()) == [5200, 5300]
    about = os.stat(os.path.join(where["home"], "file"))
    assert (about.st_uid, about.st_gid) == (5101, 5101)
    question = server.checker.asked[-1]
    assert sorted(question) == ["address", "password", "user", "version"]
    assert (question["version"], question["user"], question["address"]) == (1, b"eve", "127.0.0.1")
    wait_for(lambda: not server.processes("checker"), 10, "the end of the process")


def test_the_user_file_goes_first(serve):
    server = serve(lambda question, _: {**ACCEPTED, "home": "/"})
    alice = server.user("alice")
    assert attempt(server, "alice", alice.password).code == 230
    assert attempt(server, "alice", "other", "127.0.3.1").code == 530
    assert server.checker.asked == []


@pytest.mark.parametrize("answer", [
    {"result": "refused"},
    {"result": "unknown"},
    {**ACCEPTED, "uid": 0},
    {**ACCEPTED, "uid": 33},
    {**ACCEPTED, "gid": 0},
    {**ACCEPTED, "uid": 4294967295},
    {**ACCEPTED, "home": ""},
])
def test_what_a_row_of_the_user_file_may_not_have_it_may_not_give(serve, answer):
    server = serve(lambda question, _: answer)
    assert attempt(server, "eve", "right").code == 530


def test_forbidden_groups_are_not_given(serve):
    where = {}
    server = serve(lambda question, _: {**ACCEPTED, "groups": [0, 5300, 5200], "home": where["home"]},
                   forbidden_groups="5300")
    where["home"] = home_for(server, "eve", 5101)
    with server.connect() as control:
        control.command("USER eve", 331)
        control.command("PASS right", 230)
        [jail] = jails_of(server, 5101)
        assert jail.groups() == [5200]
    server.wait_log("user eve does not get 2 of its groups")


def test_policy_and_pattern_apply(serve):
    def config(server):
        return {"defaults": {"home": server.path("outside", "%u")}, "user eve": {"read_only": "yes"}}

    server = serve(by_password(), config=config)
    home_for(server, "eve", 5101)
    with server.connect() as control:
        control.command("USER eve", 331)
        control.command("PASS right", 230)
        control.command("MKD new", 550)
    assert attempt(server, "eve/../eve", "right").code == 530


LIES = {
    "no JSON": b"hello\n",
    "no object": b"[1]\n",
    "nothing": b"\n",
    "no uid": b'{"result": "accepted", "gid": 5101}\n',
    "a uid as text": b'{"result": "accepted", "uid": "5101", "gid": 5101}\n',
    "a uid with a fraction": b'{"result": "accepted", "uid": 5101.5, "gid": 5101}\n',
    "a negative uid": b'{"result": "accepted", "uid": -1, "gid": 5101}\n',
    "a uid beyond 32 bits": b'{"result": "accepted", "uid": 4294972397, "gid": 5101}\n',
    "a key twice": b'{"result": "accepted", "uid": 5101, "uid": 5102, "gid": 5101}\n',
    "an unknown key": b'{"result": "accepted", "uid": 5101, "gid": 5101, "root": 1}\n',
    "an unknown result": b'{"result": "maybe"}\n',
    "refused with a uid": b'{"result": "refused", "uid": 5101}\n',
    "a relative home": b'{"result": "accepted", "uid": 5101, "gid": 5101, "home": "srv"}\n',
    "a home with NUL": b'{"result": "accepted", "uid": 5101, "gid": 5101, "home": "/\\u0000"}\n',
    "too many groups": json.dumps({**ACCEPTED, "groups": list(range(6000, 6065))}).encode() + b"\n",
    "a second answer": json.dumps({"result": "refused"}).encode() + b"\n" + json.dumps(ACCEPTED).encode() + b"\n",
    "half an answer": b'{"result": "accepted", "uid": 5101',
    "too much": b'{"result": "' + b"x" * 100000,
    "end": None,
}


def test_lies_refuse_as_a_wrong_password_does(serve):
    server = serve(lambda question, _: LIES[question["password"].decode()], ban_after=0)
    replies, threads = {}, []

    def ask(name, address):
        replies[name] = attempt(server, "eve", name, address).text

    for index, name in enumerate(LIES):
        threads.append(threading.Thread(target=ask, args=(name, f"127.0.4.{index + 1}")))
        threads[-1].start()
    for thread in threads:
        thread.join()
    wrong = attempt(server, "alice", "wrong", "127.0.5.1").text
    assert replies == {name: wrong for name in LIES}
    assert server.log_text().count("the checker gave no answer about user eve") == len(LIES)
    alice = server.user("alice")
    assert attempt(server, "alice", alice.password).code == 230
    assert server.at_rest()


def test_a_checker_that_hangs_delays_its_own_users_only(serve):
    """Other users log in meanwhile, though as many wait for it as may be asked about at a time."""
    come, go = threading.Semaphore(0), threading.Event()

    def answers(question, one):
        come.release()
        go.wait(60)

    server = serve(answers, auth_concurrency=2)
    controls = [server.connect(source=f"127.0.6.{n + 1}", timeout=60) for n in range(4)]
    try:
        for control in controls:
            control.command("USER eve", 331)
            control.socket.sendall(b"PASS right\r\n")
        assert come.acquire(timeout=20) and come.acquire(timeout=20)
        alice = server.user("alice")
        assert attempt(server, "alice", alice.password).code == 230
        assert len(server.processes("checker")) <= 2
        assert [control.reply().code for control in controls[:2]] == [530, 530]
        server.wait_log("the checker gave no answer about user eve: Connection timed out")
    finally:
        go.set()
        for control in controls:
            control.close()


@pytest.mark.parametrize("plant, said", [
    ("nothing", "No such file or directory"),
    ("dead", "Connection refused"),
    ("owner", "its owner is neither root nor an account below minimum_uid"),
    ("own account", "its owner is neither root nor an account below minimum_uid"),
    ("file", "it is no socket"),
    ("link", "it is no socket"),
    ("open directory", "others may write to its directory"),
    ("directory of another", "its directory belongs neither to root nor to the owner"),
])
def test_what_is_not_the_administrators_is_not_asked(serve, plant, said):
    server = serve(by_password(home="/"))
    checker, path = server.checker, server.checker.path
    if plant in ("nothing", "file", "link"):
        os.rename(path, path + ".real")
    if plant == "file":
        open(path, "w").close()
    elif plant == "link":
        os.symlink(path + ".real", path)
    elif plant == "dead":
        checker.close()
    elif plant == "owner":
        os.chown(path, 5001, 0)
    elif plant == "own account":
        os.chown(path, pwd.getpwnam("wardftpd").pw_uid, 0)
    elif plant == "open directory":
        os.chmod(os.path.dirname(path), 0o777)
    elif plant == "directory of another":
        os.chown(os.path.dirname(path), 5001, 0)
    assert attempt(server, "eve", "right").code == 530
    server.wait_log(f"checker \\S+: {said}")
    assert checker.asked == []
    done = subprocess.run([server.binary, "-t", "-c", server.config_file], capture_output=True, text=True)
    assert said in done.stdout + done.stderr


def test_a_listener_of_another_account_is_not_asked(serve):
    """The socket is root's; who listens is not."""
    server = serve(None)
    os.mkdir(server.path("checker"), 0o755)
    path = server.path("checker", "socket")
    program = ("import os,socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.bind(sys.argv[1])\n"
               "os.setuid(5001)\ns.listen(8)\nprint('.',flush=True)\nsys.stdin.read()\n")
    with subprocess.Popen([sys.executable, "-c", program, path],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.read(1) == b"."
        assert attempt(server, "eve", "right").code == 530
        server.wait_log("checker \\S+: the process that listens is neither root's nor the socket owner's")
        other.stdin.close()


def test_a_host_with_a_user_file_of_its_own_has_the_users_of_that_file_only(serve):
    def config(server):
        with open(server.path("host-passwd"), "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(User("bob", 5002, home="/").line())
        return {"host one.example": {"user_file": server.path("host-passwd")}}

    server = serve(by_password(home="/"), config=config)
    with server.connect(source="127.0.7.2") as control:
        control.command("HOST one.example", 220)
        control.command("USER eve", 331)
        control.command("PASS right", 530)
    assert server.checker.asked == []
    with server.connect(source="127.0.7.3") as control:
        control.command("USER eve", 331)
        control.command("PASS right", 230)
    assert len(server.checker.asked) == 1


def test_it_is_not_asked_about_the_names_of_guests(serve):
    server = serve(by_password(home="/"))
    for name in ("anonymous", "ftp"):
        assert attempt(server, name, "right", "127.0.7.1").code == 530
    assert server.checker.asked == []


def test_without_the_key_there_is_no_such_process(make_server):
    server = make_server(users=[User("alice", 5001)])
    assert attempt(server, "eve", "right").code == 530
    assert not server.processes("checker")


def test_the_key_takes_effect_with_a_reload(serve):
    server = serve(by_password(home="/"))
    path = server.overrides["daemon"].pop("checker")
    server.write_config()
    server.signal(signal.SIGHUP)
    server.wait_log("configuration reloaded")
    assert attempt(server, "eve", "right", "127.0.7.4").code == 530
    assert server.checker.asked == []
    server.overrides["daemon"]["checker"] = path
    server.write_config()
    server.signal(signal.SIGHUP)
    wait_for(lambda: server.log_text().count("configuration reloaded") == 2, 10, "the second reload")
    assert attempt(server, "eve", "right", "127.0.7.5").code == 230


def test_l1_names_of_the_file_and_of_the_checker_take_the_same_time(serve):
    """The refusal waits for the slower source: the 530 of a name in the file comes no earlier than the checker's."""
    slow = 1.2

    def answers(question, _):
        threading.Event().wait(slow)
        return {"result": "unknown"}

    server = serve(answers, ban_after=0)
    took = {}

    def timed(name, address):
        begin = time.monotonic()
        assert attempt(server, name, "wrong", address).code == 530
        took[name] = time.monotonic() - begin

    timed("eve", "127.0.8.1")
    timed("alice", "127.0.8.2")
    assert took["eve"] >= slow and took["alice"] >= slow


def test_the_example_with_sqlite(serve):
    server = serve(None)
    os.mkdir(server.path("checker"), 0o755)
    database, path = server.path("users.db"), server.path("checker", "socket")
    home = home_for(server, "eve", 5101)
    with sqlite3.connect(database) as users:
        users.execute("CREATE TABLE users "
                      "(name TEXT PRIMARY KEY, salt BLOB, hash BLOB, uid INTEGER, gid INTEGER, home TEXT)")
        users.execute("INSERT INTO users VALUES (?, ?, ?, ?, ?, ?)",
                      ("eve", b"salt", example_checker.hash_of("grün".encode(), b"salt"), 5101, 5101, home))
    users.close()
    with subprocess.Popen([sys.executable, example_checker.__file__, path, database]) as program:
        try:
            wait_for(lambda: os.path.exists(path), 10, "its socket")
            assert stat.S_IMODE(os.stat(path).st_mode) == 0o700
            wait_for(lambda: attempt(server, "eve", "grün").code == 230, 20, "the log-in")
            assert attempt(server, "eve", "wrong", "127.0.9.1").code == 530
            assert attempt(server, "mallory", "x", "127.0.9.2").code == 530
        finally:
            program.terminate()
