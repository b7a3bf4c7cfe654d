# SPDX-License-Identifier: BSD-2-Clause
"""wardftpd-run: a command for each event, and no event missed over any restart."""

import os
import random
import signal
import subprocess
import threading
import time

import pytest

import harness
from proc import PATIENCE, wait_for

RUN = os.path.join(harness.BUILD, "wardftpd-run")
EXAMPLES = os.path.join(harness.TOP, "doc", "examples")


class Runner:
    """wardftpd-run with a command that writes each of its variables into a file of its own."""

    def __init__(self, server, *options, command=None, environment=None, socket=None):
        self.server, self.options = server, options
        self.socket = socket or server.path("events")
        self.state, self.seen = server.path("position"), server.path("seen")
        os.makedirs(self.seen, exist_ok=True)
        self.command = command or ["sh", "-c", f"""
            umask 077; f={self.seen}/$(mktemp -u XXXXXXXXXX)
            env -0 | LC_ALL=C grep -az ^WARDFTPD_ > "$f.part"; mv "$f.part" "$f.event"
        """]
        self.environment = environment or {}
        self.errors = server.path("run.errors")
        self.popen = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *unused):
        self.stop()

    def start(self):
        with open(self.errors, "ab") as errors:
            self.popen = subprocess.Popen(
                [RUN, "-s", self.socket, "-S", self.state, *self.options, *self.command], stderr=errors,
                env={**os.environ, **self.environment})
        return self

    def kill(self):
        self.popen.kill()
        self.popen.wait()

    def stop(self):
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGTERM)
        return self.popen.wait(timeout=60 * PATIENCE)

    def text(self):
        with open(self.errors, errors="surrogateescape") as file:
            return file.read()

    def events(self, kind=None):
        found = []
        for name in os.listdir(self.seen):
            if name.endswith(".event"):
                with open(os.path.join(self.seen, name), "rb") as file:
                    fields = dict(item.split(b"=", 1) for item in file.read().split(b"\0") if item)
                found.append({key.decode()[9:]: os.fsdecode(value) for key, value in fields.items()})
        return [event for event in found if kind is None or event["EVENT"] == kind]

    def wait(self, kind, count=1):
        wait_for(lambda: len(self.events(kind)) >= count, what=f"{count} of {kind}: {self.text()}")
        return self.events(kind)

    def position(self):
        with open(self.state) as file:
            return file.read().split()


@pytest.fixture
def server(make_server):
    return make_server(events=True, config={"defaults": {"upload_checksum": "sha256"}})


def upload(server, name, content=b"content"):
    with server.login() as control:
        control.store(f"STOR {name}", content)


def test_a_command_gets_the_fields_and_the_first_start_is_a_gap(server):
    with Runner(server) as runner:
        assert runner.wait("gap")[0]["REASON"] == "start"
        upload(server, "a 'b' $(c)\x01;d\"")
        event, = runner.wait("upload")
        assert event["PATH"] == "/a 'b' $(c)\x01;d\""
        assert event["FILE"] == server.home("alice", "a 'b' $(c)\x01;d\"")
        assert (event["USER"], event["BYTES"], event["COMPLETE"], event["TRY"]) == ("alice", "7", "true", "1")
        assert len(event["SHA256"]) == 64 and event["HOME"] == server.home("alice")


def test_names_that_are_not_utf8_arrive_as_they_are(server):
    with Runner(server) as runner, server.login() as control:
        runner.wait("gap")
        with control.connect_data() as data:
            control.socket.sendall(b"STOR n\xe9\xc3\xa9\r\n")
            control.reply()
            data.sendall(b"x")
        control.reply()
        event, = runner.wait("upload")
        assert os.fsencode(event["FILE"]) == os.fsencode(server.home("alice")) + b"/n\xe9\xc3\xa9"


def test_only_the_chosen_events_and_complete_transfers(server):
    with Runner(server, "-e", "delete, upload") as runner:
        runner.wait("gap")
        with server.login() as control:
            control.store("STOR a", b"x")
            with control.connect_data() as data:
                control.command("STOR b", 150)
                data.sendall(b"x" * 1000)
                control.command("ABOR", 426)
                control.reply()
            control.command("MKD d", 257)
            control.command("DELE a", 250)
        runner.wait("delete")
        runner.wait("upload")
        kinds = sorted((event["EVENT"], event["PATH"]) for event in runner.events() if event["EVENT"] != "gap")
        assert kinds == [("delete", "/a"), ("upload", "/a")]


