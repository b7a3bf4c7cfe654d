# SPDX-License-Identifier: BSD-2-Clause
"""Supplementary groups: from a file of the daemon's own, never one that is
forbidden; and a [group] section is never left without its group."""

import grp
import os
import signal
import subprocess

import pytest

import harness
from harness import User, group_server
from proc import wait_for

TEAM, OTHER, FORBIDDEN = 7711, 7712, 7713


def groups_of(server, name="alice"):
    """The supplementary groups of a session of this user."""
    control = server.login(name)
    found = server.jail_of(name).groups()
    control.command("QUIT", 221)
    wait_for(lambda: not any(p.runs_as(server.user(name).uid) for p in server.processes("jail")),
             what="the end of the session")
    return found


def own_etc_group(server):
    """Starts it with an /etc/group of its own, by a private mount."""
    return ["unshare", "-m", "--propagation", "private", "sh", "-c", 'mount --bind "$0" /etc/group && exec "$@"',
            server.path("system-group")]


def with_system_group(make_server, line, **arguments):
    def prepare(server):
        with open("/etc/group") as system, open(server.path("system-group"), "w") as file:
            file.write(system.read() + line)

    if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0:
        pytest.skip("no mount namespaces here: /etc/group can't be replaced for one server")
    return make_server(prepare=prepare, wrapper=own_etc_group, **arguments)


def test_a_virtual_user_gets_no_groups_of_a_system_user_of_its_name(make_server):
    server = with_system_group(make_server, f"wardtest-team:x:{TEAM}:alice\n")
    assert groups_of(server) == []


def test_the_systems_groups_count_where_group_file_says_so(make_server):
    """Then too without those that are forbidden, by name."""
    server = with_system_group(make_server, f"wardtest-team:x:{TEAM}:alice\nwardtest-secret:x:{FORBIDDEN}:alice\n",
                               config={"daemon": {"group_file": "/etc/group", "forbidden_groups": "wardtest-secret"}})
    assert groups_of(server) == [TEAM]


def test_forbidden_groups_are_not_given_and_that_is_logged(make_server):
    own = grp.getgrnam("wardftpd-auth").gr_gid
    lines = "".join(f"g{gid}:x:{gid}:alice\n" for gid in (0, TEAM, FORBIDDEN, own))
    server = group_server(make_server, None, lines, config={"daemon": {"forbidden_groups": FORBIDDEN}})
    assert groups_of(server) == [TEAM]
    server.wait_log("user alice does not get 3 of its groups")


@pytest.mark.parametrize("name", ["shadow", "disk", "adm", "sudo"])
def test_forbidden_groups_name_the_powerful_ones_by_default(make_server, name):
    try:
        gid = grp.getgrnam(name).gr_gid
    except KeyError:
        pytest.skip(f"this system has no group {name}")
    server = group_server(make_server, None, f"{name}:x:{gid}:alice\nteam:x:{TEAM}:alice\n")
    assert groups_of(server) == [TEAM]


def test_l1_a_user_whose_own_group_is_forbidden_is_refused_like_any_other(make_server):
    server = make_server(users=[User("alice", 5001), User("bob", 5002, gid=FORBIDDEN)],
                         config={"daemon": {"forbidden_groups": FORBIDDEN, "max_login_failures": 9}})
    with server.connect() as control:
        control.command("USER alice", 331)
        wrong = control.command("PASS wrong", 530)
        control.command("USER bob", 331)
        assert control.command(f"PASS {server.user('bob').password}", 530).text == wrong.text
    server.wait_log(r'login refused: address=\S+ user="bob" reason=gid')


