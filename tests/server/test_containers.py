# SPDX-License-Identifier: BSD-2-Clause
"""Where root is less than root: capabilities that a container withholds, a user namespace, low limits; and
where the daemon is not the only one of its kind."""

import os
import re
import subprocess
import sys

import pytest

import harness
from proc import wait_for

FIRST = 300000  # the host's id of the namespace's root
NAMESPACE = [sys.executable, os.path.join(harness.TOP, "tests", "server", "user_namespace.py"), str(FIRST)]

NEEDED = ["setuid", "setgid", "setpcap", "sys_chroot", "kill"]

no_sanitizer = pytest.mark.skipif(harness.SANITIZED, reason="a sanitizer wants memory and descriptors of its own")


@pytest.fixture
def stopped(make_server):
    server = make_server()
    server.stop()
    server.killed = True
    return server


def start(server, *wrapper, **more):
    return subprocess.run([*wrapper, harness.WARDFTPD, "-f", "-c", server.config_file, "-o", "daemon.log=stderr"],
                          capture_output=True, text=True, timeout=60, start_new_session=True, **more)


def without(*capabilities):
    names = ",".join(f"-{name}" for name in capabilities)
    return ["setpriv", "--bounding-set", names, "--inh-caps", names]


@pytest.mark.parametrize("capability", NEEDED)
def test_a_missing_capability_is_named(stopped, capability):
    done = start(stopped, *without(capability))
    assert done.returncode == 77, done
    assert f"CAP_{capability.upper()} is missing: " in done.stderr


def test_all_missing_capabilities_are_named_at_once(stopped):
    done = start(stopped, *without(*NEEDED))
    assert re.findall(r"wardftpd: CAP_(\w+) is missing", done.stderr) == [name.upper() for name in NEEDED]


@pytest.mark.parametrize("capability", ["dac_read_search", "net_bind_service"])
def test_without_these_capabilities_it_serves_with_a_warning(make_server, capability):
    server = make_server(wrapper=without(capability))
    assert f"warning: CAP_{capability.upper()} is missing" in server.log_text()
    assert server.works()


def test_with_the_capabilities_of_a_plain_container_it_serves(make_server):
    """Docker's and Podman's default set has neither SYS_ADMIN nor SYS_RESOURCE nor DAC_READ_SEARCH."""
    keep = "chown,dac_override,fowner,fsetid,kill,setgid,setuid,setpcap,net_bind_service,sys_chroot,setfcap"
    names = "-all," + ",".join(f"+{name}" for name in keep.split(","))
    server = make_server(wrapper=["setpriv", "--bounding-set", names, "--inh-caps", "-all"])
    assert server.works()


def shift(path):
    """Gives a file to the same id in the namespace."""
    about = os.lstat(path)
    if about.st_uid < FIRST:
        os.lchown(path, about.st_uid + FIRST, about.st_gid + FIRST)


def shift_all(server):
    shift(server.directory)
    for folder, directories, files in os.walk(server.directory):
        for name in directories + files:
            shift(os.path.join(folder, name))


@pytest.fixture
def make_rootless(make_server):
    if subprocess.run([*NAMESPACE, "true"]).returncode != 0:
        pytest.skip("no user namespaces here")

    def make(wrapper=(), **arguments):
        return make_server(prepare=shift_all, wrapper=[*wrapper, *NAMESPACE], **arguments)

    return make


def test_in_a_user_namespace_it_serves_that_namespaces_users(make_rootless):
    server = make_rootless()
    assert "no private network for the processes" in server.log_text()
    control = server.login()
    control.store("STOR up", b"bytes")
    assert os.stat(server.home("alice", "up")).st_uid == FIRST + server.user().uid
    control.command("SIZE up", 213)
    assert server.master().runs_as(FIRST)
    jail = next(p for p in server.processes("jail") if p.runs_as(FIRST + server.user().uid))
    assert set(jail.capabilities().values()) == {0}


@no_sanitizer
def test_in_a_user_namespace_the_keeper_warns_of_what_it_cannot_lock(make_rootless):
    """There, no process may raise RLIMIT_MEMLOCK."""

    def with_tls(server):
        if not server.certificate:
            server.use_tls()
            server.write_config()
        shift_all(server)

    server = make_rootless(wrapper=["prlimit", "--memlock=65536:65536"])
    server.stop()
    server.prepare = with_tls
    server.start()
    server.wait_log(r"warning process=keeper .*only 64 of 1024 KiB for private keys can be locked")
    assert server.works()


def test_a_user_that_the_namespace_does_not_have(make_rootless):
    users = [harness.User("alice", 5001), harness.User("bob", 5002), harness.User("carol", 70000, home="/")]
    server = make_rootless(users=users)
    control = server.connect()
    control.command("USER carol", 331)
    control.command(f"PASS {server.user('carol').password}", 421)
    server.wait_log(r"JAIL could not become user carol \(its uid, gid and groups\): this user namespace has no such id")
    assert server.works()


@no_sanitizer
@pytest.mark.parametrize("limit, words", [("nofile=8", "Too many open files"), ("nofile=16", "Too many open files"),
                                          ("data=1000000", "Cannot allocate memory"),
                                          ("data=3000000", "Cannot allocate memory"), ("fsize=0", "filter"),
                                          ("as=10000000", "Cannot allocate memory")])
def test_an_early_end_says_why_whatever_the_limits(stopped, limit, words):
    done = start(stopped, *without("sys_resource"), "prlimit", f"--{limit}")
    assert done.returncode not in (0, -25, 128 + 25), done
    assert words in done.stderr


def test_a_low_limit_of_file_sizes_ends_nothing_where_it_may_be_raised(make_server):
    server = make_server(wrapper=["prlimit", "--fsize=0:unlimited"])
    server.login().store("STOR up", b"bytes")
    assert server.read("up") == b"bytes"


def test_it_starts_in_any_working_directory(stopped, tmp_path):
    """JAIL's account can't look at one of mode 0700, as root's home is."""
    private = tmp_path / "private"
    private.mkdir(0o700)
    with open(stopped.output, "ab") as output:
        daemon = subprocess.Popen([harness.WARDFTPD, "-f", "-c", os.path.relpath(stopped.config_file, private)],
                                  cwd=private, stdout=output, stderr=output, env={**os.environ},
                                  start_new_session=True)
    try:
        wait_for(lambda: "wardftpd 0" in stopped.log_text() and answers(stopped), what="the greeting")
        assert os.readlink(f"/proc/{daemon.pid}/cwd") == "/"
        stopped.login().command("PWD", 257)
        stopped.close_controls()
    finally:
        daemon.terminate()
        assert daemon.wait(20) == 0


def answers(server):
    try:
        with server.connect() as control:
            return control.greeting.code == 220
    except OSError:
        return False


def test_a_second_instance_beside_the_first(make_server):
    """With files of its own, it shares nothing with the first but the accounts, and outlives it."""
    first, second = make_server(), make_server()
    one, two = first.login(), second.login()
    one.store("STOR up", b"first")
    two.store("STOR up", b"second")
    assert (first.read("up"), second.read("up")) == (b"first", b"second")
    first.stop()
    two.store("STOR up", b"third")
    assert second.read("up") == b"third"
    assert second.works()
