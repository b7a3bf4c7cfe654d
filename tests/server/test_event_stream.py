# SPDX-License-Identifier: BSD-2-Clause
"""events_socket: the stream of events, and what a reader learns of what it misses (rules E1 to E3)."""

import ftplib
import grp
import hashlib
import io
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys

import pytest

from ctl import ask_json, ctl, run
from proc import wait_for
from stream import Reader


def start(make_server, daemon=None, prepare=None, **sections):
    return make_server(events=True, prepare=prepare, config={"daemon": daemon or {}, **sections})


@pytest.fixture
def server(make_server):
    return start(make_server, {"events_kept": 100}, defaults={"upload_checksum": "sha256"})


def reader(server, begin="new", **arguments):
    return Reader(server.path("events"), begin, **arguments)


def upload(server, name, content=b"content", user="alice"):
    with server.login(user) as control:
        control.store(f"STOR {name}", content)


def test_e3_an_upload_comes_after_its_226_with_size_and_digest(server):
    content = os.urandom(70000)
    with reader(server) as events:
        assert events.read()["event"] == "position"
        with server.login() as control:
            control.store("STOR new file", content)
            event = events.wait(event="upload")
        assert event["path"] == "/new file" and event["user"] == "alice"
        assert event["home"] == server.home("alice")
        assert event["bytes"] == len(content) and event["complete"] is True and event["reply"] == 226
        assert event["sha256"] == hashlib.sha256(content).hexdigest()
        assert events.wait(event="leave", user="alice")["number"] > event["number"]


def test_a_digest_is_of_whole_files_only(server):
    with reader(server) as events, server.login() as control:
        control.store("STOR a", b"0123456789")
        whole = events.wait(event="upload")
        assert whole["sha256"] == hashlib.sha256(b"0123456789").hexdigest()
        control.command("REST 4", 350)
        control.store("STOR a", b"xyz")
        assert "sha256" not in events.wait(path="/a")
        control.store("APPE a", b"more")
        assert "sha256" not in events.wait(event="append")


def test_e3_a_digest_is_that_of_the_file_on_disk(server):
    with reader(server) as events, server.login() as control:
        control.command("TYPE A", 200)
        control.store("STOR lines", b"one\r\ntwo\r\n" * 5000)
        event = events.wait(event="upload")
    assert event["bytes"] == 50000
    assert event["sha256"] == hashlib.sha256(server.read("lines")).hexdigest()


def test_a_digest_over_tls(make_server):
    def before(server):
        server.use_tls()
        server.write_config()

    server = start(make_server, prepare=before, defaults={"upload_checksum": "sha256"})
    content = os.urandom(300000)
    with reader(server) as events, ftplib.FTP_TLS(context=ssl._create_unverified_context(), timeout=60) as client:
        client.connect(server.host, server.port)
        client.login("alice", server.user("alice").password)
        client.prot_p()
        client.storbinary("STOR secret", io.BytesIO(content))
        event = events.wait(event="upload")
    assert event["bytes"] == 300000 and event["sha256"] == hashlib.sha256(content).hexdigest()


def test_numbers_go_on_and_a_reader_continues_where_it_was(server):
    with reader(server) as events:
        upload(server, "one")
        events.wait(event="leave", user="alice")
        position = events.position
    upload(server, "two")
    with reader(server, position) as events:
        first = events.read()
        assert first["event"] == "position" and position.endswith(f" {first['number']}")
        lines = events.until(event="leave", user="alice")
        assert [line["path"] for line in lines if line["event"] == "upload"] == ["/two"]
        numbers = [line["number"] for line in lines]
        assert numbers == list(range(first["number"] + 1, first["number"] + 1 + len(lines)))


def test_all_gives_what_is_kept(server):
    upload(server, "one")
    with reader(server, "all") as events:
        assert events.read()["event"] == "position"
        assert events.wait(event="upload")["path"] == "/one"


