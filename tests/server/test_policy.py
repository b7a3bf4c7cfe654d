# SPDX-License-Identifier: BSD-2-Clause
"""What a user may do: each right and each condition on both of its sides, the
nearest section first; and what a refusal says (law R2), or does not (law L1)."""

import datetime
import os
import re

import pytest

from control import attempt
from harness import User

# right: the command that needs it, as works() takes it
RIGHTS = {
    "list": "<LIST",
    "download": "<RETR old",
    "upload": ">STOR new",
    "overwrite": ">STOR old",
    "append": ">APPE old",
    "delete": "DELE old",
    "rename": "RNFR old",
    "mkdir": "MKD fresh",
    "rmdir": "RMD empty",
    "chmod": "SITE CHMOD 600 old",
}


def furnish(server, name):
    server.put("old", b"before", user=name)
    server.mkdir("empty", user=name)


def people(count):
    return [User(f"user{i}", 5100 + i) for i in range(count)]


def test_r2_each_right_alone_lets_its_command_pass_and_no_other(make_server):
    users = people(len(RIGHTS))
    config = {f"user {user.name}": {"rights": right} for user, right in zip(users, RIGHTS)}
    server = make_server(users=users, config=config)
    faults = []
    for user, right in zip(users, RIGHTS):
        furnish(server, user.name)
        control = server.login(user.name)
        for needed, line in RIGHTS.items():
            if needed == right:
                continue
            reply = attempt(control, line)
            if reply.code != 550:
                faults.append(f"with {right}: {line} got {reply}")
        assert server.read("old", user.name) == b"before" and os.path.isdir(server.home(user.name, "empty"))
        assert sorted(os.listdir(server.home(user.name))) == ["empty", "old"]
        reply = attempt(control, RIGHTS[right])
        if reply.code >= 400:
            faults.append(f"with {right}: {RIGHTS[right]} got {reply}")
    assert not faults, "\n".join(faults)


def test_r2_each_right_taken_away_refuses_its_command_alone(make_server):
    users = people(len(RIGHTS))
    config = {f"user {user.name}": {"rights": f"all, -{right}"} for user, right in zip(users, RIGHTS)}
    server = make_server(users=users, config=config)
    faults = []
    for user, right in zip(users, RIGHTS):
        furnish(server, user.name)
        control = server.login(user.name)
        if attempt(control, RIGHTS[right]).code != 550:
            faults.append(f"without {right}: {RIGHTS[right]} passed")
        for needed, line in RIGHTS.items():
            server.put("old", b"before", user=user.name)
            if needed != right and attempt(control, line).code >= 400:
                faults.append(f"without {right}: {line} was refused")
    assert not faults, "\n".join(faults)


def test_a_rename_over_a_name_needs_overwrite(make_server):
    server = make_server(config={"defaults": {"rights": "all, -overwrite"}})
    server.put("one", b"1"), server.put("two", b"2")
    control = server.login()
    control.command("RNFR one", 350)
    control.command("RNTO two", 550)
    assert server.read("two") == b"2"
    control.command("RNFR one", 350)
    control.command("RNTO three", 250)


def test_r1_feat_and_help_leave_out_what_the_user_may_not_do(make_server):
    server = make_server(config={"defaults": {"read_only": "yes"}})
    control = server.login()
    features, help_text = control.command("FEAT", 211).text, control.command("HELP", 214).text
    assert " MFMT" not in features and " SIZE" in features
    assert "STOR" not in help_text and "RETR" in help_text


def test_a_dropbox_takes_new_files_and_shows_nothing(make_server):
    server = make_server(config={"user alice": {"dropbox": "yes"}})
    furnish(server, "alice")
    control = server.login()
    assert attempt(control, ">STOR new").code == 226
    for line in ("<LIST", "<MLSD", "<NLST", "MLST new", "<RETR new", ">STOR new", ">STOR old", ">APPE new",
                 "DELE new", "RNFR new", "SIZE new", "MDTM new", "XMD5 new"):
        assert attempt(control, line).code == 550, line
    assert server.read("new") == b"after" and server.read("old") == b"before"
    control = server.login("bob")
    assert attempt(control, "<LIST").code == 226


