# SPDX-License-Identifier: BSD-2-Clause
"""Laws N2 to N6: listings that are long, and listings that are exact."""

import os
import re
import socket
import stat
import time

import pytest

from control import reset
from harness import SANITIZED
from proc import wait_for

LEAN, FULL = 11000, 100000  # beyond what is sorted; what the promise names
GROWTH_KIB = 4096           # of a process, from before a listing to after it


def fill(server, count):
    many = server.mkdir("many")
    for number in range(count):
        os.mknod(os.path.join(many, f"{number:06}-name"))
    return {f"{number:06}-name".encode() for number in range(count)}


def anonymous_kib(process):
    return int(process.status()["RssAnon"].split()[0])


def rows(content):
    assert content.endswith(b"\r\n")
    return content[:-2].split(b"\r\n")


@pytest.mark.parametrize("count", [LEAN, pytest.param(FULL, marks=pytest.mark.full)])
def test_n4_long_listings_are_whole_and_memory_is_bounded(server, count):
    """LIST, NLST, MLSD over a data connection, STAT over the control connection."""
    names = fill(server, count)
    control = server.login(timeout=120)
    half = (server.net_of(control), server.jail_of("alice"))
    control.fetch("LIST")
    before = [anonymous_kib(process) for process in half]
    control.command("CWD many", 250)
    assert set(rows(control.fetch("NLST"))) == names
    assert {row.rpartition(b" ")[2] for row in rows(control.fetch("LIST"))} == names
    facts = [row.partition(b" ") for row in rows(control.fetch("MLSD"))]
    assert {name for facts_, _, name in facts if b"type=file;" in facts_} == names and len(facts) == count + 2
    lines = control.command("STAT .", 213).lines[1:-1]
    assert {line.rpartition(" ")[2].encode() for line in lines} == names and len(lines) == count
    grown = [anonymous_kib(process) - old for process, old in zip(half, before)]
    assert SANITIZED or all(kib < GROWTH_KIB for kib in grown), grown


def test_n4_a_listing_that_nobody_reads_is_not_collected(server):
    """It streams: what does not fit into the socket waits on the disk."""
    fill(server, LEAN)
    control = server.login()
    net, jail = server.net_of(control), server.jail_of("alice")
    control.command("CWD many", 250)
    data = socket.socket()
    data.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    data.settimeout(20)
    data.connect((control.host, control.epsv()))
    control.command("MLSD", 150)
    assert data.recv(1)
    assert SANITIZED or anonymous_kib(net) + anonymous_kib(jail) < 2 * GROWTH_KIB
    reset(data)
    assert control.reply().code in (226, 426)
    assert control.fetch("NLST /many/000001*") == b"/many/000001-name\r\n", "the session goes on"


def test_n4_sorted_up_to_a_bound(server):
    for name in ("b", "a", "C", "\xe4", "_"):
        server.put(name)
    control = server.login()
    assert rows(control.fetch("NLST")) == sorted(name.encode() for name in ("b", "a", "C", "\xe4", "_"))
    assert [row.rpartition(b" ")[2] for row in rows(control.fetch("LIST"))] == rows(control.fetch("NLST"))


def test_n4_entries_that_can_t_be_looked_at_end_no_listing(server):
    """Of a directory whose entries may be read, but not looked at.  What can't be read is 451: test_shortage.py."""
    server.mkdir("dir")
    for number in range(10):
        server.put(f"dir/{number}")
    os.chmod(server.home("alice", "dir"), 0o600)
    control = server.login()
    for line, extra in (("LIST dir", 0), ("NLST dir", 0), ("MLSD dir", 2)):
        assert len(rows(control.fetch(line))) == 10 + extra, line
    os.chmod(server.home("alice", "dir"), 0o700)


COLUMNS = re.compile(r"([-dlpsbc])([-rwxsStT]{9}) +(\d+) (\d+) +(\d+) +(\d+) "
                     r"([A-Z][a-z]{2}) ([ \d]\d) ( \d{4}|\d\d:\d\d) (.*)")


def long_row(control, name):
    line = control.fetch("LIST -a " + name).decode()
    match = COLUMNS.fullmatch(line.removesuffix("\r\n"))
    assert match, line
    return match.groups()


def test_list_columns_of_large_numbers(server):
    """Sizes of terabytes, ids up to the last one: blanks still part the columns."""
    control = server.login()
    for size, uid, gid in ((0, 5001, 5001), (123456789, 0, 0), (5 << 40, 4294967294, 4294967294)):
        path = server.put("file")
        os.truncate(path, size)
        os.chown(path, uid, gid)
        _, _, links, owner, group, shown, *_ = long_row(control, "file")
        assert (int(links), int(owner), int(group), int(shown)) == (1, uid, gid, size)
        facts = control.command("MLST file", 250).lines[1]
        assert f"size={size};" in facts and f"UNIX.owner={uid};UNIX.group={gid};" in facts
        assert control.command("SIZE file").text == f"213 {size}"


