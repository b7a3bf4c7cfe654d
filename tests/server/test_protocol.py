# SPDX-License-Identifier: BSD-2-Clause
"""The protocol, requirement by requirement, over raw sockets; the rows are in protocol_rows.py.
doc/protocol.md names the rows of COMMANDS by their verb; a test holds that
file, the rows and the server's command table against each other.
"""

import os
import re
import socket
import time

import pytest

from control import read_all
from protocol_rows import COMMANDS, CONTENT, DIALOGUES, EARLY, LATE, TEXT

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))


@pytest.fixture(scope="module")
def plain_server(make_shared_server):
    return make_shared_server(config={"tls": {"mode": "off"}})


def furnish(server):
    """The home as every row of COMMANDS expects it."""
    server.clear_home()
    for name, stamp in (("file", 1577934245), ("other", 0), ("20200102030405 name", 1623053350)):
        os.utime(server.put(name, CONTENT), (stamp, stamp))
    server.mkdir("dir")
    server.put("dir/inside", b"x")


def furnish_dialogue(server):
    """The home as every dialogue expects it."""
    server.clear_home()
    server.put("file", TEXT)
    server.put("other", b"other")
    server.mkdir("dir")
    server.put("dir/inside", b"x")


# one command


@pytest.mark.parametrize("verb", sorted(COMMANDS))
def test_conformance(plain_server, verb):
    faults = []
    for source, before, line, wanted in COMMANDS[verb]:
        furnish(plain_server)
        if verb in ("RMD", "XRMD"):
            os.unlink(plain_server.home("alice", "dir", "inside"))
        control = plain_server.login()
        for earlier in before:
            reply = control.command(earlier)
            assert reply.code < 400, f"{earlier!r} before {line!r}: {reply}"
        reply = control.command(line)
        if not (re.match(wanted, reply.text) if not wanted.startswith(r"\n") and not wanted.startswith("UNIX")
                else re.search(wanted, reply.text)):
            faults.append(f"{source}: {before} {line!r} got {reply}, not {wanted!r}")
        control.close()
    assert not faults, "\n".join(faults)


def test_quit(plain_server):
    control = plain_server.login()
    control.command("QUIT", 221)
    assert control.ended()


def test_host_before_the_login(plain_server):
    """RFC 7151: names and address literals; where no host is configured, one answers to all."""
    for line, code in (("HOST ftp.example.com", 220), ("HOST [::1]", 220), ("HOST 127.0.0.1", 220), ("HOST a b", 501),
                       ("HOST [::1", 501), ("HOST [127.0.0.1]", 501), ("HOST .x", 501), ("HOST", 501)):
        assert plain_server.connect().command(line).code == code, line
    control = plain_server.connect()
    control.command("USER alice", 331)
    assert control.command("HOST ftp.example.com").code == 503


def test_rang_cuts_a_download(plain_server):
    furnish(plain_server)
    control = plain_server.login()
    control.command("RANG 5 24", 350)
    assert control.fetch("RETR file") == CONTENT[5:25]
    assert control.fetch("RETR file") == CONTENT


def test_stou_with_a_stem(plain_server):
    furnish(plain_server)
    control = plain_server.login()
    with control.connect_data() as data:
        name = re.search(r"FILE: (.+)", control.command("STOU dir/stem", 150).text).group(1)
        data.sendall(b"x")
    assert control.reply().code == 226
    assert os.path.basename(name).startswith("stem")
    assert os.path.exists(plain_server.home("alice", "dir", os.path.basename(name)))


def test_mlsd_has_facts_for_every_entry(plain_server):
    furnish(plain_server)
    rows = plain_server.login().fetch("MLSD").decode().split("\r\n")[:-1]
    types = [re.match(r"type=(\w+);", row).group(1) for row in rows]
    assert sorted(types) == ["cdir", "dir", "file", "file", "file"] or sorted(types)[-4:] == ["file", "file", "file",
                                                                                              "pdir"]
    for row in rows:
        facts, name = row.split("; ", 1)
        assert {fact.split("=")[0] for fact in facts.split(";")} >= {"type", "modify", "perm"}, row
        assert name


def test_nlst_prefixes(plain_server):
    """Law N3: what NLST names can be given back as it is."""
    furnish(plain_server)
    control = plain_server.login()
    for line, wanted in (("NLST dir", b"dir/inside\r\n"), ("NLST /dir", b"/dir/inside\r\n"),
                         ("NLST dir/", b"dir/inside\r\n"), ("NLST dir/ins*", b"dir/inside\r\n"),
                         ("NLST dir/inside", b"dir/inside\r\n"), ("NLST ./dir", b"./dir/inside\r\n"),
                         ("NLST file", b"file\r\n"), ("NLST nothing*", b"")):
        assert control.fetch(line) == wanted, line


