# SPDX-License-Identifier: BSD-2-Clause
"""One file by several sessions: get -n."""

import os
import pathlib
import re

import pytest

SIZE = 3 << 20


@pytest.fixture(scope="module")
def content():
    return os.urandom(SIZE)


def local(client, name):
    return pathlib.Path(client.directory, name)


def offsets(result):
    return sorted(int(number) for number in re.findall(r"^> REST (\d+)", result.err, re.MULTILINE))


@pytest.mark.parametrize("mode", ["--tls=off", "--tls=require"])
def test_each_session_gets_a_part(at_ward, content, mode):
    local(at_ward, "big").write_bytes(content)
    at_ward.ok("--tls=off", "put", "big", at_ward.url)
    words = ["--tls=off"] if mode == "--tls=off" else [mode, f"--ca={at_ward.ca}"]
    result = at_ward.ok(*words, "-v", "-c", "get -n 3 big -o copy; ls big", at_ward.url)
    assert offsets(result) == [SIZE // 3, SIZE // 3 * 2]
    assert local(at_ward, "copy").read_bytes() == content
    assert int(local(at_ward, "copy").stat().st_mtime) == int(local(at_ward, "big").stat().st_mtime)
    assert not local(at_ward, ".copy.wardftp-part").exists()
    assert "big" in result.text


def test_pget_is_get_with_five(client, liar, content):
    liar.files["big"] = content
    result = client.ok("-v", "-c", "pget big", liar.url)
    assert len(offsets(result)) == 4
    assert local(client, "big").read_bytes() == content


def test_what_is_not_for_several_sessions_is_got_by_one(client, liar):
    liar.files.update({"small": b"small", "empty": b""})
    result = client.ok("-v", "-c", "get -n 4 small; get -n 4 empty; get -n 1 file", liar.url)
    assert not offsets(result)
    assert local(client, "small").read_bytes() == b"small"
    assert local(client, "empty").read_bytes() == b""
    assert client.run("-c", "get -n 65 file", liar.url).code == 64
    assert client.run("-c", "get -n x file", liar.url).code == 64


def test_a_failure_leaves_what_has_no_gap(client, liar, content):
    """The second session is refused its bytes: the first ones stay for a resume, the third's do not."""
    liar.files["big"] = content
    plain = liar.session_class.do_RETR

    def retr(session, argument):
        if session.offset == SIZE // 3:
            session.send("550 No")
        else:
            plain(session, argument)

    liar.on["RETR"] = retr
    result = client.run("-c", "get -n 3 big", liar.url)
    assert result.code == 66 and not local(client, "big").exists()
    part = local(client, ".big.wardftp-part")
    if part.exists():
        assert content.startswith(part.read_bytes()) and part.stat().st_size <= SIZE // 3
    del liar.on["RETR"]
    client.ok("-c", "reget big", liar.url)
    assert local(client, "big").read_bytes() == content


def test_a_file_that_changes_is_no_file(client, liar, content):
    liar.files["big"] = content
    plain = liar.session_class.do_RETR

    def retr(session, argument):
        plain(session, argument)
        liar.files["big"] = content + b"longer"

    liar.on["RETR"] = retr
    result = client.run("-c", "get -n 3 big", liar.url)
    assert result.code == 76 and "changed during the transfer" in result.err
    assert not local(client, "big").exists()


def test_the_old_file_stays_until_the_new_one_is_whole(client, liar, content):
    liar.files["big"] = content
    local(client, "big").write_bytes(b"old")
    local(client, "big").chmod(0o640)
    liar.on["RETR"] = lambda session, argument: session.send("550 No")
    assert client.run("-c", "get -n 3 big", liar.url).code == 66
    assert local(client, "big").read_bytes() == b"old"
    del liar.on["RETR"]
    client.ok("-c", "get -n 3 big", liar.url)
    assert local(client, "big").read_bytes() == content
    assert local(client, "big").stat().st_mode & 0o777 == 0o640
