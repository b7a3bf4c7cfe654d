# SPDX-License-Identifier: BSD-2-Clause
"""wardctl watch: events as they happen, in a terminal or as JSON."""

import contextlib
import json
import os
import re
import signal
import subprocess
import threading

import pytest

import ctl
from proc import wait_for


@pytest.fixture
def server(make_server):
    return make_server(events=True)


class Watch:
    def __init__(self, *words, server=None):
        command = [ctl.WARDCTL, *(["-s", server.path("control")] if server else []), "watch", *words]
        self.popen = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines, self.errors = [], []
        self.threads = [threading.Thread(target=lambda f=file, to=to: to.extend(iter(f.readline, "")))
                        for file, to in ((self.popen.stdout, self.lines), (self.popen.stderr, self.errors))]
        for thread in self.threads:
            thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.interrupt()

    def interrupt(self):
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGINT)
        code = self.popen.wait(timeout=60)
        for thread in self.threads:
            thread.join()
        return code

    def wait(self, pattern):
        def found():
            return next((line for line in self.lines if re.search(pattern, line)), None)
        return wait_for(found, what=f"{pattern} in {self.lines} {self.errors}")


def ready(server, watch):
    """It is connected once it shows a session."""
    def shown():
        with server.login("bob") as control:
            control.command("NOOP", 200)
        return watch.lines
    wait_for(shown, what="a first line")


def test_it_prints_events_and_ctrl_c_ends_it(server):
    with Watch(server=server) as watch:
        ready(server, watch)
        with server.login() as control:
            control.store("STOR new file", b"content")
        line = watch.wait("upload")
        assert re.search(r'upload session=\d+ address=\S+ user=alice path="/new file" bytes=7 ', line), line
        assert "home=" not in line and "run=" not in line
        assert watch.interrupt() == 0
    assert not watch.errors


def test_json_is_what_the_socket_gives(server):
    with Watch("--json", "--event", "upload", "--user", "alice", server.path("events")) as watch:
        def shown():
            with server.login() as control:
                control.store("STOR a", b"x")
            with server.login("bob") as control:
                control.store("STOR b", b"x")
            return watch.lines
        wait_for(shown, what="an upload")
        events = [json.loads(line) for line in watch.lines]
        assert {(event["event"], event["user"]) for event in events} == {("upload", "alice")}
        assert events[0]["home"] == server.home("alice") and len(events[0]["run"]) == 16


def test_names_do_no_harm_to_a_terminal(server):
    with Watch(server=server) as watch:
        ready(server, watch)
        with server.login() as control:
            control.store("STOR \x1b[31m\x07\"x\\", b"x")
        line = watch.wait("upload")
        assert "\x1b" not in line and "\x07" not in line and "x1b" in line


def test_it_connects_again_and_says_what_is_missing(server):
    with Watch(server=server) as watch:
        ready(server, watch)
        old = server.one("events")
        os.kill(old.pid, signal.SIGKILL)
        server.restarted("events", old)
        watch.wait(" gap reason=run")
        with server.login() as control:
            control.store("STOR after", b"x")
        watch.wait("/after")
        server.stop()
        wait_for(lambda: "waiting for wardftpd" in "".join(watch.errors), what="the message")
        server.launch()
        wait_for(lambda: "connected again" in "".join(watch.errors), what="the connection")


def test_without_a_socket_it_says_what_to_do(make_server):
    server = make_server()
    done = ctl.run(server, "watch")
    assert (done.returncode, done.stderr) == \
        (69, "wardctl: the daemon has no events_socket; set it, and wardctl reload\n")
    done = ctl.run(server, "watch", server.path("nowhere"))
    assert done.returncode == 69 and "no wardftpd is listening on" in done.stderr


def test_the_group_may_watch_and_others_may_not(make_server):
    server = make_server(events=True, config={"daemon": {"events_group": "wardftpd-run"}})
    done = subprocess.run(["setpriv", "--reuid=wardftpd-scribe", "--regid=nogroup", "--clear-groups", ctl.WARDCTL,
                           "watch", server.path("events")], capture_output=True, text=True, timeout=60)
    assert done.returncode == 77 and "permission denied" in done.stderr
    allowed = subprocess.Popen(["setpriv", "--reuid=wardftpd-run", "--regid=wardftpd-run", "--clear-groups",
                                ctl.WARDCTL, "watch", server.path("events")], stdout=subprocess.PIPE, text=True)

    def shown():
        server.works()
        with contextlib.suppress(BlockingIOError):
            os.set_blocking(allowed.stdout.fileno(), False)
            return os.read(allowed.stdout.fileno(), 10)
        return None

    try:
        wait_for(shown, what="a line for the group")
    finally:
        allowed.send_signal(signal.SIGTERM)
        assert allowed.wait(timeout=60) == 0


@pytest.mark.parametrize("words", [["--event", "uplaod"], ["--address", "x"], ["a", "b"], ["--sum"]])
def test_wrong_words_are_refused(words):
    assert subprocess.run([ctl.WARDCTL, "watch", *words], capture_output=True, timeout=60).returncode == 64
