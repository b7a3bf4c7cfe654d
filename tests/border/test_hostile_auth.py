# SPDX-License-Identifier: BSD-2-Clause
"""An auth that was taken: what it can make of a JAIL.  JAIL takes the ids that
auth tells it, and repeats every refusal that auth should have made."""

import grp

import pytest

import harness
from harness import User
from taken import Session, server_of

FREE, FORBIDDEN = 7701, 7702
UNAVAILABLE = 3  # enum auth_result


def own_ids():
    entry = grp.getgrnam("wardftpd-scribe")
    return {"own": entry.gr_gid}


@pytest.fixture(scope="module")
def taken(make_shared_server):
    ids = [0, FORBIDDEN, own_ids()["own"], FREE]
    users = [User("alice", 5001)] + [User(f"{kind}-{number}", 5010 + 10 * i + k)
                                     for i, kind in enumerate(("uid", "gid", "group")) for k, number in enumerate(ids)]
    return server_of(make_shared_server, "auth", users=users,
                     config={"daemon": {"pool_min": 4, "forbidden_groups": f"shadow, {FORBIDDEN}"}})


def result(server, name):
    with Session(server) as one:
        return int(one.control.command(f"LOGIN {name} {server.user(name).password}").text.split()[1])


@pytest.mark.parametrize("kind", ["gid", "group"])
@pytest.mark.parametrize("number", [0, FORBIDDEN, own_ids()["own"]], ids=["root's", "forbidden", "the daemon's"])
def test_i3_a_taken_auth_gives_no_session_such_a_group(taken, kind, number):
    before = taken.log_text().count("border violation: auth names a user or a group")
    assert result(taken, f"{kind}-{number}") == UNAVAILABLE
    harness.wait_for(lambda: taken.log_text().count("border violation: auth names a user or a group") > before, 10,
                     "the line of the JAIL that was asked")


def test_i3_a_taken_auth_makes_no_session_root(taken):
    assert result(taken, "uid-0") == UNAVAILABLE
    assert result(taken, f"uid-{own_ids()['own']}") == UNAVAILABLE


def test_what_jail_is_told_is_what_it_becomes(taken):
    """The refusals above are JAIL's judgement: a free group is taken from the same auth."""
    with Session(taken) as one:
        one.login(f"group-{FREE}")
        assert taken.jail_of(f"group-{FREE}").groups() == [FREE]
