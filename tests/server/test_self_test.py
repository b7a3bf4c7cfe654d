# SPDX-License-Identifier: BSD-2-Clause
"""The self-test at the start: with a kernel that does not do what it was asked
to (strace makes its answers up) the daemon does not serve, and says why."""

import re
import shutil
import subprocess

import pytest

import harness
from faults import Injection

EX_OSERR = 71

pytestmark = [
    pytest.mark.skipif(harness.SANITIZED, reason="a build with sanitizers has no filters"),
    pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed"),
]


def start_with(make_stopped, inject, **daemon):
    server = make_stopped(config={"daemon": daemon})
    server.port = harness.free_port()
    server.write_config()
    command = ["strace", "-f", "-qq", "-o", server.path("trace"), *(f"--inject={one}" for one in inject),
               harness.WARDFTPD, "-f", "-c", server.config_file]
    return subprocess.run(command, capture_output=True, text=True, timeout=20)


@pytest.fixture
def make_stopped():
    made = []

    def make(**arguments):
        made.append(harness.Server(**arguments))
        return made[-1]

    yield make
    for server in made:
        server.finish()


@pytest.mark.parametrize("inject, reason", [
    (["seccomp:retval=0"], r"ward-auth: its filter \(seccomp\) does not refuse system call \d+ \(openat\)"),
    (["landlock_restrict_self:retval=0"], r"a Landlock domain does not refuse files"),
    (["sendfile:error=ENOSYS"], r"ward-net can't do its work in its confinement: moves_bytes\(\): Function not"),
    (["getresuid:retval=0"], r"ward-\w+: confinement failed at reading the ids back"),
    (["chroot:retval=0"], r"ward-\w+: confinement failed at reading the root back"),
    (["capset:retval=0:when=2+"], r"ward-jail can't do its work in its confinement: becoming a user"),
], ids=lambda value: value[0].split(":")[0] if isinstance(value, list) else "")
def test_m5_a_kernel_that_confines_nothing_is_not_served_on(make_stopped, inject, reason):
    done = start_with(make_stopped, inject)
    assert done.returncode == EX_OSERR, done.stderr
    assert re.search(reason, done.stderr), done.stderr
    assert re.search("the self-test of the sandbox has failed|ended before it had checked everything", done.stderr)


def test_i7_without_a_filter_there_is_no_start(make_stopped):
    done = start_with(make_stopped, ["seccomp:error=EINVAL:when=10+"])
    assert done.returncode != 0
    assert re.search(r"confinement failed at its filter", done.stderr), done.stderr


@pytest.mark.parametrize("role", ["net", "jail"])
def test_i7_a_process_whose_own_limit_was_not_set_ends(make_server, role):
    """Of what a zygote forks: the kernel says that it has set the limit of processes, but has not."""
    server = make_server(config={"daemon": {"sandbox": "report"}})  # a filter would refuse the made-up call
    server.allowed_log = f"ward-{role}: confinement failed at the limits"
    with Injection(server.zygotes()[role], "prlimit64", 0, when="1", children=True):
        server.connect().command("QUIT", 221)
        server.wait_log(f"ward-{role}: confinement failed at the limits")
    server.works()
