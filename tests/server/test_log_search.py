# SPDX-License-Identifier: BSD-2-Clause
"""wardctl log search: the questions of wardftpd(8), over text, JSON and syslog, rotated and compressed files."""

import gzip
import json
import os
import random
import subprocess

import pytest

from ctl import WARDCTL
from harness import Server
from proc import wait_for

WHO = 'session=5 pid=7 address=192.0.2.1 user="alice" '
LINES = {
    "login": 'session=5 pid=7 address=192.0.2.1 user="alice" login tls=yes',
    "upload": WHO + r'upload path="/in/a \x22b\x22" bytes=1000 seconds=0.100 rate=10000 complete reply=226',
    "cut": WHO + 'upload path="/in/cut" bytes=10 seconds=2.000 rate=5 incomplete reply=426',
    "download": WHO + 'download path="/out/x" bytes=500 seconds=0.001 rate=5 complete reply=226',
    "delete": WHO + 'delete path="/in/a" bytes=1000',
    "rename": WHO + 'rename path="/old" to="/new/name"',
    "denied": WHO + 'refused-command command="MKD" path="/x" reply=550 reason=right',
    "wrong": 'login refused: address=2001:db8::5 user="bob" reason=password session=6 pid=8',
    "refused": 'address=2001:db8:: refused reply="421 Too many connections (1); try again later." limit=max_sessions',
    "ban": "process=auth pid=3 ban address=192.0.2.9 bits=32 seconds=600 by=server: address=192.0.2.9 is banned",
    "note": 'process=net session=5 pid=7 address=192.0.2.1 user="alice" note: delete path="/forged" bytes=1',
    "start": "process=master pid=1 start: wardftpd 0.2.0 serves",
}
LEVELS = {"wrong": "warning", "ban": "warning"}


def text_lines(day="2026-11-24"):
    return [f"{day}T05:17:{i:02}.123Z {LEVELS.get(name, 'info')} {line}"
            for i, (name, line) in enumerate(LINES.items())]


def search(*words, stdin=None, code=0, **environment):
    done = subprocess.run([WARDCTL, "log", "search", *words], input=stdin, capture_output=True, text=True, timeout=60,
                          env={**os.environ, "TZ": "UTC", **environment})
    assert done.returncode == code, done
    return done.stdout.splitlines() if code == 0 else done.stderr


def found(*words):
    return [json.loads(line) for line in search("--json", *words)]


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log"
    path.write_text("".join(line + "\n" for line in text_lines()))
    return str(path)


@pytest.mark.parametrize("words, names", [
    (["--event", "delete"], ["delete"]),
    (["--event", "delete,rename"], ["delete", "rename"]),
    (["--event", "login-failed"], ["wrong"]),
    (["--user", "bob"], ["wrong"]),
    (["--session", "6"], ["wrong"]),
    (["--path", "/in/a"], ["delete"]),
    (["--path", "/in"], ["upload", "cut", "delete"]),
    (["--path", "/in/"], ["upload", "cut", "delete"]),
    (["--path", "/i"], []),
    (["--path", "*name"], ["rename"]),
    (["--path", '/in/a "b"'], ["upload"]),
    (["--failed"], ["cut", "denied", "wrong", "refused"]),
    (["--failed", "--event", "upload"], ["cut"]),
    (["--address", "192.0.2.0/24", "--event", "login, ban"], ["login", "ban"]),
    (["--address", "2001:db8::/32"], ["wrong", "refused"]),
    (["--address", "2001:db8::5"], ["wrong"]),
    (["--since", "2026-11-24T05:17:10Z"], ["note", "start"]),
    (["--until", "2026-11-24T05:17:01Z"], ["login"]),
    (["--since", "2026-11-24", "--until", "2026-11-24T05:17:02"], ["login", "upload"]),
    (["--since", "2026-11-25"], []),
])
def test_what_is_asked_for_is_found(log, words, names):
    assert [line.split(" ", 2)[2] for line in search(*words, log)] == [LINES[name] for name in names]


def test_fields_come_out_as_they_went_in(log):
    one, = found("--event", "upload", "--path", "/in/a*", log)
    assert one == {"time": "2026-11-24T05:17:01.123Z", "level": "info", "event": "upload", "session": 5, "pid": 7,
                   "address": "192.0.2.1", "user": "alice", "path": '/in/a "b"', "bytes": 1000, "seconds": 0.1,
                   "rate": 10000, "complete": True, "reply": 226}
    assert found("--event", "ban", log)[0]["text"] == "address=192.0.2.9 is banned"
    assert found("--event", "refused", log)[0]["address"] == "2001:db8::"
    assert found("--event", "start", log)[0]["text"] == "wardftpd 0.2.0 serves"
    assert found("--event", "login", log)[0]["tls"] is True


def test_a_note_passes_for_nothing_else(log):
    assert not found("--path", "/forged", log)
    assert found("--event", "note", log)[0]["text"] == 'delete path="/forged" bytes=1'


def test_sums(log):
    lines = search("--user", "alice", "--sum", log)
    assert "bytes up         1010" in lines and "bytes down       500" in lines and "failed transfers 1" in lines
    assert json.loads("".join(search("--sum", "--json", log)))["events"]["delete"] == 1


def test_json_logs_say_the_same(log, tmp_path):
    lines = "".join(line + "\n" for line in search("--json", log))
    other = tmp_path / "json"
    other.write_text(lines)
    assert found(str(other)) == found(log)
    assert "".join(line + "\n" for line in search(str(other))) == lines, "printed as they are"