def test_e1_a_reader_that_was_away_too_long_gets_a_gap_with_the_count(server):
    with reader(server) as events:
        upload(server, "first")
        events.wait(event="leave", user="alice")
        position, number = events.position, events.number
    with server.login() as control:
        for i in range(150):
            control.store(f"STOR {i}", b"x")
    with reader(server, position) as events:
        lines = events.until(event="leave", user="alice")
    gap = next(line for line in lines if line["event"] == "gap")
    assert gap["reason"] == "old" and gap["lost"] == gap["number"] - number
    after = lines[lines.index(gap) + 1:]
    assert after[0]["number"] == gap["number"] + 1
    assert [line["path"] for line in after if line["event"] == "upload"][-1] == "/149"


@pytest.mark.parametrize("begin", ["after 0123456789abcdef 7", "after RUN 999999"])
def test_e1_a_position_of_another_run_is_a_gap(server, begin):
    with reader(server) as events:
        run = events.read()["run"]
    with reader(server, begin.replace("RUN", run)) as events:
        first = events.read()
        assert (first["event"], first["reason"]) == ("gap", "run")
        upload(server, "next")
        assert events.wait(event="upload")["path"] == "/next"


@pytest.mark.parametrize("line", ["", "old", "after", "after x", "after x -1", "new now", "x" * 200])
def test_what_is_no_position_is_refused(server, line):
    with reader(server, line) as events:
        assert events.read()["event"] == "refused"
        assert events.read() is None


def test_a_reader_may_close_its_side(server):
    with reader(server) as events:
        events.socket.shutdown(1)
        assert events.read()["event"] == "position"
        upload(server, "one")
        assert events.wait(event="upload")["path"] == "/one"


def test_several_readers_get_the_same_and_too_many_are_refused(server):
    readers = [reader(server) for _ in range(16)]
    for one in readers:
        assert one.read()["event"] == "position"
    with reader(server) as late:
        assert late.read() == {"event": "refused", "reason": "too many readers"}
    upload(server, "one")
    events = [one.wait(event="upload") for one in readers]
    assert all(event == events[0] for event in events)
    for one in readers:
        one.close()
    wait_for(lambda: reader(server).read()["event"] == "position", what="a place for a reader")


def test_readers_that_say_nothing_make_room(server):
    silent = []
    for _ in range(16):
        one = socket.socket(socket.AF_UNIX)
        one.connect(server.path("events"))
        silent.append(one)
    wait_for(lambda: reader(server).read()["event"] == "position", 15, what="a place for a reader")
    for one in silent:
        one.close()


def test_e2_a_reader_that_takes_nothing_delays_no_one(server):
    slow = reader(server, buffer=4096)
    with reader(server) as quick, server.login() as control:
        for i in range(600):
            control.store(f"STOR {'n' * 200}{i}", b"x")
            assert quick.wait(event="upload")["path"] == f"/{'n' * 200}{i}"
    gaps = [line for line in slow.until(event="leave", user="alice") if line["event"] == "gap"]
    assert gaps and all(gap["reason"] == "old" and gap["lost"] > 0 for gap in gaps)
    slow.close()


def test_e2_a_hung_events_process_delays_no_session(server):
    with reader(server) as events, server.login() as control:
        events.read()
        hung = server.one("events")
        os.kill(hung.pid, signal.SIGSTOP)
        for i in range(3000):
            control.command(f"MKD {'d' * 200}{i}", 257)
        os.kill(hung.pid, signal.SIGCONT)
        lines = events.until(event="gap")
        for i in range(300):
            control.command(f"MKD last{i}", 257)
        lines += events.until(path="/last299")
    gaps = [line for line in lines if line["event"] == "gap"]
    made = sum(line["event"] == "mkdir" for line in lines)
    assert ask_json(server, "stats")["events_lost"] > 0
    assert made + sum(gap["lost"] for gap in gaps) >= 3300


def test_the_socket_is_roots_or_a_groups(make_server):
    for group, mode, gid in ((None, 0o600, 0), ("wardftpd-run", 0o660, "wardftpd-run")):
        server = start(make_server, {"events_group": group})
        about = os.stat(server.path("events"))
        assert stat.S_IMODE(about.st_mode) == mode
        assert about.st_uid == 0
        assert about.st_gid == (grp.getgrnam(gid).gr_gid if gid else 0)


