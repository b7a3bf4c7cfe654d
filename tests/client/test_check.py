# SPDX-License-Identifier: BSD-2-Clause
"""`wardftp check` finds nothing to fail at wardftpd, and finds what other servers do wrong."""

import json
import os
import signal
import threading
import time

import pytest
from wardftp import INTERRUPTED, USAGE

FAILED = 1


def check(client, *words, **arguments):
    """The exit code, and each row's result."""
    result = client.run("check", "--json", *words, **arguments)
    assert result.out, result.err
    report = result.events[-1]
    return result.code, report


@pytest.fixture
def bare(client):
    """The client without the options of the shell before the verb."""
    client.retry = None
    return client


@pytest.fixture
def bare_ward(at_ward):
    at_ward.retry = None
    return at_ward


def rows(report, result):
    return {name: row["reason"] for name, row in report["checks"].items() if row["result"] == result}


@pytest.mark.parametrize("mode", ["plain", "tls"])
def test_wardftpd_fails_no_row(bare_ward, mode):
    os.makedirs(bare_ward.server.home("alice", "drop"))
    os.chown(bare_ward.server.home("alice", "drop"), *[os.stat(bare_ward.server.home()).st_uid] * 2)
    words = ["--tls=off"] if mode == "plain" else ["--tls=require", "--ca", bare_ward.ca]
    code, report = check(bare_ward, "--write=drop", "--try-login", *words, bare_ward.url)
    assert rows(report, "fail") == {} and code == 0
    assert os.listdir(bare_ward.server.home("alice", "drop")) == []
    assert report["pass"] > 45


def accept_port(liar):
    liar.on["PORT"] = lambda session, argument: session.send("200 Fine")


def bad_feat(liar):
    liar.on["FEAT"] = lambda session, argument: session.send("211-Features", "SIZE", "211 End")


def bare_line_ends(liar):
    liar.on["LIST"] = lambda session, argument: session.send_data(b"-rw-r--r-- 1 a b 3 Jan 1 2024 file\n")


def no_facts(liar):
    liar.on["MLSD"] = lambda session, argument: session.send_data(b"type=file size=3 file\r\n")
    liar.on["MLST"] = lambda session, argument: session.send("250-Facts", " type=file;modify=today; file", "250 End")


def wrong_numbers(liar):
    liar.on["SIZE"] = lambda session, argument: session.send("213 7")
    liar.on["MDTM"] = lambda session, argument: session.send("213 29 February")


def forgotten_rest(liar):
    liar.on["RETR"] = lambda session, argument: session.send_data(liar.files["file"])


def late_refusal(liar):
    liar.on["RETR"] = lambda session, argument: session.send_data(b"")


def open_door(liar):
    liar.on["XQZW"] = liar.on["CWD"] = lambda session, argument: session.send("250 As you like")


def cut_lines(liar):
    def noop(session, argument):
        session.send(*["500 Too long"] * (3 if len(argument) > 9000 else 0), "200 Fine")

    liar.on["NOOP"] = noop


def kept_open(liar):
    liar.on["QUIT"] = lambda session, argument: session.send("221 Bye")


def told_names(liar):
    liar.on["USER"] = lambda session, argument: session.send("331 Go on" if argument == "alice" else "530 Unknown")


@pytest.mark.parametrize("lie, expected", [
    (accept_port, {"bounce"}), (bad_feat, {"feat"}), (bare_line_ends, {"list_lines"}), (no_facts, {"mlsd", "mlst"}),
    (wrong_numbers, {"size", "mdtm"}), (forgotten_rest, {"rest", "rest_beyond", "retr_missing"}),
    (late_refusal, {"retr_missing", "size"}), (open_door, {"unknown_command", "cwd_missing"}),
    (cut_lines, {"long_line"}), (kept_open, {"quit"}), (told_names, {"user_names"})])
def test_a_lie_fails_its_row(bare, liar, lie, expected):
    def run():
        return check(bare, "--tls=off", "--timeout=1", "--try-login", liar.url.replace("//", "//alice@"))

    liar.on["LIST"] = lambda session, argument: session.send_data(b"-rw-r--r-- 1 a b 3 Jan 1 2024 file\r\n")
    honest = set(rows(run()[1], "fail"))
    assert not honest & expected
    lie(liar)
    code, report = run()
    assert expected <= set(rows(report, "fail")) and code == FAILED


def test_a_refusal_behind_a_150_differs(bare, liar):
    liar.on["RETR"] = lambda session, argument: session.send_data(b"", "550 No such file")
    report = check(bare, "--tls=off", "--timeout=1", liar.url)[1]
    assert "retr_missing" in rows(report, "differs")