@pytest.mark.parametrize("prefix", ["Nov 24 05:17:00 host wardftpd[7]: ",
                                    "2026-11-24T05:17:00.5+00:00 host wardftpd[7]: ",
                                    "2026-11-24T07:17:00+0200 host wardftpd[7]: "])
def test_syslog(prefix, tmp_path):
    path = tmp_path / "syslog"
    path.write_text("Nov 24 05:16:00 host sshd[7]: delete path=\"/no\"\n" +
                    "".join(prefix + line + "\n" for line in LINES.values()))
    assert len(search(str(path))) == len(LINES)
    assert search("--event", "delete", str(path)) == [prefix + LINES["delete"]]
    if prefix.startswith("2026"):
        assert search("--event", "delete", "--since", "2026-11-24T05:17Z", "--until", "2026-11-24T05:18Z", str(path))
        assert not search("--event", "delete", "--since", "2026-11-24T05:18Z", str(path))


@pytest.mark.parametrize("suffix, program", [("gz", "gzip"), ("xz", "xz"), ("bz2", "bzip2")])
def test_compressed_and_standard_input(log, tmp_path, suffix, program):
    packed = tmp_path / f"log.1.{suffix}"
    packed.write_bytes(subprocess.run([program, "-c", log], capture_output=True, check=True).stdout)
    assert search("--event", "delete", str(packed)) == search("--event", "delete", log)
    with open(log) as file:
        assert search("--event", "delete", "-", stdin=file.read()) == search("--event", "delete", log)


def test_a_damaged_archive_is_reported(log, tmp_path):
    packed = tmp_path / "log.gz"
    packed.write_bytes(gzip.compress(open(log, "rb").read())[:-20])
    assert "can't be read to its end" in search(str(packed), code=74)


def test_the_configured_log_with_its_rotated_files(tmp_path):
    """The oldest first; no other file of that directory."""
    base = tmp_path / "wardftpd.log"
    base.write_text(text_lines("2026-11-24")[4] + "\n")
    (tmp_path / "wardftpd.log.1").write_text(text_lines("2026-11-23")[4] + "\n")
    (tmp_path / "wardftpd.log.2.gz").write_bytes(gzip.compress((text_lines("2026-11-22")[4] + "\n").encode()))
    (tmp_path / "wardftpd.log.save").write_text(text_lines("2026-11-21")[4] + "\n")
    for days, name in enumerate(["", ".1", ".2.gz", ".save"]):
        os.utime(str(base) + name, (1e9 - days, 1e9 - days))
    configuration = tmp_path / "conf"
    configuration.write_text(f"[daemon]\nuser_file = /x\nlog = {base} ; here\n[tls]\nlog = /elsewhere\n")
    assert [line[:10] for line in search("-c", str(configuration))] == ["2026-11-22", "2026-11-23", "2026-11-24"]


@pytest.mark.parametrize("words, complaint", [
    (["--event", "uplaod"], "no event uplaod"), (["--since", "sometime"], "is no time"),
    (["--address", "nowhere"], "is no address")])
def test_wrong_questions(log, words, complaint):
    assert complaint in search(*words, log, code=64)


def test_what_can_not_be_read_is_reported(log):
    assert "No such file" in search(log + "x", code=66)


def test_damaged_lines_harm_nothing(tmp_path):
    """Any byte in any place: the search goes on to the end."""
    dice = random.Random(21)
    path = tmp_path / "log"
    whole = [line.encode() for line in text_lines()]
    good = subprocess.run([WARDCTL, "log", "search", "--json", "-"], input=b"\n".join(whole), capture_output=True,
                          check=True).stdout.splitlines()
    with open(path, "wb") as file:
        for _ in range(3000):
            line = bytearray(dice.choice(whole + good))
            for _ in range(dice.randrange(1, 6)):
                line[dice.randrange(len(line))] = dice.choice(b'"\\ =:{},ux0\x00\xff')
            file.write(bytes(line[:dice.randrange(len(line) + 1)]) + b"\n")
        file.write(b"x" * 3000000 + b"\n" + whole[4] + b"\n")
    done = subprocess.run([WARDCTL, "log", "search", "--json", str(path)], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    last = done.stdout.splitlines()[-1]
    assert json.loads(last)["event"] == "delete"


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_questions_of_the_manual(form):
    """Who deleted that file; which uploads failed; how much did alice move; why was this client refused."""
    server = Server(config={"daemon": {"log_format": form, "max_sessions_per_address": "2"}}).start()
    try:
        alice = server.login()
        alice.store("STOR report", b"12345")
        alice.command("RETR missing", 425)
        alice.command("DELE report", 250)
        with alice.connect_data():
            alice.command("STOR cut", 150)
            alice.command("ABOR", 426, 226)
        bob = server.login("bob")
        bob.command("DELE nothing", 550)
        server.connect(greet=False).ended()
        server.wait_log("refused")
        wait_for(lambda: found("--event", "refused-command", server.log), what="the last event")
        one, = found("--event", "delete", "--path", "/report", server.log)
        assert (one["user"], one["address"], one["bytes"]) == ("alice", "127.0.0.1", 5)
        failed = found("--event", "upload,append", "--failed", "--since", "1h", server.log)
        assert [one["path"] for one in failed] == ["/cut"]
        assert "bytes up         5" in search("--user", "alice", "--sum", server.log)
        refused, = found("--event", "refused", "--address", "127.0.0.1", server.log)
        assert refused["limit"] == "max_sessions_per_address"
        denied, = found("--failed", "--user", "bob", server.log)
        assert (denied["command"], denied["error"]) == ("DELE", "No such file or directory")
    finally:
        server.finish()