def test_the_group_file_is_read_again_when_it_changes(make_server):
    """Also where there was none, and where it is taken away."""
    server = make_server()
    assert groups_of(server) == []
    server.write_groups(f"team:x:{TEAM}:alice\n")
    wait_for(lambda: groups_of(server) == [TEAM], what="the groups of a new file")
    server.write_groups(f"team:x:{TEAM}:bob\nother:x:{OTHER}:alice\n")
    assert groups_of(server) == [OTHER]
    with open(server.path("group"), "a") as file:  # in place
        file.write(f"more:x:{TEAM}:alice\n")
    assert groups_of(server) == [TEAM, OTHER]
    os.unlink(server.path("group"))
    assert groups_of(server) == []


def check(server):
    return subprocess.run([harness.WARDFTPD, "-t", "-c", server.config_file], capture_output=True, text=True)


def line_of(server, text):
    with open(server.config_file) as file:
        return next(number for number, line in enumerate(file, 1) if line.strip() == text)


def test_a_group_section_without_its_group_is_refused_everywhere(make_server):
    """By -t, by a reload and by a start: with file, line and what to write."""
    server = group_server(make_server, None, f"team:x:{TEAM}:alice\n", config={"group team": {"read_only": "yes"}})
    assert check(server).returncode == 0
    server.overrides = {"group team": {"read_only": "yes"}, "group nobody-has": {"read_only": "yes"}}
    server.write_config()
    words = (f"{server.config_file}:{line_of(server, '[group nobody-has]')}: [group nobody-has]: "
             f"{server.path('group')} has no group nobody-has, so these rules would apply to no user; "
             'add the line "nobody-has:x:GID:USER,USER" to it, or set daemon.group_file = /etc/group')
    checked = check(server)
    assert checked.returncode == 78 and words in checked.stderr, checked.stderr
    server.signal(signal.SIGHUP)
    server.wait_log("reload failed: the old configuration stays")
    assert words in server.log_text()
    assert server.login().command("MKD refused").code == 550  # by the rules of before
    server.close_controls()
    assert server.stop() == 0
    with pytest.raises(AssertionError, match="the server ended with 78"):
        server.launch()


def test_a_group_section_needs_a_file_at_all(make_server):
    server = make_server()
    server.write_config("[group team]\nread_only = yes\n")
    checked = check(server)
    assert checked.returncode == 78 and f"{server.path('group')} has no group team" in checked.stderr


def may_write(server, name="alice"):
    control = server.login(name)
    made = control.command("MKD made").code == 257
    if made:
        control.command("RMD made", 250)
    return made


@pytest.mark.parametrize("lose", ["changed", "removed", "writable by others"])
def test_rules_stay_when_the_group_file_loses_their_group(make_server, lose):
    server = group_server(make_server, None, f"team:x:{TEAM}:alice\n", config={"group team": {"read_only": "yes"}})
    assert not may_write(server) and may_write(server, "bob")
    if lose == "changed":
        server.write_groups(f"tema:x:{TEAM}:alice\n")
    elif lose == "removed":
        os.unlink(server.path("group"))
    else:
        os.chmod(server.path("group"), 0o666)
    assert not may_write(server) and may_write(server, "bob")
    server.wait_log("its last version stays in use" if lose != "writable by others"
                    else "refused: it is writable by others than root")


def test_no_one_logs_in_while_rules_have_no_group(make_server):
    """An auth that is new has no last version to stay with."""
    server = group_server(make_server, None, f"team:x:{TEAM}:alice\n", config={"group team": {"read_only": "yes"}})
    assert not may_write(server)
    os.unlink(server.path("group"))
    auth = server.one("auth")
    os.kill(auth.pid, signal.SIGKILL)
    server.restarted("auth", auth)
    server.wait_log("no one can log in until it has one")
    with server.connect() as control:
        control.command("USER alice", 331)
        control.command(f"PASS {server.user().password}", 421)
    server.write_groups(f"team:x:{TEAM}:alice\n")

    def logs_in():
        with server.connect() as again:
            again.command("USER alice", 331)
            return again.command(f"PASS {server.user().password}").code == 230

    wait_for(logs_in, what="the log-in by the repaired file")
    assert not may_write(server)
