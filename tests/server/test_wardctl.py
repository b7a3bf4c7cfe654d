# SPDX-License-Identifier: BSD-2-Clause
"""The administrator's tool: each verb, for people and for programs; and that a program at
its socket, or has killed a process, takes nothing from anybody."""

import contextlib
import fcntl
import os
import re
import signal
import stat
import struct
import subprocess
import termios

import pytest

from ctl import WARDCTL, WHO, ask_json, connect, ctl, question, run, wait_who, who
from proc import wait_for
from tls import TlsControl, tls_server

OK, USAGE, NOINPUT, UNAVAILABLE, TEMPFAIL, NOPERM, CONFIG = 0, 64, 66, 69, 75, 77, 78


def upload(server, control, name):
    """An upload that has begun; the data connection."""
    data = control.connect_data()
    control.command("STOR " + name, 150)
    data.sendall(b"x" * 100000)
    return data


def test_who_shows_who_is_on_and_since_when(server):
    alice, bob, guest = server.login("alice"), server.login("bob"), server.connect()
    rows = {row.get("user"): row for row in who(server)}
    assert set(rows) == {"alice", "bob", None}
    assert rows["alice"]["address"] == "127.0.0.1"
    assert rows["alice"]["pid"] == server.net_of(alice).pid
    assert rows["alice"]["session"] < rows["bob"]["session"] < rows[None]["session"]
    assert 0 <= rows["alice"]["seconds"] < 60
    assert rows["alice"]["since"][:3] == "202"
    lines = ctl(server, "who").splitlines()
    assert lines[0].split()[:3] == ["SESSION", "USER", "ADDRESS"]
    assert [line.split()[1] for line in lines[1:]] == ["alice", "bob", "-"]
    bob.command("QUIT", 221)
    guest.close()
    wait_for(lambda: [row.get("user") for row in who(server)] == ["alice"], what="only alice")


def test_who_shows_the_command_and_a_growing_upload(server):
    control = server.login()
    wait_who(server, lambda row: row.get("command") == "TYPE" and row["state"] == "idle")
    data = upload(server, control, "big file")
    first = wait_who(server, lambda row: row["state"] == "upload")
    assert (first["command"], first["file"]) == ("STOR", "/big file")
    data.sendall(b"x" * 1000000)
    later = wait_who(server, lambda row: row.get("bytes", 0) == 1100000)
    assert later["bytes"] > first["bytes"] and later["rate"] > 0
    line = next(line for line in ctl(server, "who").splitlines() if "alice" in line)
    assert re.search(r"STOR +1100000 +\d+  /big file", line)
    data.close()
    assert control.reply().code == 226
    wait_who(server, lambda row: row["state"] == "idle")


def test_who_shows_a_download_with_its_size(server):
    server.put("big", b"z" * (48 << 20))
    control = server.login()
    with control.connect_data() as data:
        control.command("RETR big", 150)
        data.recv(1)
        row = wait_who(server, lambda row: row["state"] == "download")
        assert row["size"] == 48 << 20 and 0 < row["bytes"] < row["size"] and row["file"] == "/big"


def test_who_shows_tls(make_server):
    server = tls_server(make_server)
    plain, secure = server.login("bob"), TlsControl(server)
    secure.login("alice", server.user("alice").password)
    assert wait_who(server, lambda row: row.get("user") == "alice" and "tls" in row)["tls"] is True
    assert wait_who(server, lambda row: row.get("user") == "bob" and "tls" in row)["tls"] is False
    secure.close()
    plain.close()


def test_who_with_more_sessions_than_an_answer_holds(server):
    controls = [server.login() for _ in range(20)] + [server.connect() for _ in range(20)]
    numbers = [row["session"] for row in who(server)]
    assert len(numbers) == len(set(numbers)) == len(controls) and numbers == sorted(numbers)


def test_a_name_can_not_drive_the_terminal(server):
    control = server.login()
    with upload(server, control, "\x1b[2Jname"):
        wait_who(server, lambda row: row.get("file") == "/\x1b[2Jname")
        assert "\\x1b[2Jname" in ctl(server, "who") and "\x1b" not in ctl(server, "who")