def test_hidden_names_are_not_shown_and_denied_ones_not_taken_either(make_server):
    server = make_server(config={"defaults": {"hide": "*.bak, secret?", "deny": ".ht*"}})
    for name in ("a.bak", "secret1", ".htaccess", "seen"):
        server.put(name, b"x")
    server.mkdir(".htdir"), server.put(".htdir/inside", b"x")
    control = server.login()
    for line in ("LIST -a", "NLST -a", "MLSD", "LIST *"):
        shown = control.fetch(line).decode()
        assert "seen" in shown and not any(word in shown for word in ("bak", "secret", ".ht")), line
    assert control.fetch("RETR a.bak") == b"x"
    for line in ("<RETR .htaccess", ">STOR .htaccess", ">STOR .htnew", "DELE .htaccess", "CWD .htdir",
                 "SIZE .htdir/inside", "MKD .htother", "MLST .htaccess", "SITE CHMOD 777 .htaccess", "RNFR .htaccess"):
        reply = attempt(control, line)
        assert reply.code == 550 and "name" in reply.text, (line, reply)
    control.command("RNFR seen", 350)
    control.command("RNTO .htpasswd", 550)
    assert server.read(".htaccess") == b"x"


def test_no_symbolic_link_leads_around_hide_and_deny(make_server):
    """Both judge the path as it is written and where it leads."""
    server = make_server(config={"defaults": {"hide": "*.bak", "deny": ".ht*, private"}})
    for name in ("a.bak", ".htaccess", "seen"):
        server.put(name, b"x")
    for name in ("private", "private/sub", "open", ".htdir"):
        server.mkdir(name)
    server.put("private/sub/inside", b"x"), server.put("open/inside", b"x"), server.put(".htdir/inside", b"x")
    links = {"to-file": ".htaccess", "to-absolute": "/.htaccess", "to-link": "to-file", "to-private": "private",
             "to-sub": "open/../private/sub", "open/up": "../private", "to-new": ".htnew", "to-bak": "a.bak",
             "fine": "seen", "to-open": "open", "dangling": "nothing", "loop": "loop", "outward": "../../../.htaccess"}
    for name, target in links.items():
        os.symlink(target, server.home("alice", name))
    control = server.login()
    for line in ("<RETR to-file", "<RETR to-absolute", "<RETR to-link", ">STOR to-file", ">APPE to-link",
                 ">STOR to-new",
                 "SIZE to-file", "MDTM to-link", "MLST to-file", "CWD to-private", "CWD to-sub", "<RETR to-sub/inside",
                 "<RETR to-private/sub/inside", "<RETR open/up/sub/inside", "<RETR to-open/up/sub/inside",
                 "<LIST to-private",
                 "<MLSD to-sub", "<NLST open/up", "DELE to-private/sub/inside", "RNFR to-sub/inside", "MKD to-sub/new",
                 "RMD to-private/sub", "SITE CHMOD 777 to-file", "<RETR outward"):
        reply = attempt(control, line)
        assert reply.code == 550 and "name" in reply.text, (line, reply)
    for line in ("<RETR fine", "<RETR to-open/inside", ">STOR fine", ">STOR dangling", "<RETR to-bak", "CWD to-open",
                 "CWD /", "<LIST to-open"):
        assert attempt(control, line).code in (226, 250), line
    assert attempt(control, "<RETR loop").code == 550
    for line in ("LIST -a", "NLST -a", "MLSD", "LIST *", "NLST to-*"):
        shown = control.fetch(line).decode()
        names = {word for word in shown.replace("\r\n", " ").split() if word in links}
        assert not names & {"to-file", "to-absolute", "to-link", "to-private", "to-sub", "to-new", "to-bak",
                            "outward"}, line
        assert "to-open" in shown
    control.command("DELE to-file", 250)  # the link itself is no secret
    assert server.read(".htaccess") == b"x" and os.path.exists(server.home("alice", "private/sub/inside"))


