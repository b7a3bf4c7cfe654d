# SPDX-License-Identifier: BSD-2-Clause
"""wardftpd --print-filter: the filter of each role as text, with the calls of its list."""

import os
import re
import subprocess

import pytest

import harness
from filters import CONFINED, run

ZYGOTES = {"net": "net-zygote", "jail-before": "jail-zygote"}


def print_filter(role, scratch, *arguments):
    config = os.path.join(scratch, "wardftpd.conf")
    with open(config, "w", encoding="ascii"):
        pass
    return subprocess.run([harness.WARDFTPD, "-c", config, "--print-filter", role, *arguments], capture_output=True,
                          text=True, timeout=30, check=False)


def listed(role):
    """The calls of roles.c that the role has, and those that it is refused with an error."""
    rows = [line.split() for line in run("--list")]
    return ({name for label, name, answer, *_ in rows if label == role and answer == "0"},
            {name for label, name, answer, *_ in rows if label == role and answer != "0"})


@pytest.mark.parametrize("role", ("master",) + CONFINED)
def test_a_roles_filter_is_printed_with_its_calls(role, scratch):
    harness.make_accounts()
    done = print_filter(role, scratch)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{role} (")
    program, _, ids = done.stdout.partition("to which ids it may change")
    named = set(re.findall(r"A [=>]+ \d+ \((\w+)\)", program))
    allowed, refused = listed(role)
    if role in ZYGOTES:  # only what the zygote has and its child must not have
        more = listed(ZYGOTES[role])[0] - allowed
        assert more and more <= named
    else:
        assert allowed | refused <= named
    assert {"setresuid", "setresgid"} <= set(re.findall(r"\((\w+)\)", ids)) or role != "jail-zygote"
    assert ("on top of the filters of" in program) == (role != "master")
    assert "return TRAP" in program or role == "master"


def test_a_roles_filter_follows_the_configuration(scratch):
    harness.make_accounts()
    assert "return LOG" not in print_filter("net", scratch).stdout
    assert "return LOG" in print_filter("net", scratch, "-o", "daemon.sandbox=report").stdout


def test_an_unknown_role_prints_the_roles(scratch):
    done = print_filter("ward-net", scratch)
    assert done.returncode == 64
    assert all(role in done.stderr for role in CONFINED), done.stderr
