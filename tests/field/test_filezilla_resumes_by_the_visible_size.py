# SPDX-License-Identifier: BSD-2-Clause
"""FileZilla resumes an upload by the size that it sees on the server: REST n and STOR.

Of a new file that is what arrived. Of an existing file it is the size of the old version, and the bytes that
follow are those of the new one: they must go behind the new file's first n bytes, which arrived before the cut,
and never behind the old version (FluentFTP#1586, FileZilla trac #12146).
"""

import os
import socket
import struct

import pytest

from control import net_has_read

NEW = bytes(i * 7 % 251 for i in range(5000))


def cut(site, name, content):
    """A client whose network goes away in the middle."""
    with site.login() as control:
        data = control.connect_data()
        control.command("STOR " + name, 150)
        data.sendall(content)
        net_has_read(data)
        data.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        data.close()
        assert control.reply().code == 426


def resume(site, name, rest=None):
    """As FileZilla does it: (the 150, the last reply)."""
    with site.login() as control:
        seen = int(control.command("SIZE " + name, 213).text.split()[1])
        if rest is not None:
            seen = rest
        control.command(f"REST {seen}", 350)
        with control.connect_data() as data:
            first = control.command("STOR " + name)
            if first.code != 150:
                return first, None
            data.sendall(NEW[seen:])
        return first, control.reply()


@pytest.mark.parametrize("arrived", [1000, 1001, 3000, 5000])
def test_a_cut_overwrite_is_resumed(site, arrived):
    site.put("file", b"o" * 1000)
    cut(site, "file", NEW[:arrived])
    assert site.read("file") == b"o" * 1000
    first, last = resume(site, "file")
    assert f"continuing an upload of {arrived} bytes" in first.text and last.code == 226
    assert site.read("file") == NEW
    assert os.listdir(site.home) == ["file"]
    site.server.wait_log(f"continuing an upload of {arrived} bytes of file")


def test_a_cut_overwrite_that_is_shorter_than_the_old_version_says_so(site):
    """FileZilla sees more than arrived: REST beyond the part is refused, with the number to resume at."""
    site.put("file", b"o" * 1000)
    cut(site, "file", NEW[:700])
    refused, _ = resume(site, "file")
    assert refused.code == 554 and "700 bytes" in refused.text
    assert site.read("file") == b"o" * 1000
    assert resume(site, "file", rest=700)[1].code == 226
    assert site.read("file") == NEW


def test_a_shorter_new_version_is_cut_to_its_own_size(site):
    site.put("file", b"o" * 9000)
    cut(site, "file", NEW[:4000])
    assert resume(site, "file", rest=4000)[1].code == 226
    assert site.read("file") == NEW


def test_a_cut_new_file_is_resumed(site):
    cut(site, "file", NEW[:3000])
    first, last = resume(site, "file")
    assert "continuing" not in first.text and last.code == 226
    assert site.read("file") == NEW


def test_a_resume_that_is_cut_again_is_resumed_again(site):
    site.put("file", b"o" * 1000)
    cut(site, "file", NEW[:1500])
    with site.login() as control:
        control.command("REST 1000", 350)
        data = control.connect_data()
        control.command("STOR file", 150)
        data.sendall(NEW[1000:2500])
        net_has_read(data)
        control.command("ABOR", 426)
        data.close()
    assert site.read("file") == b"o" * 1000
    assert resume(site, "file")[1].code == 226
    assert site.read("file") == NEW


@pytest.mark.site(config={"defaults": {"failed_uploads": "hide"}})
def test_a_hidden_new_file_is_resumed(site):
    cut(site, "file", NEW[:3000])
    with site.login() as control:
        assert control.fetch("NLST").strip() == b""
        control.command("MDTM file", 550)
    assert "continuing an upload of 3000 bytes" in resume(site, "file")[0].text
    assert site.read("file") == NEW and os.listdir(site.home) == ["file"]
    with site.login() as control:
        control.command("DELE file", 250)
    cut(site, "file", NEW[:3000])
    with site.login() as control:
        control.store("APPE file", NEW[3000:])
    assert site.read("file") == NEW