def test_list_columns_of_modes(server):
    """Set-uid, set-gid and sticky bits where ls has them."""
    control = server.login()
    path = server.put("file")
    for mode in (0o000, 0o644, 0o4755, 0o4644, 0o2711, 0o2600, 0o1777, 0o1600, 0o7777):
        os.chmod(path, mode)
        assert "".join(long_row(control, "file")[:2]) == stat.filemode(stat.S_IFREG | mode)
        assert f"UNIX.mode={mode:04o};" in control.command("MLST file", 250).lines[1]


def test_list_columns_of_kinds(server):
    os.symlink("/no/where", server.home("alice", "dangling"))
    os.symlink("dir", server.home("alice", "link"))
    os.mkfifo(server.home("alice", "fifo"))
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(server.home("alice", "socket"))
    listener.close()
    server.mkdir("dir")
    control = server.login()
    shown = {row[-1]: row[0] for row in (COLUMNS.fullmatch(line.decode()).groups()
                                         for line in rows(control.fetch("LIST")))}
    assert shown == {"dangling -> /no/where": "l", "link -> dir": "l", "fifo": "p", "socket": "s", "dir": "d"}
    facts = dict(line.decode().split("; ", 1)[::-1] for line in rows(control.fetch("MLSD")))
    assert facts["dangling"].startswith("type=OS.unix=slink:/no/where")
    assert facts["link"].startswith("type=OS.unix=slink:dir") and facts["dir"].startswith("type=dir")


def test_list_columns_of_dates(server):
    control, now = server.login(), int(time.time())
    path = server.put("file")
    for when in (0, 1, 86399, 951782400, 4102444800, 7258118400, now - 100, now - 200 * 86400):
        os.utime(path, (when, when))
        *_, month, day, last, _ = long_row(control, "file")
        at = time.gmtime(when)
        assert (month, int(day)) == (time.strftime("%b", at), at.tm_mday)
        assert last == (time.strftime("%H:%M", at) if now - 180 * 86400 < when <= now else f" {at.tm_year}")
        assert control.command("MDTM file").text == "213 " + time.strftime("%Y%m%d%H%M%S", at)


def test_n2_hide_dot_files(make_server):
    server = make_server(config={"defaults": {"hide_dot_files": "yes"}})
    server.put(".hidden")
    server.put("shown")
    control = server.login()
    for line, wanted in (("NLST", [b"shown"]), ("NLST -a", [b".hidden", b"shown"]), ("NLST .*", []),
                         ("NLST .hidden", [b".hidden"])):
        got = [row for row in control.fetch(line).split(b"\r\n") if row not in (b"", b".", b"..")]
        assert got == wanted, line
    assert ".hidden" not in control.command("STAT .", 213).text
    assert b".hidden" in control.fetch("MLSD"), "a machine sees all"


def test_n2_patterns_are_bounded(server):
    """The worst pattern there is, against the worst names."""
    for number in range(200):
        server.put("a" * 200 + f"{number:03}")
    control = server.login()
    jail = server.jail_of("alice")
    assert control.fetch("NLST " + "a*" * 120 + "b") == b""
    assert control.fetch("LIST " + "*?" * 100 + "[!0-9]") == b""
    assert jail.cpu_seconds() < 5


def test_n2_a_listing_has_a_budget_of_steps_for_its_pattern(server):
    """451 that says why, and how to have the names all the same; what a person types is never near it."""
    dear = server.mkdir("dear")
    for number in range(1700):
        os.mknod(os.path.join(dear, "b" * 250 + f"{number:05}"))
    control = server.login()
    control.command("CWD dear", 250)
    for command in ("LIST", "NLST", "STAT"):
        if command != "STAT":
            control.connect_data()
        reply = control.command(f"{command} *[{'a' * 250}]x")
        assert reply.code == 451 and "pattern" in reply.text, reply
    assert len(rows(control.fetch("NLST"))) == 1700
    assert len(rows(control.fetch("NLST *[0-9][0-4][0-9]"))) == 850
    assert control.fetch("NLST *" + "[" * 250) == b""


def test_d2_a_listing_that_is_refused_ends_an_early_connection(server):
    control = server.login()
    server.put("file")
    for line, code in (("LIST missing", 550), ("NLST missing", 550), ("MLSD missing", 550), ("MLSD file", 501)):
        with control.connect_data() as data:
            assert control.command(line).code == code
            assert data.recv(1) == b""
        assert control.command("LIST").code == 425


def test_d4_a_listing_ends_where_the_client_ends(server):
    fill(server, LEAN)
    control = server.login()
    net = server.net_of(control)
    data = socket.socket()
    data.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    data.connect((control.host, control.epsv()))
    control.command("MLSD many", 150)
    reset(control.socket)
    reset(data)
    wait_for(lambda: not net.alive(), 10, "the end of the session")