def test_it_is_tried_again_and_given_up(server):
    command = ["sh", "-c", f'echo "$WARDFTPD_EVENT $WARDFTPD_TRY" >> {server.path("tries")}; '
                           '[ "$WARDFTPD_EVENT" = gap ]']
    with Runner(server, "-r", "3", command=command) as runner:
        upload(server, "a")
        wait_for(lambda: "given up" in runner.text(), what="the last try")
    with open(server.path("tries")) as file:
        assert [line for line in file.read().split("\n") if "upload" in line] == ["upload 1", "upload 2", "upload 3"]
    assert "has failed with exit code 1 (try 1): it is tried again" in runner.text()


def test_a_command_that_takes_too_long_is_ended(server):
    command = ["sh", "-c", f'echo $$ >> {server.path("pids")}; trap "" TERM; sleep 1000 & wait; sleep 1000']
    with Runner(server, "-t", "1", "-r", "1", command=command) as runner:
        wait_for(lambda: "given up" in runner.text(), what="the end of the command")
        with open(server.path("pids")) as file:
            pid = int(file.read().split()[0])
        assert not os.path.exists(f"/proc/{pid}")


def test_commands_run_at_once_but_not_too_many(server):
    running = server.path("running")
    os.mkdir(running)
    command = ["sh", "-c", f'[ "$WARDFTPD_EVENT" = gap ] && exit; touch {running}/$$; '
                           f'while [ ! -e {server.path("go")} ]; do sleep 0.05; done; rm {running}/$$; '
                           f'echo >> {server.path("done")}']
    with Runner(server, "-j", "3", command=command):
        with server.login() as control:
            for i in range(7):
                control.store(f"STOR {i}", b"x")
        wait_for(lambda: len(os.listdir(running)) == 3, what="three commands")
        time.sleep(0.3)  # a fourth would come by now
        assert len(os.listdir(running)) == 3
        open(server.path("go"), "w").close()
        wait_for(lambda: os.path.exists(server.path("done")) and os.path.getsize(server.path("done")) == 7,
                 what="all seven")


def test_a_stop_waits_for_the_command_and_the_next_start_goes_on(server):
    with Runner(server) as runner:
        runner.wait("gap")
        upload(server, "one")
        runner.wait("upload")
        assert runner.stop() == 0
        run, number = runner.position()
        upload(server, "two")
        runner.start()
        assert {event["PATH"] for event in runner.wait("upload", 2)} == {"/one", "/two"}
        assert len(runner.events("gap")) == 1
        wait_for(lambda: int(runner.position()[1]) > int(number), what="the position")
        assert runner.position()[0] == run


def test_a_damaged_position_is_a_gap(server):
    with Runner(server) as runner:
        runner.wait("gap")
        runner.stop()
        for text in ("", "x", "a b\n", "0123456789abcdef 3"):
            count = len(runner.events("gap"))
            with open(runner.state, "w") as file:
                file.write(text)
            runner.start()
            runner.wait("gap", count + 1)
            runner.stop()


def test_what_is_not_done_is_done_again_after_a_kill(server):
    go = server.path("go")
    command = ["sh", "-c", f'[ "$WARDFTPD_EVENT" = gap ] && exit; while [ ! -e {go} ]; do sleep 0.05; done; '
                           f'echo "$WARDFTPD_PATH" >> {server.path("done")}']
    with Runner(server, command=command) as runner:
        wait_for(lambda: os.path.exists(runner.state), what="the position")
        before = runner.position()
        upload(server, "one")
        wait_for(lambda: subprocess.run(["pgrep", "-P", str(runner.popen.pid)], stdout=subprocess.DEVNULL,
                                        check=False).returncode == 0, what="the command")
        assert runner.position()[0] == before[0]
        runner.kill()
        runner.start()
        open(go, "w").close()
        wait_for(lambda: os.path.exists(server.path("done")) and "/one" in open(server.path("done")).read(),
                 what="the second run")


def test_it_waits_for_the_server_and_connects_again(server):
    with Runner(server) as runner:
        runner.wait("gap")
        old = server.one("events")
        os.kill(old.pid, signal.SIGKILL)
        server.restarted("events", old)
        runner.wait("gap", 2)
        upload(server, "one")
        runner.wait("upload")
    with Runner(server, socket=server.path("nowhere")) as runner:
        wait_for(lambda: "; waiting" in runner.text(), what="the message")


