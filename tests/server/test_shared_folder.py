# SPDX-License-Identifier: BSD-2-Clause
"""One directory in the homes of several users, by bind mounts of the system's (doc/howto.md)."""

import os
import subprocess

import pytest

from harness import User

TEAM = 6001


def with_mounts(server):
    """In a mount namespace of the server's own, as the system's mount units would do it for all."""
    mounts = " && ".join(f"mount --bind {server.path('shared')} {server.home(name, 'shared')}"
                         for name in ("alice", "bob"))
    return ["unshare", "-m", "--propagation", "private", "sh", "-c", mounts + ' && exec "$@"', "sh"]


@pytest.fixture
def make_shared(make_server):
    if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0:
        pytest.skip("no mount namespaces here")

    def make(**defaults):
        def prepare(server):
            server.write_groups(f"team:x:{TEAM}:alice,bob\n")
            if os.path.exists(server.path("shared")):
                return
            os.mkdir(server.path("shared"))
            os.chown(server.path("shared"), 0, TEAM)
            os.chmod(server.path("shared"), 0o2770)
            for name in ("alice", "bob"):
                server.mkdir("shared", name)

        return make_server(prepare=prepare, wrapper=with_mounts, users=[User("alice", 5001), User("bob", 5002)],
                           config={"defaults": {"umask": "007", **defaults}})

    return make


def listing(control, path="shared"):
    return sorted(control.fetch(f"NLST {path}").decode().split())


def test_what_one_stores_another_reads_and_replaces(make_shared):
    server = make_shared()
    alice, bob = server.login("alice"), server.login("bob")
    alice.store("STOR shared/file", b"first")
    assert bob.fetch("RETR shared/file") == b"first"
    bob.store("STOR shared/file", b"second")
    assert alice.fetch("RETR shared/file") == b"second"
    about = os.stat(server.path("shared", "file"))
    assert (about.st_uid, about.st_gid, about.st_mode & 0o777) == (5001, TEAM, 0o660)


def test_uploads_are_atomic(make_shared):
    """A reader sees the old version until the new one is complete, and no listing shows the part."""
    server = make_shared()
    alice, bob = server.login("alice"), server.login("bob")
    alice.store("STOR shared/file", b"old")
    with alice.connect_data() as data:
        alice.command("STOR shared/file", 150)
        data.sendall(b"new version")
        assert bob.fetch("RETR shared/file") == b"old"
        assert listing(bob) == ["shared/file"]
    assert alice.reply().code == 226
    assert bob.fetch("RETR shared/file") == b"new version"


def test_a_name_has_one_writer(make_shared):
    """Whichever of the homes it is reached by."""
    server = make_shared()
    alice, bob = server.login("alice"), server.login("bob")
    with alice.connect_data() as data:
        alice.command("STOR shared/file", 150)
        data.sendall(b"alice's")
        with bob.connect_data():
            assert bob.command("STOR shared/file").code == 450
        assert bob.command("DELE shared/file").code == 450
    assert alice.reply().code == 226
    assert bob.fetch("RETR shared/file") == b"alice's"


def test_a_rename_into_it_is_refused(make_shared):
    """It would be a copy: the client gets the reason, and nothing is lost."""
    server = make_shared()
    alice = server.login("alice")
    alice.store("STOR file", b"mine")
    alice.command("RNFR file", 350)
    refused = alice.command("RNTO shared/file")
    assert refused.code == 550, refused
    assert alice.fetch("RETR file") == b"mine"
    alice.store("STOR shared/one", b"1")
    alice.command("RNFR shared/one", 350)
    alice.command("RNTO shared/two", 250)


def test_the_directory_itself_stays(make_shared):
    """A mount point can't be removed or renamed."""
    server = make_shared()
    alice = server.login("alice")
    assert alice.command("RMD shared").code == 550
    alice.command("RNFR shared", 350)
    assert alice.command("RNTO other").code == 550
    assert listing(alice, "") == ["shared"]


def test_its_files_count_for_each_of_the_quotas(make_shared):
    """A quota counts what is under the home, also what others stored there."""
    server = make_shared(quota_bytes=1000)
    alice = server.login("alice")
    alice.store("STOR shared/file", b"a" * 600)
    alice.command("QUIT", 221)
    bob = server.login("bob")
    assert bob.command("ALLO 600", 552).text == "552 Quota of 1 kB: only 400 bytes are left."
