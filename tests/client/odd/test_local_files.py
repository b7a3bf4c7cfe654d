# SPDX-License-Identifier: BSD-2-Clause
"""A download keeps what exists at its target: mode, links, devices; and names of the server lead nowhere."""

import os
import stat
import subprocess

import pytest
from wardftp import NO_CREATE, USAGE

TREE = {"file": b"new content\n", "dir": {"x": b"inside"}}


def test_mode_is_kept(client, odd):
    server = odd(TREE)
    client.write("file", b"old")
    os.chmod(client.path("file"), 0o640)
    client.ok("get", server.url + "file")
    assert client.read("file") == TREE["file"]
    assert stat.S_IMODE(os.stat(client.path("file")).st_mode) == 0o640


def test_the_target_of_a_link_is_written(client, odd):
    server = odd(TREE)
    client.write("far/real", b"old")
    os.symlink("far/real", client.path("file"))
    client.ok("get", server.url + "file")
    assert os.readlink(client.path("file")) == "far/real" and client.read("far/real") == TREE["file"]


def test_a_dangling_link_is_written_through(client, odd):
    server = odd(TREE)
    os.symlink("far", client.path("file"))
    client.ok("get", server.url + "file")
    assert os.readlink(client.path("file")) == "far" and client.read("far") == TREE["file"]


def test_hard_links_stay(client, odd):
    server = odd(TREE)
    client.write("file", b"old and longer than the new one")
    os.link(client.path("file"), client.path("other"))
    client.ok("get", server.url + "file")
    assert client.read("other") == TREE["file"]


def test_a_refused_download_costs_no_byte_of_a_file_that_is_written_in_place(client, odd):
    server = odd(TREE)
    server.on["RETR"] = lambda session, argument: session.send("550 No")
    client.write("file", b"old")
    os.link(client.path("file"), client.path("other"))
    assert client.run("get", server.url + "file").code != 0
    assert client.read("other") == b"old"


def test_devices_are_written_to(client, odd):
    server = odd(TREE)
    before = os.stat("/dev/null")
    client.ok("get", server.url + "file", "/dev/null")
    after = os.stat("/dev/null")
    assert stat.S_ISCHR(after.st_mode) and before.st_ino == after.st_ino
    assert client.ok("get", server.url + "file", "/dev/stdout").out == TREE["file"]


def test_a_fifo_is_written_to(client, odd):
    server = odd(TREE)
    os.mkfifo(client.path("pipe"))
    reader = subprocess.Popen(["cat", client.path("pipe")], stdout=subprocess.PIPE)
    client.ok("get", server.url + "file", "pipe")
    assert reader.communicate(timeout=30)[0] == TREE["file"]
    assert stat.S_ISFIFO(os.stat(client.path("pipe")).st_mode)


@pytest.mark.parametrize("command", ["mget file", "mirror / ."])
def test_names_of_the_server_go_through_no_link(client, odd, command):
    server = odd({"file": b"evil"})
    client.write("secret", b"my own")
    os.makedirs(client.path("here"))
    os.symlink("../secret", client.path("here/file"))
    result = client.run("-c", f"lcd here; {command}", server.url)
    assert result.code == NO_CREATE and "symbolic link" in result.err
    assert client.read("secret") == b"my own" and os.path.islink(client.path("here/file"))


def test_directories_of_the_server_go_through_no_link(client, odd):
    server = odd({"site": {"dir": {"file": b"evil"}, "other": b"good"}})
    client.write("elsewhere/file", b"mine")
    os.makedirs(client.path("here"))
    os.symlink("../elsewhere", client.path("here/dir"))
    result = client.run("-c", "mirror -e site here", server.url)
    assert result.code == NO_CREATE
    assert client.read("elsewhere/file") == b"mine" and client.read("here/other") == b"good"
    client.ok("-c", "mirror --overwrite-links site here", server.url)
    assert client.read("elsewhere/file") == b"mine" and client.read("here/dir/file") == b"evil"
    assert not os.path.islink(client.path("here/dir"))


def test_a_mirror_replaces_links_only_where_told(client, odd):
    server = odd({"site": {"file": b"new"}})
    client.write("real", b"old one")
    os.makedirs(client.path("here"))
    os.symlink("../real", client.path("here/file"))
    assert client.run("-c", "mirror site here", server.url).code == NO_CREATE
    client.ok("-c", "mirror --overwrite-links site here", server.url)
    assert client.read("real") == b"old one" and client.read("here/file") == b"new"
    assert not os.path.islink(client.path("here/file"))


def test_a_mirror_writes_to_no_fifo(client, odd):
    server = odd({"site": {"pipe": b"new", "file": b"1"}})
    os.makedirs(client.path("here"))
    os.mkfifo(client.path("here/pipe"))
    assert client.run("-c", "mirror site here", server.url).code == NO_CREATE
    assert stat.S_ISFIFO(os.lstat(client.path("here/pipe")).st_mode) and client.read("here/file") == b"1"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user")
def test_a_writable_file_in_an_unwritable_directory(client, odd, tmp_path):
    server = odd(TREE)
    client.write("closed/file", b"old")
    os.chmod(client.path("closed/file"), 0o666)
    os.chmod(client.path("closed"), 0o755)
    for directory in (client.directory, *map(str, tmp_path.parents)):
        if directory.startswith("/tmp/"):
            os.chmod(directory, 0o755)
    done = subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", "--regid=65534",
                           *client.command("get", server.url + "file", client.path("closed/file"))],
                          cwd="/", env=client.environment, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert client.read("closed/file") == TREE["file"]


def test_no_clobber(client, odd):
    server = odd({"file": b"new", "other": b"2"})
    client.write("file", b"old")
    assert client.run("--no-clobber", "get", server.url + "file").code == NO_CREATE
    client.ok("--no-clobber", "-c", "mget *; mirror / here", server.url)
    assert client.read("file") == b"old" and client.read("other") == b"2"
    client.write("here/file", b"mine")
    client.ok("--no-clobber", "-c", "mirror / here", server.url)
    assert client.read("here/file") == b"mine"


def test_backup(client, odd):
    server = odd(TREE)
    client.write("file", b"old")
    client.ok("--backup", "get", server.url + "file")
    assert client.read("file") == TREE["file"] and client.read("file~") == b"old"


def test_two_files_for_one_name_are_refused(client, odd):
    server = odd({"a": {"f": b"1"}, "b": {"f": b"2"}})
    result = client.run("-c", "mget a/f b/f", server.url)
    assert result.code == USAGE and not client.exists("f")
    client.write("a/f", b"1")
    client.write("b/f", b"2")
    assert client.run("-c", "mput a/f b/f", server.url).code == USAGE and "f" not in server.tree


def test_directories_are_taken_with_r_or_named(client, odd):
    server = odd({"dir": {"sub": {"x": b"1"}}, "file": b"2"})
    result = client.ok("-c", "mget *", server.url)
    assert "dir" in result.err and not client.exists("dir") and client.exists("file")
    client.ok("-c", "mget -r *", server.url)
    assert client.read("dir/sub/x") == b"1"
    client.write("up/sub/y", b"3")
    result = client.ok("-c", "mput up", server.url)
    assert "up" in result.err and "up" not in server.tree
    client.ok("-c", "mput -r up", server.url)
    assert server.tree["up"] == {"sub": {"y": b"3"}}
