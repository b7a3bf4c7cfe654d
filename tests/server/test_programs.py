# SPDX-License-Identifier: BSD-2-Clause
"""One program for each role: what each maps and links, where it comes from, and how a changed one is used."""

import os
import re
import shutil
import signal
import subprocess

import pytest

import harness
import ctl
from proc import wait_for

LIBEXEC = os.path.join(harness.BUILD, "libexec", "wardftpd")
ROLES = ("auth", "dialer", "keeper", "scribe", "control", "events", "net", "jail")
LIBRARIES = {"libssl.so", "libcrypto.so", "libcrypt.so", "libseccomp.so", "libcap.so"}
MAPPED = {"master": {"libseccomp.so", "libcap.so"}, "auth": {"libcrypt.so"}, "keeper": {"libcrypto.so"},
          "net": {"libssl.so", "libcrypto.so"}, "jail": set(), "dialer": set(), "scribe": set(), "control": set(),
          "events": set()}


@pytest.fixture
def server(make_server):
    """With all processes that a configuration can ask for."""
    return make_server(events=True)


def libraries(process):
    return {os.path.basename(name) for _, _, _, name in process.maps() if ".so" in name}


def first_code(process):
    """Where the program itself is mapped."""
    return next(first for first, _, _, name in process.maps() if name.endswith("/" + process.role()))


def environment(process):
    with open(process.path("environ"), "rb") as file:
        return {entry.split(b"=")[0] for entry in file.read().split(b"\0") if entry}


@pytest.fixture
def folder(scratch):
    """A daemon of its own, whose programs the test may change."""
    for name in ("wardftpd", "wardctl"):
        shutil.copy2(os.path.join(harness.BUILD, name), scratch)
    shutil.copytree(LIBEXEC, os.path.join(scratch, "libexec", "wardftpd"))
    return scratch


def program(folder, name):
    return os.path.join(folder, "libexec", "wardftpd", name)


def replace(path, content):
    """As a package does it: a new file renamed over the old one."""
    with open(path + ".new", "wb") as file:
        file.write(content)
    os.chmod(path + ".new", 0o755)
    os.rename(path + ".new", path)


def of_another_build(path):
    """The program with another number of the border that all programs share with the master."""
    listed = subprocess.run([os.path.join(harness.TOP, "scripts", "border-numbers")], capture_output=True, text=True,
                            check=True).stdout
    number = int(re.search(r"BORDER_NUMBER_CONFIG (0x\w+)ULL", listed).group(1), 16).to_bytes(8, "little")
    with open(path, "rb") as file:
        content = file.read()
    assert number in content
    return content.replace(number, bytes(8))


def test_each_role_runs_a_program_of_its_own(server):
    with server.login():
        for process, program in server.look_at(lambda p: os.path.realpath(p.path("exe")), *ROLES).items():
            assert program == os.path.realpath(os.path.join(LIBEXEC, process.role()))


@pytest.mark.skipif(harness.SANITIZED, reason="a sanitizer brings libraries of its own")
def test_a_role_maps_the_libraries_that_it_needs_and_no_others(server):
    with server.login():
        seen = server.look_at(libraries, *MAPPED)
    for process, mapped in seen.items():
        found = {library for library in LIBRARIES if any(name.startswith(library) for name in mapped)}
        assert found == MAPPED[process.role()], process


def test_each_program_has_an_address_layout_of_its_own(server):
    with server.login():
        places = {process.role(): place for process, place in server.look_at(first_code, *ROLES).items()}
    assert len(set(places.values())) == len(ROLES), places


def test_the_environment_of_a_role_is_empty(make_server):
    server = make_server(events=True, wrapper=["env", "OPENSSL_CONF=/nowhere", "LD_DEBUG_OUTPUT=/nowhere"])
    with server.login():
        for process, names in server.look_at(environment, *ROLES).items():
            assert names <= {b"TZ", b"ASAN_OPTIONS", b"UBSAN_OPTIONS"}, (process, names)


@pytest.mark.skipif(harness.SANITIZED, reason="a sanitizer's shadow memory is not worth a search")
def test_what_one_role_knows_is_in_no_other_roles_memory(make_server):
    """A password hash is in auth; a fork of one program for all would have it in each role started later."""
    server = make_server(events=True)
    hash_ = server.user().hash.encode()
    old = server.one("keeper")
    os.kill(old.pid, signal.SIGKILL)  # the next one starts after auth has read the file
    server.restarted("keeper", old)
    with server.login():
        for process, found in server.look_at(lambda p: p.memory_has([hash_])).items():
            assert bool(found) == (process.role() == "auth"), process


@pytest.mark.parametrize("name", ROLES)
def test_a_program_that_others_may_write_is_refused(folder, make_server, name):
    os.chmod(program(folder, name), 0o775)
    server = harness.Server(binary=os.path.join(folder, "wardftpd"))
    with pytest.raises(AssertionError, match=f"/{name}: must not be writable for group or others"):
        server.start()
    server.finish()


@pytest.mark.parametrize("owner, mode, reason", [(0, 0o777, "must not be writable for group or others"),
                                                 (5001, 0o755, "must belong to root or to the owner of wardftpd")])
def test_the_programs_directory_is_judged_too(folder, owner, mode, reason):
    directory = os.path.dirname(program(folder, "net"))
    os.chmod(directory, mode)
    os.chown(directory, owner, 0)
    server = harness.Server(binary=os.path.join(folder, "wardftpd"))
    with pytest.raises(AssertionError, match=f"{directory}: {reason}"):
        server.start()
    server.finish()


def test_a_missing_program_is_named(folder):
    os.unlink(program(folder, "scribe"))
    server = harness.Server(binary=os.path.join(folder, "wardftpd"))
    with pytest.raises(AssertionError, match="/scribe: No such file or directory"):
        server.start()
    server.finish()


def test_a_program_of_another_build_is_refused_at_the_start(folder):
    replace(program(folder, "jail"), of_another_build(program(folder, "jail")))
    server = harness.Server(binary=os.path.join(folder, "wardftpd"))
    with pytest.raises(AssertionError, match="jail: of another build than wardftpd: the border config differs"):
        server.start()
    server.finish()


def test_a_reload_takes_changed_programs_for_new_sessions(folder, make_server):
    server = make_server(binary=os.path.join(folder, "wardftpd"))
    old = server.login()
    for name in ROLES:
        with open(program(folder, name), "rb") as file:
            replace(program(folder, name), file.read() + b"\n")
    done = ctl.run(server, "reload")
    assert done.returncode == 0, done.stderr
    server.wait_log("new sessions are served by the programs that have changed")

    def served_by_the_new():
        with server.login() as control:
            executable = os.stat(f"/proc/{server.net_of(control).pid}/exe")
        return executable.st_ino == os.stat(program(folder, "net")).st_ino

    wait_for(served_by_the_new, what="a session of the new program")
    old.command("NOOP", 200)


def test_a_reload_keeps_programs_that_the_changed_ones_do_not_fit(folder, make_server):
    server = make_server(binary=os.path.join(folder, "wardftpd"))
    inode = os.stat(program(folder, "net")).st_ino
    replace(program(folder, "net"), of_another_build(program(folder, "net")))
    done = ctl.run(server, "reload")
    assert "restart needed: the changed program net is of another build than this one" in done.stdout + done.stderr
    server.wait_log("configuration reloaded")
    with server.login() as control:
        assert os.stat(f"/proc/{server.net_of(control).pid}/exe").st_ino == inode