@pytest.mark.parametrize("uploads", ["atomic", "direct"])
def test_modes_of_new_files_and_directories(make_server, uploads):
    server = make_server(config={"defaults": {"file_mode": 640, "directory_mode": 750, "umask": "020",
                                              "uploads": uploads}})
    control = server.login()
    attempt(control, ">STOR new"), attempt(control, ">APPE other"), control.command("MKD made", 257)
    modes = [os.stat(server.home("alice", name)).st_mode & 0o7777 for name in ("new", "other", "made")]
    assert modes == [0o640, 0o640, 0o750]


def test_a_session_begins_in_its_start_directory_or_in_the_root(make_server):
    server = make_server(config={"defaults": {"start_directory": "/in/side"}})
    server.mkdir("in"), server.mkdir("in/side")
    assert '"/in/side"' in server.login("alice").command("PWD", 257).text
    assert '"/"' in server.login("bob").command("PWD", 257).text


@pytest.mark.parametrize("uploads", ["atomic", "direct"])
def test_r2_a_file_has_max_file_size_at_most(make_server, uploads):
    server = make_server(config={"defaults": {"max_file_size": 1000, "uploads": uploads}})
    control = server.login()
    control.store("STOR fits", b"x" * 1000, 226)
    reply = control.store("STOR large", b"x" * 1001, 552)
    assert "1 kB" in reply.text
    assert server.read("large") == b"x" * 1000  # law U3: a new name keeps what came
    control.store("APPE fits", b"y", 552)
    assert server.read("fits") == b"x" * 1000
    control.store("STOR short", b"x" * 999, 226)
    control.store("APPE short", b"y", 226)
    control.command("REST 999", 350)
    control.store("STOR short", b"zz", 552)
    assert server.read("short") == b"x" * 999 + b"z"
    control.command("ALLO 1000", 200)
    assert "1 kB" in control.command("ALLO 1001", 552).text


def test_the_nearest_section_wins_and_the_first_group_of_the_file(make_server):
    server = make_server(config={"defaults": {"rights": "list"}, "user alice": {"rights": "read"}})
    server.put("old", b"x", user="alice"), server.put("old", b"x", user="bob")
    assert attempt(server.login("alice"), "<RETR old").code == 226
    assert attempt(server.login("bob"), "<RETR old").code == 550


def refused_like_a_wrong_password(server, reason):
    with server.connect() as control:
        control.command("USER alice", 331)
        refusal = control.command("PASS " + server.user().password, 530)
    with server.connect() as control:
        control.command("USER alice", 331)
        assert control.command("PASS wrong", 530).text == refusal.text
    server.wait_log(rf'login refused: address=\S+ user="alice" reason={reason} ')


def windows_around_now(holds):
    """A window of today that began before this minute, or all days but yesterday, today and tomorrow."""
    today = datetime.datetime.now(datetime.timezone.utc)
    names = [(today + datetime.timedelta(days=n)).strftime("%a") for n in range(7)]
    return f"{names[6]}-{names[1]}" if holds else f"{names[2]}-{names[5]}"


@pytest.mark.parametrize("key, fine, wrong, reason", [
    ("allowed_addresses", "10.0.0.0/8, 127.0.0.0/8", "10.0.0.0/8, ::1", "address"),
    ("hours", windows_around_now(True), windows_around_now(False), "hours"),
    ("expires", datetime.datetime.now(datetime.timezone.utc).strftime("%Y") + "-12-31", "2020-02-29", "expired"),
])
def test_l1_who_may_not_log_in_now_hears_of_a_wrong_password(make_server, key, fine, wrong, reason):
    make_server(config={"user alice": {key: fine}}).login()
    server = make_server(config={"user alice": {key: wrong}})
    server.login("bob")
    refused_like_a_wrong_password(server, reason)