@pytest.mark.parametrize("certificate, expected", [("expired", "certificate_dates"), ("elsewhere", "certificate_name")])
def test_a_bad_certificate_fails_its_row(bare, liar, certificates, certificate, expected):
    liar.tls(*certificates[certificate])
    code, report = check(bare, "--tls=try", "--timeout=2", liar.url)
    failed = rows(report, "fail")
    assert expected in failed and code == FAILED
    assert report["checks"]["tls_1_0"]["result"] == "pass" and report["checks"]["tls_1_3"]["result"] == "pass"


def test_what_is_sent_in_clear_fails_its_row(bare, liar, certificates):
    """The liar keeps what came behind AUTH TLS, says yes to PROT P, and sends data in clear."""
    liar.tls(*certificates["good"])
    liar.on["LIST"] = lambda session, argument: session.send_data(b"-rw-r--r-- 1 a b 3 Jan 1 2024 file\r\n")
    liar.on["PROT"] = lambda session, argument: session.send("200 Fine")
    code, report = check(bare, "--tls=try", "--timeout=1", liar.url)
    assert {"tls_injection", "prot_enforced"} <= set(rows(report, "fail")) and code == FAILED


def test_ctrl_c_removes_what_was_made_and_reports(bare, liar):
    reached = threading.Event()
    liar.on["MKD"] = lambda session, argument: session.send(f'257 "{argument}"')
    liar.on["RMD"] = liar.on["DELE"] = lambda session, argument: session.send("250 Fine")
    liar.on["NLST"] = lambda session, argument: session.send_data(b"text\r\n")
    liar.on["NOOP"] = lambda session, argument: reached.set()
    running = bare.start("check", "--json", "--tls=off", "--timeout=20", "--write=drop", liar.url)
    assert reached.wait(20)
    running.send_signal(signal.SIGINT)
    out, _ = running.communicate(timeout=30)
    report = json.loads(out)
    made = [line.split()[1] for line in liar.seen if line.startswith("MKD")]
    assert len(made) == 1 and made[0].startswith("drop/wardftp-check-")
    assert f"DELE {made[0]}/text" in liar.seen and f"RMD {made[0]}" in liar.seen
    assert running.returncode == INTERRUPTED and report["checks"]["clean_up"]["result"] == "pass"
    assert "interrupted" in report["checks"]["syst"]["reason"]


def drip(session):
    while not session.server.ended:
        session.send(b"2")
        time.sleep(0.02)


def silence(session):
    session.socket.recv(1)


def preliminary_flood(session):
    while not session.server.ended:
        session.send("120 Wait")


@pytest.mark.parametrize("greeting", [drip, silence, preliminary_flood])
def test_a_server_without_end_does_not_hold_it(bare, liar, greeting):
    liar.greeting = greeting
    code, report = check(bare, "--timeout=1", "--max-time=4", liar.url, timeout=50)
    assert "greeting" in rows(report, "fail") and code == FAILED


def test_a_secret_goes_to_no_untrusted_server(bare, liar, certificates):
    liar.tls(*certificates["good"])
    bare.login("127.0.0.1", "alice", "secret")
    code, report = check(bare, "--tls=require", "--timeout=2", liar.url.replace("//", "//alice@"))
    assert not [line for line in liar.seen if line.startswith("PASS")]
    assert report["checks"]["log_in"]["result"] == "unknown" and code != 0


def test_escape_sequences_are_not_shown(bare, liar):
    liar.on["SYST"] = lambda session, argument: session.send("215 \x1b[2JUNIX")
    result = bare.run("check", "--tls=off", "--timeout=1", liar.url)
    assert "\\x1b[2JUNIX" in result.text and "\x1b" not in result.text
    assert "syst" in result.text and "RFC 959" in result.text


@pytest.mark.parametrize("words", [[], ["--timeout=0", "host"], ["--tls=maybe", "host"], ["--never", "host"],
                                   ["ftp://host:x/"]])
def test_a_command_line_that_makes_no_sense(bare, words):
    assert bare.run("check", *words).code == USAGE


def test_nothing_is_written_without_write(bare_ward):
    bare_ward.server.put("file", b"content\r\n")
    before = sorted(os.listdir(bare_ward.server.home()))
    code, report = check(bare_ward, "--tls=off", bare_ward.url)
    assert code == 0 and sorted(os.listdir(bare_ward.server.home())) == before
    assert report["checks"]["rest"]["result"] == "pass" and report["checks"]["stor"]["result"] == "unknown"
