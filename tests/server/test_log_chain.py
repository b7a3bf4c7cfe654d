# SPDX-License-Identifier: BSD-2-Clause
"""log_chain and wardctl log verify: any line that was changed, removed, moved or cut is found."""

import gzip
import hashlib
import os
import random
import re
import signal
import subprocess

import pytest

from ctl import WARDCTL, ask_json
from harness import Server
from proc import wait_for


def chained(lines, before=bytes(32), first=1):
    """The rule of doc/events.md, once more."""
    for number, line in enumerate(lines, first):
        json = line.startswith("{")
        body = line[:-1] + f',"seq":{number}' if json else f"{line} seq={number}"
        before = hashlib.sha256(before + body.encode()).digest()
        yield body + (f',"chain":"{before.hex()}"}}' if json else f" chain={before.hex()}")


def verify(*words, files=()):
    return subprocess.run([WARDCTL, "log", "verify", *words, *map(str, files)], capture_output=True, text=True,
                          errors="surrogateescape", timeout=60)


def sample(form):
    day = "2026-11-24T05:17:00.000Z"
    if form == "text":
        return [f'{day} info session={i} pid=7 address=192.0.2.1 user="a" delete path="/{i}" bytes=1' for i in range(6)]
    return [f'{{"time":"{day}","level":"info","event":"delete","session":{i},"path":"/{i}"}}' for i in range(6)]


@pytest.fixture(params=["text", "json"])
def lines(request):
    return list(chained(sample(request.param)))


def head_of(line):
    return line.rstrip('"}')[-64:]


def test_a_whole_chain_is_accepted(lines, tmp_path):
    path = tmp_path / "log"
    path.write_text("".join(line + "\n" for line in lines))
    done = verify(files=[path])
    assert done.returncode == 0, done
    assert f"6 lines, 6 of them chained, 0 faults; the last is seq=6 chain={head_of(lines[-1])}" in done.stdout
    assert verify("--head", head_of(lines[3]), files=[path]).returncode == 0, "a head of an hour ago"


def test_any_change_of_one_byte_is_found(lines, tmp_path):
    path = tmp_path / "log"
    whole = "".join(line + "\n" for line in lines).encode()
    dice = random.Random(len(whole))
    for at in dice.sample(range(len(whole)), 250):
        byte = dice.choice([byte for byte in b'\x00\n 0a"=}A\xff' if byte != whole[at]])
        path.write_bytes(whole[:at] + bytes([byte]) + whole[at + 1:])
        done = verify(files=[path])
        assert done.returncode == 65, (at, byte, done)


def test_any_line_that_is_missing_moved_or_twice_is_found(lines, tmp_path):
    path = tmp_path / "log"
    head = head_of(lines[-1])
    for i in range(6):
        without = lines[:i] + lines[i + 1:]
        twice = lines[:i + 1] + lines[i:]
        swapped = lines[:i] + lines[i + 1:i + 2] + [lines[i]] + lines[i + 2:]
        for what in (without, twice, swapped):
            if what == lines:
                continue
            path.write_text("".join(line + "\n" for line in what))
            done = verify("--head", head, files=[path])
            assert done.returncode == 65, (i, what, done)


def test_any_cut_is_found_with_the_head(lines, tmp_path):
    path = tmp_path / "log"
    whole = "".join(line + "\n" for line in lines).encode()
    for at in random.Random(3).sample(range(len(whole)), 60):
        path.write_bytes(whole[:at])
        assert verify("--head", head_of(lines[-1]), files=[path]).returncode == 65, at


def test_what_no_chain_can_prove_is_not_claimed(lines, tmp_path):
    """A log that was rewritten is a chain as well: only a head that is kept elsewhere tells."""
    path = tmp_path / "log"
    path.write_text("".join(line + "\n" for line in chained(sample("text")[:3])))
    assert verify(files=[path]).returncode == 0
    assert verify("--head", head_of(lines[-1]), files=[path]).returncode == 65


def test_over_rotated_files_and_restarts(lines, tmp_path):
    old, new = tmp_path / "log.1.gz", tmp_path / "log"
    old.write_bytes(gzip.compress("".join(line + "\n" for line in ["before it was on", *lines[:4]]).encode()))
    again = list(chained([line.replace("05:17", "05:18") for line in sample("text")]))
    new.write_text("".join(line + "\n" for line in lines[4:] + again))
    done = verify("--head", head_of(again[-1]), files=[old, new])
    assert done.returncode == 0, done
    assert "log:3: a chain begins, behind the end of another" in done.stdout
    assert verify(files=[new, old]).returncode == 65, "in the wrong order"
    assert "the beginning of the chain is missing" in verify(files=[new]).stdout
    assert verify("--after", head_of(lines[3]), files=[new]).returncode == 0, "the head at the rotation"
    assert verify("--after", head_of(lines[2]), files=[new]).returncode == 65


def test_a_log_without_a_chain_is_not_verified(tmp_path):
    path = tmp_path / "log"
    path.write_text("\n".join(sample("text")))
    assert verify(files=[path]).returncode == 65


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_server_writes_one_over_rotation_and_restart(form):
    server = Server(config={"daemon": {"log_format": form, "log_chain": "yes"}}).start()
    try:
        alice = server.login()
        alice.command('MKD a "b" seq=1 chain=' + "0" * 64, 257)
        server.wait_log("mkdir")
        os.rename(server.log, server.log + ".1")
        server.signal(signal.SIGUSR1)
        wait_for(lambda: os.path.exists(server.log), what="the new log")
        alice.command("MKD c", 257)
        server.wait_log("/c")
        stats = ask_json(server, "stats")
        assert stats["log_chain_seq"] > 3 and (stats["log_lines_lost"], stats["log_replaced"]) == (0, 0)
        done = verify("--head", stats["log_chain_head"], files=[server.log + ".1", server.log])
        assert done.returncode == 0, done
        scribe = server.one("scribe")
        scribe.kill()
        server.restarted("scribe", scribe)
        alice.command("RMD c", 250)
        server.wait_log("rmdir")
        done = verify("--head", ask_json(server, "stats")["log_chain_head"], files=[server.log + ".1", server.log])
        assert done.returncode == 0 and done.stdout.count("a chain begins") == 2, done
        found = subprocess.run([WARDCTL, "log", "search", "--event", "rmdir", server.log], capture_output=True,
                               check=True)
        assert found.stdout.count(b"\n") == 1
        text = open(server.log).read().replace("/c", "/d", 1)
        with open(server.log, "w") as file:
            file.write(text)
        assert verify(files=[server.log + ".1", server.log]).returncode == 65
    finally:
        server.finish()


def test_a_log_that_can_not_be_opened_shows_in_stats():
    """Syslog takes its place, or lines are lost and counted; with SIGUSR1 the file is there again."""
    server = Server()
    place = server.path("missing")
    server.overrides.setdefault("daemon", {})["log"] = os.path.join(place, "log")
    server.allowed_log = "cannot open the log"
    server.start()
    try:
        stats = ask_json(server, "stats")
        assert stats["log_replaced"] == 1
        assert os.path.exists("/dev/log") or stats["log_lines_lost"] > 0
        os.mkdir(place)
        server.log = os.path.join(place, "log")
        server.signal(signal.SIGUSR1)
        wait_for(lambda: ask_json(server, "stats")["log_replaced"] == 0, what="the log")
        server.login().command("MKD d", 257)
        server.wait_log("mkdir path=\"/d\"")
        assert os.path.exists("/dev/log") or re.search(r"\d+ lines of the log were lost", server.log_text())
    finally:
        server.finish()