def test_kick_by_session_user_and_address(server):
    alice, again, bob, six = server.login("alice"), server.login("alice"), server.login("bob"), server.connect("::1")
    number = next(row["session"] for row in who(server) if row.get("user") == "alice")
    assert ctl(server, "kick", str(number)) == "1 ended\n"
    assert alice.reply().code == 421 and alice.ended()
    assert ask_json(server, "kick", "user", "alice") == {"sessions": 1}
    assert "administrator" in again.reply().text
    assert ask_json(server, "kick", "address", "::1") == {"sessions": 1}
    assert six.reply().code == 421
    bob.command("NOOP", 200)
    for words in (["99999"], ["user", "nobody"], ["address", "192.0.2.1"]):
        assert run(server, "kick", *words).returncode == NOINPUT
    for words in (["0"], ["x"], ["user"], ["house", "alice"], ["address", "here"]):
        assert run(server, "kick", *words).returncode == USAGE, words


def test_a_kicked_transfer_is_cut_and_a_stopped_process_is_killed(server):
    control = server.login()
    with upload(server, control, "half"):
        net = server.net_of(control)
        os.kill(net.pid, signal.SIGSTOP)
        assert ask_json(server, "kick", "user", "alice") == {"sessions": 1}
        wait_for(lambda: not net.alive(), 15, "the end of a session that does not hear")
    wait_for(lambda: not who(server), what="nobody")
    assert not os.path.exists(server.home("alice", "half"))


def test_ban_bans_and_unban(make_server):
    server = make_server(config={"daemon": {"ban_never": "10.0.0.0/8"}})
    assert ask_json(server, "bans") == []
    ctl(server, "ban", "-t", "900", "127.0.0.1")
    ctl(server, "ban", "2001:db8::7")
    rows = {row["address"]: row for row in ask_json(server, "bans")}
    assert set(rows) == {"127.0.0.1", "2001:db8::"}
    assert rows["127.0.0.1"]["by_hand"] and 890 < rows["127.0.0.1"]["seconds_left"] <= 900
    assert "2001:db8::/64" in ctl(server, "bans")
    wait_for(lambda: server.connect().greeting.code == 421, what="the ban")
    assert server.connect("::1").greeting.code == 220
    ctl(server, "unban", "127.0.0.1")
    wait_for(lambda: server.connect().greeting.code == 220, what="the end of the ban")
    assert run(server, "unban", "127.0.0.1").returncode == NOINPUT
    refused = run(server, "ban", "10.1.2.3")
    assert refused.returncode == CONFIG and "ban_never" in refused.stderr
    for words in (["here"], ["-t", "0", "192.0.2.1"], []):
        assert run(server, "ban", *words).returncode == USAGE


def test_ban_takes_ipv6_networks(make_server):
    """The /48 of ::1, its /64, or whatever shuts it out."""
    server = make_server(config={"daemon": {"ban_never": "2001:db8::/32"}})

    def answers(code):
        wait_for(lambda: server.connect("::1").greeting.code == code, what=f"{code} for ::1")
        assert server.connect("127.0.0.1").greeting.code == 220

    waiting = server.connect("::1")
    ctl(server, "ban", "::1/48")
    assert [(row["address"], row["bits"]) for row in ask_json(server, "bans")] == [("::", 48)]
    assert "::/48" in ctl(server, "bans")
    answers(421)
    assert waiting.reply().code == 421
    assert run(server, "unban", "::1/64").returncode == NOINPUT
    ctl(server, "unban", "::1/48")
    answers(220)
    ctl(server, "ban", "::1")
    ctl(server, "ban", "::1/48")
    assert sorted(row["bits"] for row in ask_json(server, "bans")) == [48, 64]
    ctl(server, "unban", "::1")
    assert ask_json(server, "bans") == []
    answers(220)
    for word in ("::1/32", "127.0.0.1/32", "::1/", "::1/48x", "/48"):
        assert run(server, "ban", word).returncode == USAGE, word


def test_l3_ban_never_holds_within_a_banned_network(make_server):
    server = make_server(config={"daemon": {"ban_never": "::1"}})
    waiting = server.connect("::1")
    ctl(server, "ban", "::2/48")
    waiting.login("alice", server.user().password)
    assert server.connect("::1").greeting.code == 220


def test_150_bans_are_listed_once_each(server):
    for i in range(150):
        ctl(server, "ban", f"192.0.2.{i}")
    rows = [row["address"] for row in ask_json(server, "bans")]
    assert sorted(rows) == sorted(f"192.0.2.{i}" for i in range(150))