def test_type_is_ascii_at_first(plain_server):
    """RFC 959 section 5.1."""
    furnish(plain_server)
    plain_server.put("lines", b"a\nb\n")
    control = plain_server.connect()
    control.login("alice", plain_server.user().password)
    assert control.fetch("RETR lines") == b"a\r\nb\r\n"


def test_a_refused_retr_closes_an_early_connection_in_order(plain_server):
    """Law D2: an end of file, never a reset."""
    control = plain_server.login()
    data = control.connect_data()
    control.command("RETR missing", 550)
    data.settimeout(10)
    assert data.recv(1) == b""
    data.close()


def test_quit_behind_a_transfer_waits_for_it(plain_server):
    furnish(plain_server)
    control = plain_server.login()
    data = control.connect_data()
    control.raw(b"RETR file\r\nQUIT\r\n")
    assert read_all(data) == CONTENT
    assert [control.reply().code for _ in range(3)] == [150, 226, 221]


def test_a_client_that_closed_its_half_is_served_to_the_end(plain_server):
    furnish(plain_server)
    control = plain_server.login()
    data = control.connect_data()
    control.raw(b"RETR file\r\nPWD\r\nQUIT\r\n")
    control.socket.shutdown(socket.SHUT_WR)
    assert read_all(data) == CONTENT
    assert [control.reply().code for _ in range(4)] == [150, 226, 257, 221]


def test_a_client_that_reads_no_replies_blocks_no_other(plain_server):
    """It is stopped by its own socket, and the server takes the next client."""
    control = plain_server.login()
    control.socket.settimeout(1)
    try:
        for _ in range(2000):
            control.raw(b"HELP\r\n" * 100)
    except TimeoutError:
        pass
    assert plain_server.login("bob").command("NOOP").code == 200


# dialogues


def on_disk(server, name):
    path = server.home("alice", name)
    if os.path.isdir(path):
        return "directory"
    return server.read(name) if os.path.exists(path) else None


def matches(wanted, got):
    return wanted == got if isinstance(wanted, bytes) else wanted.match(got)


def play(server, control, steps):
    for sent, wanted in steps:
        if isinstance(sent, bytes):
            control.raw(sent)
            for pattern in wanted:
                reply = control.reply()
                assert re.match(pattern, reply.text), (sent[:60], reply)
        elif sent.startswith("<"):
            got = control.fetch(sent[1:])
            assert matches(wanted, got), (sent, got)
        elif sent.startswith(">"):
            control.store(sent[1:], wanted, 226)
        elif sent.startswith("disk:"):
            assert on_disk(server, sent[5:]) == wanted, sent
        else:
            reply = control.command(sent)
            assert re.match(wanted, reply.text), (sent, reply)


@pytest.mark.parametrize("source, asks, steps", DIALOGUES, ids=[f"{row[0]}: {row[1]}" for row in DIALOGUES])
def test_requirement(plain_server, source, asks, steps):
    furnish_dialogue(plain_server)
    control = plain_server.connect()
    control.login("alice", plain_server.user().password)
    play(plain_server, control, steps)


def test_r6_before_the_login(plain_server):
    """Law R6: what is served before the log-in, and that all else is 530."""
    for line in EARLY:
        assert plain_server.connect().command(line).code < 400, line
    control = plain_server.connect()
    for line in LATE:
        assert control.command(line).code == 530, line
    assert control.command("QUIT").code == 221


def test_r2_a_refusal_names_its_reason(plain_server):
    """Law R2: the reason, and nothing of what lies outside the root."""
    furnish_dialogue(plain_server)
    os.chmod(plain_server.home("alice", "dir"), 0)
    control = plain_server.login()
    for line, words in (("RNFR missing", "No such file"), ("CWD dir", "Permission denied"),
                        ("CWD file", "Not a directory"),
                        ("DELE dir", "directory"), ("MKD file", "exists"), ("MKD " + "n" * 256, "too long")):
        reply = control.command(line)
        assert reply.code in (550, 553) and words in reply.text, reply
        assert plain_server.directory not in reply.text
    os.chmod(plain_server.home("alice", "dir"), 0o755)


def test_r5_a_limit_says_which(make_server):
    """Law R5, with the words that name the limit and its number."""
    server = make_server(config={"daemon": {"max_sessions_per_address": 1}})
    first = server.login()
    refused = server.connect(greet=False).reply()
    assert refused.code == 421 and "(1)" in refused.text and "address" in refused.text
    first.command("QUIT", 221)