def test_without_the_key_nothing_runs(make_server):
    server = make_server(config={"daemon": {"events_user": "no-such-account"}})
    assert not server.processes("events")
    assert server.processes("scribe")


def test_an_unknown_account_is_a_fault_where_it_is_needed(make_server):
    with pytest.raises(AssertionError, match="no-such-account does not exist"):
        start(make_server, {"events_user": "no-such-account"})


def reload(server, **keys):
    server.overrides.setdefault("daemon", {}).update(keys)
    server.write_config()
    ctl(server, "reload")


def test_a_reload_sets_moves_and_removes_the_socket(make_server):
    server = make_server()
    with server.login() as control:
        reload(server, events_socket=server.path("events"))
        with reader(server) as events:
            control.store("STOR one", b"x")
            assert events.wait(event="upload")["path"] == "/one"
            old = server.one("events")
            reload(server, events_socket=server.path("moved"))
            assert not os.path.exists(server.path("events"))
            control.store("STOR two", b"x")
            assert events.wait(event="upload")["path"] == "/two"  # one that is connected stays so
            with Reader(server.path("moved"), events.position) as moved:
                assert moved.read()["event"] == "position"
            reload(server, events_group="wardftpd-run")
            with Reader(server.path("moved"), events.position) as moved:
                assert moved.read()["event"] == "position"
            assert stat.S_IMODE(os.stat(server.path("moved")).st_mode) == 0o660
            reload(server, events_socket=None, events_group=None)
            while events.read() is not None:
                pass
        wait_for(lambda: not os.path.exists(f"/proc/{old.pid}"), what="the end of events")
        assert not os.path.exists(server.path("moved"))
        control.store("STOR three", b"x")
        reload(server, events_socket=server.path("events"))
        with reader(server) as events:
            assert events.read()["event"] == "position"
        control.command("QUIT", 221)
    assert "it is started again" not in server.log_text()


def test_a_reload_that_fails_keeps_the_socket(server):
    with reader(server) as events:
        assert events.read()["event"] == "position"
        server.overrides["daemon"]["events_socket"] = server.path("homes")  # not a socket
        server.write_config()
        assert run(server, "reload").returncode != 0
        upload(server, "one")
        assert events.wait(event="upload")
    with reader(server) as events:
        assert events.read()["event"] == "position"


def test_a_reload_changes_how_many_are_kept(server):
    with reader(server) as events:
        events.read()
        position = events.position
        reload(server, events_kept=1000)
        with server.login() as control:
            for i in range(200):
                control.store(f"STOR {i}", b"x")
    with reader(server, position) as events:
        lines = events.until(event="leave", user="alice")
    assert not [line for line in lines if line["event"] == "gap"]
    assert sum(line["event"] == "upload" for line in lines) == 200


def test_the_events_key_chooses(server):
    reload(server, events="upload, -login")
    with reader(server) as events:
        upload(server, "one")
        upload(server, "two")
        lines = events.until(path="/two")
    assert [line["event"] for line in lines] == ["position", "upload", "upload"]


def test_the_log_may_be_none(make_server):
    server = start(make_server, {"log": "none", "log_level": "error"})
    with reader(server) as events:
        with server.login() as control:
            control.store("STOR one", b"x")
            control.command("MKD d", 257)
            control.command("DELE one", 250)
        lines = events.until(event="leave", user="alice")
    kinds = [line["event"] for line in lines]
    assert [kind for kind in kinds if kind in ("login", "upload", "mkdir", "delete")] == \
        ["login", "upload", "mkdir", "delete"]


# ---- ends ----

def test_e1_a_killed_events_process_is_replaced_with_a_new_run(server):
    with reader(server) as events:
        upload(server, "one")
        events.wait(event="leave", user="alice")
        position = events.position
        old = server.one("events")
        os.kill(old.pid, signal.SIGKILL)
        assert events.read() is None
    server.restarted("events", old)
    with server.login() as control:
        control.store("STOR two", b"x")
        with reader(server, position) as events:
            assert events.read()["reason"] == "run"
            assert events.wait(event="upload")["path"] == "/two"