def test_stats_count(server):
    server.put("file", b"12345")
    control = server.login()
    control.fetch("RETR file")
    control.store("STOR other", b"123")
    with server.connect() as wrong:
        wrong.command("USER alice", 331)
        wrong.command("PASS wrong", 530)
    stats = wait_for(lambda: (s := ask_json(server, "stats")) and s["files_up"] and s["logins_refused"] and s,
                     what="counts")
    assert stats["pid"] == server.master().pid and stats["stopping"] == 0
    assert (stats["sessions_logged_in"], stats["logins"], stats["logins_refused"]) == (1, 1, 1)
    assert (stats["files_up"], stats["bytes_up"], stats["files_down"], stats["bytes_down"]) == (1, 3, 1, 5)
    assert re.search(r"^bytes_up +3 ", ctl(server, "stats"), re.MULTILINE)


def test_reload_returns_when_the_switch_was_made(server):
    control = server.login()
    server.overrides = {"daemon": {"banner": "another one"}}
    server.write_config()
    ctl(server, "reload")
    assert "another one" in server.connect().greeting.text
    control.command("NOOP", 200)


def test_reload_of_a_bad_file_says_what_is_wrong_and_changes_nothing(server):
    server.overrides = {"daemon": {"banner": "another one", "pool_min": "many", "idle_timeout": "-1"}}
    server.write_config()
    done = run(server, "reload")
    assert done.returncode == CONFIG
    assert "pool_min" in done.stderr and "idle_timeout" in done.stderr and "unchanged" in done.stderr
    assert "another one" not in server.connect().greeting.text


def test_two_reloads_at_once_both_get_the_right_result(server):
    runs = [subprocess.Popen([WARDCTL, "-s", server.path("control"), "reload"], stderr=subprocess.DEVNULL)
            for _ in range(4)]
    codes = [one.wait(60) for one in runs]
    assert set(codes) <= {OK, TEMPFAIL} and OK in codes
    assert run(server, "reload").returncode == OK


def test_log_level_takes_effect_at_once(make_server):
    server = make_server(config={"daemon": {"log_level": "info"}})
    ctl(server, "log-level", "debug")
    server.login().command("NOOP", 200)
    server.wait_log(r"debug .*NOOP")
    assert run(server, "log-level", "loud").returncode == USAGE


def test_stop_returns_when_the_daemon_has_ended(server):
    ctl(server, "stop")
    assert server.popen.wait(20) == 0 and not server.processes("master")
    assert not os.path.exists(server.path("control"))
    assert run(server, "who").returncode == UNAVAILABLE


def test_stop_lets_a_transfer_finish_and_now_does_not(server):
    control = server.login()
    with upload(server, control, "file"):
        ctl(server, "stop", "--no-wait")
        wait_for(lambda: ask_json(server, "stats")["stopping"] == 2, what="stopping")
        with pytest.raises(ConnectionRefusedError):
            server.connect()
        assert [row["user"] for row in who(server)] == ["alice"]
        assert run(server, "reload").returncode == CONFIG
        ctl(server, "stop", "--now")
    assert server.popen.wait(20) == 0


def test_drain_takes_no_more_clients_and_ends_with_the_last_session(server):
    control = server.login()
    drain = subprocess.Popen([WARDCTL, "-s", server.path("control"), "drain"])
    wait_for(lambda: ask_json(server, "stats")["stopping"] == 1, what="draining")
    with pytest.raises(ConnectionRefusedError):
        server.connect()
    control.store("STOR file", b"as before")
    assert drain.poll() is None
    control.command("QUIT", 221)
    assert drain.wait(20) == 0 and server.popen.wait(20) == 0


def test_usage(server):
    for words in ([], ["what"], ["who", "--now"], ["who", "me"], ["-x"]):
        assert run(server, *words).returncode == USAGE, words
    assert "kick" in ctl(server, "--help")


# Who may ask


def as_nobody():
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)


def test_root_alone_may_ask(server):
    assert stat.S_IMODE(os.stat(server.path("control")).st_mode) == 0o600
    copy = server.path("wardctl")  # where anybody can reach it
    with open(WARDCTL, "rb") as program, open(os.open(copy, os.O_WRONLY | os.O_CREAT, 0o755), "wb") as to:
        to.write(program.read())
    words = [copy, "-s", server.path("control"), "who"]
    assert subprocess.run(words, preexec_fn=as_nobody, capture_output=True, timeout=30).returncode == NOPERM
    os.chmod(server.path("control"), 0o666)  # whatever the file says, the process looks itself
    assert subprocess.run(words, preexec_fn=as_nobody, capture_output=True, timeout=30).returncode == NOPERM
    server.wait_log("not root has connected to the control socket")


