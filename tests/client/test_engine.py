# SPDX-License-Identifier: BSD-2-Clause
"""The client's engine without a shell: its workers, its queue, its questions (doc/engine.md)."""

import json
import os
import select
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
from wardftp import BUILD

DRIVER = os.path.join(BUILD, "tests/client/engine_driver")
EXAMPLE = os.path.join(BUILD, "tests/client/engine_example")
REPLACE, SKIP, RESUME, NEWER, SIZE, RENAME, ASK = range(7)
WAIT = 30


def children(process):
    with open(f"/proc/{process}/task/{process}/children") as file:
        return [int(word) for word in file.read().split()]


def first_child(process):
    while not children(process):
        time.sleep(0.01)
    return children(process)[0]


class Engine:
    """tests/client/engine_driver.c: commands in, events out."""

    def __init__(self, directory, wrapper=()):
        self.process = subprocess.Popen([*wrapper, DRIVER], cwd=directory, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)
        self.held = b""
        self.events, self.fresh = [], []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.read()
        self.process.stdout.close()
        assert self.process.wait(WAIT) == 0

    def say(self, *fields):
        self.process.stdin.write(b"\t".join(os.fsencode(str(field)) for field in fields) + b"\n")
        self.process.stdin.flush()

    def next_event(self):
        while b"\n" not in self.held:
            if not self.selector.select(WAIT):
                raise TimeoutError(self.events[-5:])
            more = os.read(self.process.stdout.fileno(), 65536)
            assert more, f"the driver ended: {self.process.wait(WAIT)}, {self.events[-5:]}"
            self.held += more
        line, self.held = self.held.split(b"\n", 1)
        event = json.loads(line)
        self.events.append(event)
        return event

    def wait(self, name, **fields):
        """The next such event that no call has returned yet."""
        while True:
            for event in self.fresh:
                if event["event"] == name and all(event.get(key) == value for key, value in fields.items()):
                    self.fresh.remove(event)
                    return event
            self.fresh.append(self.next_event())

    def site(self, url, known_hosts=""):
        self.say("site", url, known_hosts)
        return self.wait("site")["number"]

    def submit(self, op, site, path="", second="", **options):
        self.say("submit", op, site, path, second, *(f"{key}={value}" for key, value in options.items()))
        return self.wait("submitted")["id"]

    def end(self, request):
        return self.wait("end", id=request)

    def do(self, *request, **options):
        event = self.end(self.submit(*request, **options))
        assert event["state"] == "succeeded", event
        return event

    def change(self, verb, *numbers):
        self.say(verb, *numbers)
        return self.wait(verb)["done"]

    def pages(self, request, page="entries"):
        """All items of a request that has ended."""
        return {name: item for event in self.events if event["event"] == "page" and event["id"] == request
                and event["page"] == page for name, item in event["items"].items()}

    def workers(self):
        return children(self.process.pid)


@pytest.fixture
def engine(tmp_path):
    with Engine(tmp_path) as one:
        yield one


def url_of(ward):
    return f"ftp://alice:{ward.user('alice').password}@127.0.0.1:{ward.port}/"