def test_every_dialogue_in_one_go_and_byte_by_byte(plain_server):
    """Law R4, RFC 959 4.1: lines come in any pieces.  The rows without data
    connections, pipelined in one write, then each byte in a segment of its own."""
    chosen = [row for row in DIALOGUES if all(isinstance(sent, str) and not sent.startswith(("<", ">", "disk:"))
                                              for sent, _ in row[2])]
    assert len(chosen) > 40
    for whole in (True, False):
        for source, asks, steps in chosen if whole else chosen[::6]:
            furnish_dialogue(plain_server)
            control = plain_server.connect()
            control.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            control.login("alice", plain_server.user().password)
            text = b"".join(sent.encode() + b"\r\n" for sent, _ in steps)
            for piece in [text] if whole else [text[i:i + 1] for i in range(len(text))]:
                control.raw(piece)
            for sent, wanted in steps:
                reply = control.reply()
                assert re.match(wanted, reply.text), (asks, sent, reply)
            control.close()


def test_u4_rest_survives_a_data_connection_that_is_only_said(plain_server):
    furnish_dialogue(plain_server)
    control = plain_server.login()
    control.command("REST 4", 350)
    with control.listen_data() as listener:
        control.send("RETR file")
        data, _ = listener.accept()
    assert read_all(data) == b"two\n"
    assert [control.reply().code, control.reply().code] == [150, 226]


def test_n6_times_are_utc(make_server):
    """Law N6: MDTM, MLSD and MFMT whatever time_zone says; LIST by it."""
    server = make_server(config={"defaults": {"time_zone": "Asia/Tokyo"}})
    now = int(time.time()) - 86400
    stamp = time.strftime("%Y%m%d%H%M%S", time.gmtime(now))
    server.put("file", b"x")
    control = server.login()
    control.command("MFMT " + stamp + " file", 213)
    assert os.stat(server.home("alice", "file")).st_mtime == now
    assert control.command("MDTM file").lines == ["213 " + stamp]
    assert b"modify=" + stamp.encode() in control.fetch("MLSD")
    assert time.strftime("%H:%M", time.gmtime(now + 9 * 3600)) in control.fetch("LIST").decode()


def test_n6_the_six_months(plain_server):
    """The year where a time is half a year away or to come, else the hour."""
    control = plain_server.login()
    now = int(time.time())
    for age, hour in ((0, True), (3600, True), (181 * 86400, True), (184 * 86400, False), (-3700, False),
                      (4000 * 86400, False)):
        os.utime(plain_server.put("dated", b"x"), (now - age, now - age))
        row = control.fetch("LIST dated").decode()
        assert bool(re.search(r" \d\d:\d\d dated\r\n$", row)) == hour, (age, row)
        assert re.search(r"[A-Z][a-z][a-z] [ \d]\d  \d{4} dated\r\n$", row) or hour, row


# doc/protocol.md against the table and the tests


def table_of_commands():
    """verb -> source, as daemon/net/commands.c has them."""
    with open(os.path.join(TOP, "daemon", "net", "commands.c")) as file:
        text = file.read()
    rows = re.findall(r'\{ "([A-Z0-9 -]+)", (\w+), (ARG_\w+), ([^"]+),\s+"((?:[^"\\]|\\.)*)",\s+"([^"]+)"', text)
    return {row[0]: row[5] for row in rows}


def rows_of_the_document():
    with open(os.path.join(TOP, "doc", "protocol.md")) as file:
        lines = [line for line in file if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    return {row[0].strip("`"): (row[1], row[2], row[3]) for row in cells}


def test_the_document_the_table_and_the_tests_agree():
    table, document = table_of_commands(), rows_of_the_document()
    assert len(table) > 60, "the table of commands.c was not understood"
    without_row, without_command = sorted(set(table) - set(document)), sorted(set(document) - set(table))
    assert not without_row, f"doc/protocol.md has no row for {', '.join(without_row)}"
    assert not without_command, f"doc/protocol.md has rows that commands.c lacks: {', '.join(without_command)}"
    for verb, (source, behaviour, test) in document.items():
        assert source == table[verb], f"{verb}: doc/protocol.md says {source}, commands.c {table[verb]}"
        assert behaviour and test, f"doc/protocol.md: the row of {verb} lacks its behaviour or its test"
    known = set()
    folder = os.path.dirname(__file__)
    for name in os.listdir(folder):
        if name.startswith("test_") and name.endswith(".py"):
            with open(os.path.join(folder, name)) as file:
                known |= set(re.findall(r"^def (test_\w+)", file.read(), re.MULTILINE))
    for verb, (_, _, tests) in document.items():
        for test in re.findall(r"test_\w+(?:\[[^\]]+\])?", tests):
            function, _, row = test.partition("[")
            assert function in known, f"{verb}: no test {test}"
            assert not row or row.rstrip("]") in COMMANDS, f"{verb}: no row {test}"


def test_every_verb_of_the_table_has_a_row():
    missing = sorted(set(table_of_commands()) - set(COMMANDS) - {"QUIT"})
    assert not missing, f"COMMANDS has no row for {', '.join(missing)}"