def test_e1_a_killed_scribe_is_a_gap_and_homes_are_known_after_it(server):
    with reader(server) as events, server.login() as control:
        control.store("STOR one", b"x")
        events.wait(event="upload")
        old = server.one("scribe")
        os.kill(old.pid, signal.SIGKILL)
        assert events.wait(event="gap")["reason"] == "scribe"
        server.restarted("scribe", old)

        def logged():
            control.store("STOR two", b"x")
            return True

        wait_for(logged)
        event = events.wait(event="upload", path="/two")
        assert event["home"] == server.home("alice")


def test_e1_a_session_that_dies_is_a_gap(server):
    with reader(server) as events:
        control = server.login()
        control.store("STOR one", b"x")
        os.kill(server.net_of(control).pid, signal.SIGKILL)
        lines = events.until(event="leave", reason="died")
        lines += [events.read()] if not any(line["event"] == "gap" for line in lines) else []
    assert [line["reason"] for line in lines if line["event"] == "gap"] == ["session"]


def test_after_a_kill_of_the_master_its_sessions_still_report(server):
    with reader(server) as events, server.login() as control:
        events.read()
        server.kill()
        assert events.wait(event="retired")
        control.store("STOR one", b"x")
        assert events.wait(event="upload")["path"] == "/one"
        server.launch()
        with reader(server, events.position) as fresh:
            assert fresh.read()["reason"] == "run"
            upload(server, "two", user="bob")
            assert fresh.wait(event="upload")["user"] == "bob"
        control.command("QUIT", 221)
        assert events.wait(event="leave", user="alice")
        assert events.read() is None


def test_a_stop_gives_readers_the_last_event(server):
    with reader(server) as events:
        with server.login() as control:
            control.store("STOR one", b"x")
        server.stop()
        lines = events.until(event="stop", how="stopped")
        assert [line["path"] for line in lines if line["event"] == "upload"] == ["/one"]
    assert not os.path.exists(server.path("events"))


def test_a_stale_socket_is_replaced_and_another_file_is_not(make_server):
    def leave_stale(server):
        if not os.path.exists(server.path("events")):
            with socket.socket(socket.AF_UNIX) as stale:
                stale.bind(server.path("events"))

    server = start(make_server, prepare=leave_stale)
    with reader(server) as events:
        assert events.read()["event"] == "position"

    def leave_file(server):
        with open(server.path("events"), "w"):
            pass

    with pytest.raises(AssertionError, match="exists and is not a socket"):
        start(make_server, prepare=leave_file)


# ---- nothing is lost silently ----

def test_e1_a_flood_loses_nothing_silently(make_server, request):
    """Small uploads as fast as they go, and a reader that sleeps: each file is an event or behind a gap."""
    full = request.config.getoption("--full", default=False)
    sessions, files = (10, 1000) if full else (4, 250)
    server = start(make_server, {"events_kept": 1000, "log_level": "info"})
    slow = reader(server, buffer=4096)
    script = r"""
import os, sys
sys.path.insert(0, sys.argv[1])
from control import Control
control = Control("127.0.0.1", int(sys.argv[2]))
control.login("alice", sys.argv[3])
for i in range(int(sys.argv[5])):
    control.store(f"STOR {sys.argv[4]}-{i}", b"x")
control.command("QUIT", 221)
"""
    running = [subprocess.Popen([sys.executable, "-c", script, os.path.dirname(__file__), str(server.port),
                                 server.user("alice").password, str(i), str(files)]) for i in range(sessions)]
    assert [one.wait(timeout=600) for one in running] == [0] * sessions
    upload(server, "last", user="bob")
    seen, lost, number, event = 0, 0, None, {}
    while event.get("path") != "/last":
        event = slow.read()
        if event["event"] == "gap":
            assert event["lost"] > 0, event
            lost += event["lost"]
        else:
            assert number is None or event["number"] == number + 1
        number = event["number"]
        seen += event["event"] == "upload"
    slow.close()
    assert seen + lost >= sessions * files
    assert len(os.listdir(server.home("alice"))) == sessions * files
