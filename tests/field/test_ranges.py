# SPDX-License-Identifier: BSD-2-Clause
"""RANG selects bytes for RETR, STOR and HASH, as draft-bryan-ftp-range-08 says.

Segmenting clients (Metalink, aria2's authors wrote the draft) repair the broken part of a file with it; before, STOR
after RANG 0 n replaced the whole file.
"""

import hashlib

import pytest

TEXT = b"0123456789"


def stored(control, first, last, content, *codes, verb="STOR"):
    control.command(f"RANG {first} {last}", 350)
    return control.store(f"{verb} file", content, *codes)


@pytest.mark.parametrize("verb", ["STOR", "APPE"])
@pytest.mark.parametrize("first, last, content, wanted", [
    (0, 2, b"abc", b"abc3456789"), (4, 6, b"abc", b"0123abc789"), (9, 9, b"x", b"012345678x"),
    (8, 11, b"abcd", b"01234567abcd"), (10, 12, b"abc", b"0123456789abc"), (0, 9, b"abcdefghij", b"abcdefghij")])
def test_stor_writes_exactly_the_range(site, verb, first, last, content, wanted):
    site.put("file", TEXT)
    with site.login() as control:
        stored(control, first, last, content, 226, verb=verb)
        assert site.read("file") == wanted
        control.store("STOR file", b"whole")
        assert site.read("file") == b"whole", "the range was for one transfer"


def test_a_new_file_begins_at_0(site):
    with site.login() as control:
        stored(control, 0, 2, b"abc", 226)
        assert site.read("file") == b"abc"
        control.command("DELE file", 250)
        control.command("RANG 1 3", 350)
        with control.connect_data():
            control.command("STOR file", 554)


@pytest.mark.parametrize("content", [b"abcd", b"abcdefgh" * 100000], ids=["few", "many"])
def test_what_is_beyond_the_range_is_not_written(site, content):
    site.put("file", TEXT)
    with site.login() as control:
        control.command("RANG 4 6", 350)
        with control.connect_data() as data:
            control.command("STOR file", 150)
            try:
                data.sendall(content)
            except OSError:
                pass  # refused in the middle
        assert control.reply().code == 551
        assert site.read("file") in (TEXT, b"0123abc789")


def test_a_range_that_is_not_filled_is_a_failure(site):
    site.put("file", TEXT)
    with site.login() as control:
        stored(control, 4, 6, b"a", 551)
        text = site.read("file")
        assert text[:4] == TEXT[:4] and text[7:] == TEXT[7:] and len(text) == 10


def test_stor_beyond_the_end_is_refused(site):
    site.put("file", TEXT)
    with site.login() as control:
        control.command("RANG 11 20", 350)
        with control.connect_data():
            control.command("STOR file", 554)
        assert site.read("file") == TEXT


@pytest.mark.parametrize("first, last, wanted",
                         [(0, 2, b"012"), (4, 6, b"456"), (8, 100, b"89"), (10, 12, b""), (50, 60, b"")])
def test_retr(site, first, last, wanted):
    site.put("file", TEXT)
    with site.login() as control:
        control.command(f"RANG {first} {last}", 350)
        assert control.fetch("RETR file") == wanted
        assert control.fetch("RETR file") == TEXT


@pytest.mark.parametrize("first, last", [(0, 2), (4, 6), (8, 100)])
def test_hash(site, first, last):
    site.put("file", TEXT)
    with site.login() as control:
        control.command(f"RANG {first} {last}", 350)
        wanted = hashlib.sha256(TEXT[first:last + 1]).hexdigest()
        assert control.command("HASH file").text == f"213 SHA-256 {first}-{min(last, 9)} {wanted} file"


@pytest.mark.parametrize("first", [10, 11, 1000])
def test_hash_beyond_the_end_is_refused(site, first):
    site.put("file", TEXT)
    with site.login() as control:
        control.command(f"RANG {first} 2000", 350)
        control.command("HASH file", 551)
        assert control.command("HASH file").text.startswith("213 SHA-256 0-9 ")


def test_errors(site):
    site.put("file", TEXT)
    with site.login() as control:
        control.command("RANG 5 6", 350)
        control.command("RANG 6 5", 501)
        assert control.fetch("RETR file") == TEXT, "an invalid range resets to the whole file"
        control.command("RANG 5 6", 350)
        control.command("RANG 1 0", 350)
        assert control.fetch("RETR file") == TEXT
        for line in ("RANG", "RANG 1", "RANG a b", "RANG -1 5", "RANG 1 2 3", "RANG 0 99999999999999999999"):
            control.command(line, 501)
        control.command("TYPE A", 200)
        control.command("RANG 1 2", 350)
        with control.connect_data():
            control.command("RETR file", 551)
        control.command("TYPE I", 200)
        assert control.fetch("RETR file") == TEXT