@pytest.fixture
def silent():
    """A server that accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_calls_of_each_kind(engine, ward, tmp_path):
    site = engine.site(url_of(ward))
    assert engine.do("connect", site)["value"] == "/"
    engine.do("noop", site)
    engine.do("mkdir", site, "dir")
    assert engine.do("cd", site, "dir")["value"] == "/dir"
    engine.do("mkdir", site, "inner")
    assert engine.do("pwd", site)["value"] == "/dir"
    engine.do("rename", site, "/dir/inner", "/dir/other")
    (tmp_path / "a").write_text("content")
    engine.do("put", site, tmp_path / "a", "/dir/other/file")
    engine.do("chmod", site, "/dir/other/file", number=0o600)
    engine.do("set-time", site, "/dir/other/file", number=1000000000)
    request = engine.submit("stat", site, "/dir/other/file")
    engine.end(request)
    assert engine.pages(request)["file"] == {"type": 0, "size": 7}
    assert engine.do("hash", site, "/dir/other/file")["value"].startswith("SHA")
    request = engine.submit("find", site, "/dir")
    engine.end(request)
    assert set(engine.pages(request)) == {"/dir/other", "/dir/other/file"}
    assert engine.do("quote", site, "NOOP")["number"] == 200
    engine.do("remove", site, "/dir/other/file")
    engine.do("rmdir", site, "/dir/other")
    engine.do("cd", site, "/")
    engine.do("mkdir", site, "/dir/x")
    engine.do("remove-tree", site, "/dir")
    failed = engine.end(engine.submit("list", site, "/dir"))
    assert (failed["state"], failed["outcome"]) == ("failed", "refused")


def test_a_long_listing_comes_in_pages(engine, liar):
    liar.files.update({f"name-{number:05}": b"" for number in range(3000)})
    request = engine.submit("list", engine.site(liar.url))
    engine.end(request)
    assert len(engine.pages(request)) == len(liar.files)
    assert sum(event["event"] == "page" for event in engine.events) > 3


def test_the_plan_of_a_mirror_is_data(engine, ward, tmp_path):
    site = engine.site(url_of(ward))
    for name in ("here/sub/new", "here/old", "here/no.tmp"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    engine.do("mkdir", site, "there")
    engine.do("put", site, tmp_path / "here/old", "there/extra")
    request = engine.submit("plan", site, tmp_path / "here", "there", upload=1, delete=1, exclude="*.tmp")
    assert engine.end(request)["number"] == 1
    assert set(engine.pages(request, "make")) == {"there/sub"}
    assert {name: item["other"] for name, item in engine.pages(request, "copy").items()} == {
        f"{tmp_path}/here/sub/new": "there/sub/new", f"{tmp_path}/here/old": "there/old"}
    assert set(engine.pages(request, "delete")) == {"there/extra"}


def test_a_worker_has_no_terminal_and_no_other_descriptor(engine, ward):
    engine.do("connect", engine.site(url_of(ward)))
    worker, = engine.workers()
    links = {int(fd): os.readlink(f"/proc/{worker}/fd/{fd}") for fd in os.listdir(f"/proc/{worker}/fd")}
    assert all(links[fd] == "/dev/null" for fd in (0, 1, 2))
    assert sorted(link.split(":")[0] for fd, link in links.items() if fd > 2) == ["socket", "socket"]


def hang_in_connect(engine, silent):
    return engine.submit("list", engine.site(f"ftp://127.0.0.1:{silent}/"))


def test_cancel_ends_a_worker_that_hangs_in_a_reply(engine, silent):
    request = hang_in_connect(engine, silent)
    engine.wait("state", id=request, state="running")
    assert engine.change("cancel", request)
    assert engine.end(request)["state"] == "cancelled"


def test_cancel_ends_a_stopped_worker_by_its_death(engine, silent):
    """As one that hangs in the disk: it reads no message and handles no signal."""
    request = hang_in_connect(engine, silent)
    engine.wait("state", id=request, state="running")
    worker, = engine.workers()
    death = os.pidfd_open(worker)
    os.kill(worker, signal.SIGSTOP)
    assert engine.change("cancel", request)
    assert engine.end(request)["state"] == "cancelled"
    assert select.select([death], [], [], WAIT)[0]
    os.close(death)
    # the next request of the site needs a new worker, and gets one
    again = hang_in_connect(engine, silent)
    engine.wait("state", id=again, state="running")
    assert engine.change("cancel", again)
    engine.end(again)


SILENT_NAME_SERVER = """
import fcntl, os, socket, struct, sys
with socket.socket() as any:  # the loopback of this network, which is down
    fcntl.ioctl(any, 0x8914, struct.pack("16sh14x", b"lo", 0x49))
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
server.set_inheritable(True)
os.execv(sys.argv[1], sys.argv[1:2])
"""


def test_cancel_ends_a_look_up(tmp_path):
    """The name server never responds; the process that waits for it ends, too."""
    if subprocess.run(["unshare", "-mn", "true"], capture_output=True).returncode != 0:
        pytest.skip("no namespaces here")
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    (tmp_path / "nsswitch.conf").write_text("hosts: dns\n")
    mounts = " && ".join(f'mount --bind "$0/{name}" /etc/{name}' for name in ("resolv.conf", "nsswitch.conf"))
    wrapper = ["unshare", "-mn", "--propagation", "private", "sh", "-c", f'{mounts} && exec "$@"', tmp_path,
               sys.executable, "-c", SILENT_NAME_SERVER]
    with Engine(tmp_path, wrapper) as engine:
        request = engine.submit("list", engine.site("ftp://a.host.example/"))
        engine.wait("state", id=request, state="running")
        worker, = engine.workers()
        death = os.pidfd_open(first_child(worker))
        assert engine.change("cancel", request)
        assert engine.end(request)["state"] == "cancelled"
        assert select.select([death], [], [], WAIT)[0]
        os.close(death)


def test_a_waiting_request_can_be_cancelled(engine, silent):
    site = engine.site(f"ftp://127.0.0.1:{silent}/")
    first, second = engine.submit("pwd", site), engine.submit("pwd", site)
    engine.wait("state", id=first, state="running")
    assert engine.change("cancel", second)
    assert engine.end(second)["state"] == "cancelled"
    assert not engine.change("cancel", second)
    assert engine.change("cancel", first)
    engine.end(first)


def test_the_queue_runs_in_its_order(engine, liar, tmp_path):
    liar.files.update({f"f{number}": b"x" for number in range(6)})
    site = engine.site(liar.url)
    engine.say("parallel", 1)
    requests = [engine.submit("get", site, f"f{number}", tmp_path / f"f{number}", held=1) for number in range(6)]
    assert engine.change("move", requests[5], requests[0])
    assert engine.change("move", requests[1], 0)
    order = [requests[number] for number in (5, 0, 2, 3, 4, 1)]
    engine.say("jobs")
    assert [int(number) for number in engine.wait("jobs")["jobs"]] == order
    for request in order:
        assert engine.change("resume", request)
    ended = []
    while len(ended) < 6:
        ended.append(engine.wait("end")["id"])
    assert ended == order


def test_a_paused_transfer_is_resumed_where_it_was(engine, ward, tmp_path):
    site = engine.site(url_of(ward))
    content = os.urandom(3 << 20)
    (tmp_path / "big").write_bytes(content)
    engine.do("put", site, tmp_path / "big", "big")
    engine.say("rate", 300000)
    request = engine.submit("get", site, "big", tmp_path / "copy")
    while engine.wait("progress", id=request)["done"] < 200000:
        pass
    assert engine.change("pause", request)
    engine.wait("state", id=request, state="paused")
    engine.say("rate", 0)
    assert engine.change("resume", request)
    end = engine.end(request)
    assert end["state"] == "succeeded" and end["start"] >= 100000
    assert (tmp_path / "copy").read_bytes() == content


def test_failed_transfers_stay_to_be_retried(engine, liar, tmp_path):
    site = engine.site(liar.url)
    request = engine.submit("get", site, "late", tmp_path / "late")
    assert engine.end(request)["state"] == "failed"
    engine.say("jobs")
    assert engine.wait("jobs")["jobs"] == {str(request): "failed"}
    liar.files["late"] = b"now"
    assert engine.change("retry", request)
    assert engine.end(request)["state"] == "succeeded"
    request = engine.submit("get", site, "never", tmp_path / "never")
    engine.end(request)
    assert engine.change("forget", request)
    assert not engine.change("retry", request)


def test_a_worker_that_dies_costs_no_file(engine, ward, tmp_path):
    site = engine.site(url_of(ward))
    (tmp_path / "big").write_bytes(bytes(2 << 20))
    engine.do("put", site, tmp_path / "big", "big")
    engine.say("rate", 500000)
    request = engine.submit("get", site, "big", tmp_path / "copy")
    engine.wait("progress", id=request)
    for worker in engine.workers():
        os.kill(worker, signal.SIGKILL)
    assert engine.wait("state", id=request, state="waiting")["moves_on"]
    engine.say("rate", 0)
    assert engine.end(request)["state"] == "succeeded"
    assert (tmp_path / "copy").stat().st_size == 2 << 20


def test_questions_about_trust_are_put_once(engine, ward, tmp_path):
    known = tmp_path / "known_hosts"
    secure = url_of(ward).replace("ftp://", "ftpes://")
    site = engine.site(secure, known)
    requests = [engine.submit("connect", site), engine.submit("get", site, "none", tmp_path / "none")]
    question = engine.wait("question")
    assert question["question"] == "trust" and "subject: CN=localhost" in question["facts"]
    engine.say("answer", question["id"], 2)
    ended = {event["id"]: event["state"] for event in (engine.wait("end"), engine.wait("end"))}
    assert ended == {requests[0]: "succeeded", requests[1]: "failed"}
    assert sum(event["event"] == "question" for event in engine.events) == 1
    assert question["fingerprint"] in known.read_text()
    # known now, and not asked about by a new site
    engine.do("connect", engine.site(secure, known))
    # another key for this host is refused, and not asked about
    known.write_text(known.read_text().replace(question["fingerprint"], "sha256:" + "0" * 64))
    changed = engine.end(engine.submit("connect", engine.site(secure, known)))
    assert "HAS CHANGED" in changed["failure"]
    assert sum(event["event"] == "question" for event in engine.events) == 1


def test_trust_that_is_refused(engine, ward, tmp_path):
    site = engine.site(url_of(ward).replace("ftp://", "ftpes://"), tmp_path / "known_hosts")
    request = engine.submit("connect", site)
    engine.say("answer", engine.wait("question")["id"], 0)
    end = engine.end(request)
    assert (end["state"], end["outcome"]) == ("failed", "protocol")
    assert not (tmp_path / "known_hosts").exists()


def test_a_password_is_asked_for_until_it_is_right(engine, ward):
    site = engine.site(f"ftp://alice:wrong@127.0.0.1:{ward.port}/")
    request = engine.submit("connect", site)
    question = engine.wait("question")
    assert (question["question"], question["user"], question["attempt"]) == ("password", "alice", 2)
    engine.say("answer", request, 1, ward.user("alice").password)
    assert engine.end(request)["state"] == "succeeded"
    # the other lane has it, too
    engine.end(engine.submit("get", site, "none", "/nowhere/none"))
    assert sum(event["event"] == "question" for event in engine.events) == 1


@pytest.mark.parametrize("choice, content, names", [
    (REPLACE, b"theirs", {"file"}), (SKIP, b"ours", {"file"}), (SIZE, b"theirs", {"file"}),
    (RENAME, b"ours", {"file", "file (1)"})])
def test_a_file_that_exists_is_asked_about(engine, liar, tmp_path, choice, content, names):
    liar.files["file"] = b"theirs"
    to = tmp_path / "to"
    to.mkdir()
    (to / "file").write_bytes(b"ours")
    request = engine.submit("get", engine.site(liar.url), "file", to / "file", exists=ASK)
    question = engine.wait("question")
    assert (question["question"], question["source_size"], question["target_size"]) == ("exists", 6, 4)
    engine.say("answer", request, choice)
    end = engine.end(request)
    assert end["state"] == "succeeded" and end["skipped"] == (choice == SKIP)
    assert (to / "file").read_bytes() == content
    assert set(os.listdir(to)) == names


def test_one_answer_for_all_files_that_exist(engine, liar, tmp_path):
    liar.files.update({f"f{number}": b"theirs" for number in range(4)})
    for number in range(4):
        (tmp_path / f"f{number}").write_bytes(b"ours")
    site = engine.site(liar.url)
    for number in range(4):
        engine.submit("get", site, f"f{number}", tmp_path / f"f{number}", exists=ASK)
    engine.say("answer", engine.wait("question")["id"], SKIP, "", 1)
    assert all(engine.wait("end")["skipped"] for _ in range(4))


def test_a_question_can_be_cancelled(engine, liar, tmp_path):
    (tmp_path / "file").write_bytes(b"ours")
    request = engine.submit("get", engine.site(liar.url), "file", tmp_path / "file", exists=ASK)
    engine.wait("question")
    assert engine.change("cancel", request)
    assert engine.end(request)["state"] == "cancelled"
    assert not engine.change("answer", request, REPLACE)
    assert (tmp_path / "file").read_bytes() == b"ours"


def test_without_a_session_the_transfers_of_the_site_fail_at_once(engine, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    site = engine.site(f"ftp://127.0.0.1:{port}/")
    for number in range(5):
        engine.submit("get", site, f"f{number}", tmp_path / f"f{number}")
    ends = [engine.wait("end") for _ in range(5)]
    assert {end["outcome"] for end in ends} == {"unreachable"}
    assert any(end["no_session"] for end in ends)


def test_disconnect_says_quit(engine, liar):
    site = engine.site(liar.url)
    said = threading.Event()
    liar.on["QUIT"] = lambda session, _: (said.set(), session.send("221 Bye"))
    engine.do("pwd", site)
    engine.say("disconnect", site)
    assert said.wait(WAIT)


def test_the_example_of_the_documentation(ward, client, tmp_path):
    client.login("127.0.0.1", "alice", ward.user("alice").password)
    for name in ("one", "two"):
        (tmp_path / name).write_text(name)
        client.ok("put", tmp_path / name, url_of(ward).replace(f":{ward.user('alice').password}", "") + name)
    to = tmp_path / "to"
    to.mkdir()
    result = subprocess.run([EXAMPLE, url_of(ward), to], capture_output=True, text=True, timeout=WAIT)
    assert (result.returncode, result.stderr) == (0, "")
    assert sorted(result.stdout.splitlines()) == [f"{to}/{name}: 3 bytes" for name in ("one", "two")]
    assert {name: (to / name).read_text() for name in os.listdir(to)} == {"one": "one", "two": "two"}