def test_after_a_kill_of_the_master_it_hears_old_sessions_and_new_ones(server):
    with Runner(server) as runner, server.login() as control:
        runner.wait("gap")
        server.kill()
        server.launch()
        runner.wait("gap", 2)
        control.store("STOR old", b"x")
        upload(server, "new")
        assert {event["PATH"] for event in runner.wait("upload", 2)} == {"/old", "/new"}


def test_the_example_importer_misses_no_file(server, request):
    """Uploads without a pause, while the scribe, events, the master and wardftpd-run are killed."""
    to = server.path("imported")
    os.mkdir(to)
    environment = {"IMPORT_FROM": server.path("homes") if os.path.isdir(server.path("homes")) else server.home("alice"),
                   "IMPORT_TO": to}
    rounds = 12 if request.config.getoption("--full") else 4
    made, stop = [], threading.Event()

    def uploads():
        number = 0
        while not stop.is_set():
            try:
                with server.login() as control:
                    for _ in range(10):
                        name = f"file-{number}"
                        number += 1
                        control.store(f"STOR {name}", name.encode())
                        made.append(name)
            except (OSError, AssertionError, EOFError):
                time.sleep(0.05)  # the server is away
            except Exception as fault:
                if type(fault).__name__ != "Closed":
                    raise
                time.sleep(0.05)

    with Runner(server, "-j", "2", command=[os.path.join(EXAMPLES, "import-uploads")],
                environment=environment) as runner:
        thread = threading.Thread(target=uploads)
        thread.start()
        try:
            order = random.Random(5)
            for i in range(rounds):
                victim = ("events", "scribe", "run", "master")[i % 4]
                count = len(made)
                wait_for(lambda: len(made) > count + order.randrange(5, 25), what="uploads")
                if victim == "run":
                    runner.kill()
                    wait_for(lambda: len(made) > count + 40, what="uploads without wardftpd-run")
                    runner.start()
                elif victim == "master":
                    server.kill()
                    server.launch()
                else:
                    old = server.one(victim)
                    os.kill(old.pid, signal.SIGKILL)
                    server.restarted(victim, old)
        finally:
            stop.set()
            thread.join()

        def missing():
            got = set()
            for name in os.listdir(to):
                if not name.startswith("."):
                    with open(os.path.join(to, name)) as file:
                        got.add(file.read())
            return set(made) - got

        wait_for(lambda: not missing(), 60, what="the last import")
    assert len(made) > 20 * rounds / 2


def test_the_example_scanner_takes_permissions_away(server):
    scanner = server.path("scanner")
    with open(scanner, "w") as file:
        file.write('#!/bin/sh\n! grep -q EVIL "$1"\n')
    os.chmod(scanner, 0o755)
    server.put("before", b"EVIL")
    environment = {"SCANNER": scanner, "SCAN_FROM": server.home("alice"), "SCAN_STATE": server.path("scanned")}
    with Runner(server, command=[os.path.join(EXAMPLES, "scan-upload")], environment=environment):
        wait_for(lambda: os.stat(server.home("alice", "before")).st_mode & 0o777 == 0, what="the scan at the start")
        upload(server, "evil", b"EVIL")
        upload(server, "good", b"good")
        wait_for(lambda: os.stat(server.home("alice", "evil")).st_mode & 0o777 == 0, what="the scan")
        assert os.stat(server.home("alice", "good")).st_mode & 0o777


def test_the_example_mailer_writes_mails(server):
    sendmail = server.path("sendmail")
    with open(sendmail, "w") as file:
        file.write(f'#!/bin/sh\necho "$@" >> {server.path("mails")}; cat >> {server.path("mails")}\n')
    os.chmod(sendmail, 0o755)
    environment = {"SENDMAIL": sendmail, "MAIL_TO": "admin@example.com"}
    with Runner(server, command=[os.path.join(EXAMPLES, "mail-upload")], environment=environment):
        upload(server, "a\x01b")
        wait_for(lambda: os.path.exists(server.path("mails")) and
                 "alice uploaded /a?b (7 bytes)" in open(server.path("mails")).read(), what="the mail")


@pytest.mark.parametrize("words", [[], ["-j", "0", "true"], ["-e", "uplaod", "true"], ["-e", "", "true"],
                                   ["-t", "x", "true"], ["-r", "0", "true"], ["-x", "true"]])
def test_wrong_words_are_refused(words):
    assert subprocess.run([RUN, *words], capture_output=True, timeout=60).returncode == 64