def test_commands_are_taken_by_lists(make_server):
    server = make_server(config={"user alice": {"allowed_commands": "PWD, TYPE, SITE, MKD, NOOP",
                                                "denied_commands": "site chmod, MKD"}})
    control = server.login()
    control.command("PWD", 257), control.command("NOOP", 200), control.command("SITE UMASK", 200)
    for line in ("SITE CHMOD 600 x", "MKD x", "CWD /", "SYST"):
        assert "disabled" in control.command(line, 550).text, line
    control.command("QUIT", 221)
    server.login("bob").command("MKD x", 257)


@pytest.mark.parametrize("key, value, words", [
    ("rights", "list, dowload", '"dowload" is not all, none'),
    ("hours", "Mon-Fri 8-18", '"Mon-Fri 8-18" is not a time of the week'),
    ("expires", "2027-02-29", "is not a day, as"),
    ("allowed_addresses", "10.0.0.0/33", "is not a list of addresses"),
    ("deny", "a/b", '"a/b" is not a pattern'),
    ("denied_commands", "RETR, S\u00f6", "is not a command"),
    ("start_directory", "/a/../b", "is not a path from the user's root"),
    ("start_directory", "a", "is not a path from the user's root"),
    ("file_mode", "1777", "is not an octal number"),
    ("max_file_size", "-1", "is not a number of bytes"),
])
def test_faults_name_file_line_and_key(tmp_path, key, value, words):
    import subprocess

    from harness import WARDFTPD

    path = tmp_path / "conf"
    path.write_text(f"[user alice]\n{key} = {value}\n")
    done = subprocess.run([WARDFTPD, "-t", "-c", str(path)], capture_output=True, text=True)
    assert done.returncode != 0
    assert f"{path}:2: user alice.{key}: " in done.stderr and words in done.stderr


# right: what the perm fact loses with it, of a file, a directory and the root
LETTERS = {
    "download": ("r", "", ""),
    "upload": ("", "c", "c"),
    "overwrite": ("w", "", ""),
    "append": ("a", "", ""),
    "delete": ("d", "", ""),
    "rename": ("f", "f", ""),
    "mkdir": ("", "m", "m"),
    "rmdir": ("", "d", ""),
    "chmod": ("", "", ""),
    "delete, -rmdir": ("d", "dp", "p"),
}
ALL_LETTERS = ("adfrw", "cdeflmp", "celmp")


def perm_of(control, path):
    return re.search(r"perm=([a-z]*);", control.command("MLST " + path, 250).text, re.IGNORECASE).group(1)


def perms_listed(control):
    rows = [row.split(" ", 1) for row in control.fetch("MLSD").decode().splitlines()]
    found = {name: re.search(r"perm=([a-z]*);", facts).group(1) for facts, name in rows}
    return found["old"], found["empty"], found["."]


def test_perm_loses_the_letter_of_each_right_that_is_taken_away(make_server):
    """RFC 3659 section 7.5.5, law R1: what the fact promises passes, what it does not is 550."""
    users = people(len(LETTERS))
    config = {f"user {user.name}": {"rights": f"all, -{right}"} for user, right in zip(users, LETTERS)}
    server = make_server(users=[*users, User("free", 5200)], config=config)
    furnish(server, "free")
    free = server.login("free")
    assert perms_listed(free) == ALL_LETTERS
    for line in RIGHTS.values():
        server.put("old", b"before", user="free")
        assert attempt(free, line).code < 400, line
    for user, (right, lost) in zip(users, LETTERS.items()):
        furnish(server, user.name)
        control = server.login(user.name)
        wanted = tuple("".join(c for c in whole if c not in gone) for whole, gone in zip(ALL_LETTERS, lost))
        assert tuple(perm_of(control, path) for path in ("old", "empty", "/")) == wanted, right
        assert perms_listed(control) == wanted, right
        for name in right.split(", -"):
            assert attempt(control, RIGHTS[name]).code == 550, right
