# SPDX-License-Identifier: BSD-2-Clause
"""FileZilla in a real window under Xvfb: log in, list, upload, download, make a directory, log out."""

import os
import re

import pytest

import filezilla
from filezilla import EXPLICIT_TLS, IF_AVAILABLE, PLAIN, FileZilla
from harness import User
from proc import wait_for


# A window, a mouse and a keyboard want a quiet machine.
pytestmark = pytest.mark.full


@pytest.fixture(autouse=True)
def tools():
    if filezilla.missing():
        pytest.skip("not installed: " + " ".join(filezilla.missing()))


def content(name, size):
    return (name.encode() + b"\0\xff\r\n") * (size // (len(name) + 4) + 1)


def window(server, name, user="alice", password=None, **arguments):
    return FileZilla(server.directory, "127.0.0.1", server.port, user, password or server.user(user).password,
                     name=name, **arguments)


PLAIN_SITES = {
    "passive": {"protocol": PLAIN},
    "active": {"protocol": PLAIN, "passive": False},
    "if-available": {"protocol": IF_AVAILABLE},
}


@pytest.mark.parametrize("site", PLAIN_SITES)
def test_a_whole_session(server, site):
    whole_session(server, site, **PLAIN_SITES[site])


@pytest.mark.parametrize("resume", ["off", "required"])
def test_a_whole_session_over_tls(make_server, resume):
    """No window "Insecure FTP data connection" may come: each data connection resumes the session."""

    def prepare(server):
        if not server.certificate:
            server.use_tls(data_resume=resume)
            server.write_config()

    server = make_server(prepare=prepare)
    whole_session(server, "tls-" + resume, protocol=EXPLICIT_TLS, certificate=server.certificate)


MANY = {f"file{number:02}.bin": content("x", number * 300) for number in range(1, 49)} | {
    "empty.bin": b"", "large.bin": content("large", 64 << 20)}


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
@pytest.mark.parametrize("resume", ["off", "required"])
def test_fifty_files_there_and_back_over_tls(make_server, resume, tls):
    """On one control connection, an empty file and one of 64 MiB among them; and no window asks anything."""

    def prepare(server):
        if not server.certificate:
            server.use_tls(data_resume=resume)
            server.write_config()

    server = make_server(prepare=prepare)
    with window(server, f"filezilla-many-{tls}-{resume}", files=MANY, protocol=EXPLICIT_TLS,
                certificate=server.certificate, tls12=tls == "1.2") as client:
        client.wait("Directory listing of .* successful")
        client.upload_all(len(MANY))
        assert all(server.read(name) == MANY[name] for name in MANY)
        client.wait("Directory listing of .* successful", 30, 2)
        for name in MANY:
            os.truncate(os.path.join(client.local, name), 0)
        client.download_all(len(MANY))
        for name in MANY:
            with open(os.path.join(client.local, name), "rb") as file:
                assert file.read() == MANY[name], name
        assert not re.search(r"Error:", client.text()), client.text()
        assert not [title for title in client.titles() if "nsecure" in title or "rror" in title]
    assert re.search(rf"TLSv{tls}", server.log_text())


def whole_session(server, site, **arguments):
    server.put("download.bin", content("download", 300000))
    server.put("zürich.txt", b"umlaut")
    if not os.path.isdir(server.home("alice", "existing")):
        server.mkdir("existing")
    with window(server, "filezilla-" + site, files={"upload.bin": content("upload", 200000)}, **arguments) as client:
        client.wait("Logged in|Status:\tLogged in")
        client.wait("Directory listing of .* successful")
        client.shot("listed")
        client.upload("upload.bin")
        assert server.read("upload.bin") == content("upload", 200000)
        client.download("download.bin")
        with open(os.path.join(client.local, "download.bin"), "rb") as file:
            assert file.read() == content("download", 300000)
        client.mkdir("fresh")
        wait_for(lambda: os.path.isdir(server.home("alice", "fresh")), 10, "the new directory")
        client.shot("done")
        client.disconnect()
        client.shot("left")
        assert not re.search(r"Error:", client.text()), client.text()
        unexpected = [title for title in client.titles() if "nsecure" in title or "rror" in title]
        assert not unexpected
    wait_for(lambda: not [p for p in server.processes("jail") if p.runs_as(5001)], 10,
             "the end of the sessions")


def test_a_whole_session_with_texts_of_several_lines(make_server):
    server = make_server(config={"daemon": {"banner": r"One.\n220 two.\n\nLast."},
                                 "defaults": {"login_message": r"331 one\n230 two", "goodbye": r"221 Bye.\nReally.",
                                              "directory_message_file": ".message"}})
    for directory in ("", "existing/"):
        if directory:
            server.mkdir(directory)
        server.put(directory + ".message", b"250 done\n\n550 No.\n")
    whole_session(server, "texts", protocol=PLAIN)


def test_bad_login(server):
    with window(server, "filezilla-bad", password="wrong") as client:
        client.wait(r"530 ")
        client.wait(r"Critical error|Could not connect to server")
        client.shot("refused")
    assert not [p for p in server.processes("jail") if p.runs_as(5001)]


def test_a_guest_reads_and_brings_a_file(make_server):
    """The logon type "Anonymous"; the upload directory looks empty and takes what is dropped on it."""
    server = make_server(users=[User("ftp", 5090, hash="!")], config={"anonymous": {"upload_directory": "/incoming"}})
    server.put("download.bin", content("download", 30000), "ftp"), server.mkdir("incoming", "ftp")
    server.put("incoming/old.bin", b"another guest's", "ftp")
    files = {"upload.bin": content("upload", 20000)}
    for remote in ("", "incoming"):
        with FileZilla(server.directory, "127.0.0.1", server.port, None, None, name="guest-" + (remote or "root"),
                       files=files, remote=remote) as client:
            client.wait("Directory listing of .* successful")
            client.shot("listed")
            if remote:
                client.upload("upload.bin")
            else:
                client.download("download.bin")
            client.disconnect()
            assert not re.search(r"Error:", client.text()), client.text()
    with open(os.path.join(server.directory, "guest-root", "local", "download.bin"), "rb") as file:
        assert file.read() == content("download", 30000)
    assert server.read("incoming/upload.bin", "ftp") == files["upload.bin"]
