# SPDX-License-Identifier: BSD-2-Clause
"""Locks that other programs hold on a file are advisory: they stop no command.

A spool program held lockf(LOCK_EX) on the files that it read, and DELE and RNFR got 450. Any local user who may
read a file could lock the byte that the server's own locks use, and so block its STOR for ever.
"""

import os
import subprocess
import sys

import pytest

from control import net_has_read

OUR_BYTE = 1 << 62

HOLDER = """
import fcntl, os, struct, sys
path, kind, start, length = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
file = os.open(path, os.O_RDONLY if kind == "read" else os.O_RDWR)
lock = struct.pack("hhqqi4x", fcntl.F_RDLCK if kind == "read" else fcntl.F_WRLCK, os.SEEK_SET, start, length, 0)
fcntl.fcntl(file, fcntl.F_SETLK, lock)
print("locked", flush=True)
sys.stdin.read()
"""

LOCKS = {"all of it": ("write", 0, 0), "the server's byte, read": ("read", OUR_BYTE, 1),
         "from the server's byte on": ("write", OUR_BYTE, 0), "the first byte": ("write", 0, 1),
         "all of it, read": ("read", 0, 0), "the server's bytes": ("write", OUR_BYTE, 3)}


class Holder:
    """Another program that has a lock."""

    def __init__(self, path, kind, start, length):
        self.process = subprocess.Popen([sys.executable, "-c", HOLDER, path, kind, str(start), str(length)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == b"locked\n"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_command_goes_on(site, lock):
    with site.login() as control:
        for lines in (["DELE file"], ["RNFR file", "RNTO other"], ["RNFR from", "RNTO file"]):
            path = site.put("file", b"spooled")
            site.put("from", b"x")
            with Holder(path, *LOCKS[lock]):
                for line in lines:
                    assert control.command(line).code in (250, 350), line
        for line in ("STOR file", "APPE file", "REST 3"):
            path = site.put("file", b"spooled")
            with Holder(path, *LOCKS[lock]):
                if line == "REST 3":
                    control.command(line, 350)
                    line = "STOR file"
                control.store(line, b"new")
                assert b"new" in control.fetch("RETR file")
        assert sorted(os.listdir(site.home)) == ["file", "other"]


@pytest.mark.parametrize("verb", ["STOR", "APPE"])
@pytest.mark.parametrize("lock", LOCKS)
def test_c5_one_session_at_a_time_all_the_same(site, lock, verb):
    """C1 and C2 hold among our sessions where a foreign lock keeps ours off the file."""
    path = site.put("file", b"old")
    with Holder(path, *LOCKS[lock]), site.login() as first, site.login() as second:
        data = first.connect_data()
        first.command(f"{verb} file", 150)
        data.sendall(b"new")
        net_has_read(data)
        for line in ("STOR file", "APPE file"):
            second.epsv()
            second.command(line, 450)
        for line in ("DELE file", "RNFR file"):
            second.command(line, 450)
        data.close()
        assert first.reply().code == 226
        second.store("STOR file", b"second")
    assert site.read("file") == b"second"
    assert os.listdir(site.home) == ["file"]


LEASEHOLDER = """
import fcntl, os, signal, sys, time
file = os.open(sys.argv[1], os.O_RDWR)
yields = sys.argv[2] == "yields"
def give_up(*_):
    time.sleep(0.3)
    if yields:
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
signal.signal(signal.SIGIO, give_up)
fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
print("leased", flush=True)
while sys.stdin.read(1):
    pass
"""


def leased(path, how):
    process = subprocess.Popen([sys.executable, "-c", LEASEHOLDER, path, how], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"leased\n"
    return process


def let_go(process):
    process.stdin.close()
    process.wait(10)
    process.stdout.close()


@pytest.mark.parametrize("line", ["STOR file", "APPE file", "RETR file"])
def test_a_lease_is_waited_for(site, line):
    """Samba gives up its oplock when the kernel asks for it."""
    path = site.put("file", b"shared")
    process = leased(path, "yields")
    with site.login() as control:
        if line[0] == "R":
            assert control.fetch(line) == b"shared"
        else:
            control.store(line, b"new")
            assert site.read("file").endswith(b"new")
    let_go(process)


@pytest.mark.full
def test_a_lease_that_is_not_given_up_is_450(site):
    path = site.put("file", b"shared")
    process = leased(path, "stays")
    with site.login(timeout=30) as control:
        control.epsv()
        reply = control.command("STOR file", 450)
        assert "Another program" in reply.text
        control.command("DELE file", 250)  # no lease stops that
    let_go(process)