def test_garbage_ends_that_connection_only(server):
    for garbage in (b"x", b"", b"\xff" * 4096, question(WHO)[:-1], question(WHO) + b"x", question(77), question(0)):
        with connect(server) as client:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                client.send(garbage)
                client.recv(65536)
    unended = question(WHO)[:-256] + b"n" * 256
    with connect(server) as client:
        client.send(unended)
        assert int.from_bytes(client.recv(65536)[12:16], "little") == 6  # CONTROL_BAD
    assert who(server) == []


def test_clients_that_hang_and_flood_block_no_other_client(server):
    hanging = [connect(server) for _ in range(60)]
    assert who(server) == []
    flooding = connect(server)
    flooding.setblocking(False)
    with contextlib.suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
        for serial in range(1, 100000):
            flooding.send(question(WHO, serial))  # and reads no answer
    assert who(server) == []
    assert server.works()
    wait_for(lambda: ask_json(server, "stats")["sessions"] == 0, what="an answer of the master")
    for client in (*hanging, flooding):
        client.close()


# Deaths


@pytest.mark.parametrize("role", ["control", "scribe", "auth", "dialer"])
def test_who_is_right_after_a_shared_process_was_killed(server, role):
    alice, bob = server.login("alice"), server.login("bob")
    wait_for(lambda: all("user" in row for row in who(server)), what="the scribe to have heard of both")
    before = {row["session"]: row["user"] for row in who(server)}
    old = server.one(role)
    old.kill()
    server.restarted(role, old)
    wait_for(lambda: run(server, "who").returncode == OK, what="an answer")
    assert {row["session"]: row["user"] for row in who(server)} == before
    wait_for(lambda: run(server, "bans").returncode == OK, what="an answer of auth")
    assert ask_json(server, "kick", "user", "bob") == {"sessions": 1}
    assert bob.reply().code == 421
    alice.command("NOOP", 200)
    wait_who(server, lambda row: row.get("command") == "NOOP", "what a session is at, told to the new one")
    assert server.works()


@pytest.mark.parametrize("half", ["net", "jail"])
def test_who_is_right_after_a_session_was_killed(server, half):
    alice, bob = server.login("alice"), server.login("bob")
    (server.net_of(alice) if half == "net" else server.jail_of("alice")).kill()
    wait_for(lambda: [row["user"] for row in who(server)] == ["bob"], what="bob alone")
    assert ask_json(server, "stats")["sessions_logged_in"] == 1
    bob.command("NOOP", 200)


def test_after_kill_9_of_the_master_the_socket_is_replaced(server):
    """I6, I13: what serves the socket ends with the master; the file is left, and blocks nothing."""
    server.kill()
    wait_for(lambda: not server.processes("control"), what="the end of control")
    assert os.path.exists(server.path("control")) and run(server, "who").returncode == UNAVAILABLE
    assert server.launch()
    assert who(server) == []


def test_a_second_daemon_with_the_same_socket_refuses(server, make_server):
    config = {"daemon": {"control_socket": server.path("control")}}
    with pytest.raises(AssertionError, match="another wardftpd serves it"):
        make_server(config=config)
    assert who(server) == []


def test_only_a_socket_is_ever_removed(make_server, scratch):
    path = os.path.join(scratch, "precious")
    with open(path, "w") as file:
        file.write("content")
    with pytest.raises(AssertionError, match="is not a socket"):
        make_server(config={"daemon": {"control_socket": path}})
    assert os.path.exists(path)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
def test_who_fits_the_terminal(server, width):
    """User and command are there, no line is wider than the terminal, and of a path its end is shown."""
    name = "directory" * 12 + "/" + "z" * 20
    os.makedirs(os.path.dirname(server.home("alice", name)), exist_ok=True)
    server.put(name, bytes(20000000))
    control = server.login()
    with control.connect_data():
        control.command("RETR " + name, 150)
        wait_who(server, lambda row: row["state"] == "download")
        master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        done = subprocess.run([WARDCTL, "-s", server.path("control"), "who"], stdout=slave, timeout=60, check=True)
        os.close(slave)
        text = b""
        with contextlib.suppress(OSError):
            while piece := os.read(master, 65536):
                text += piece
        os.close(master)
        assert done.returncode == 0
        lines = text.decode().splitlines()
        assert max(map(len, lines)) <= width and "COMMAND" in lines[0]
        row, = [line for line in lines[1:] if " alice " in line]
        assert " RETR " in row
        assert row.endswith("z" * 5) or width < 60
