# SPDX-License-Identifier: BSD-2-Clause
"""wardctl upgrade and SIGUSR2: another version takes over under running sessions, or nothing changes (rule M7)."""

import os
import re
import signal
import socket
import subprocess
import threading

import pytest

from control import Control
from ctl import WARDCTL, ask_json, ctl, run, who
from harness import SANITIZED, User, free_port, hash_password
from installed import NEXT, NOW, SHARED, Installed
from proc import wait_for
from prometheus import scrape
from stream import Reader
from tls import TlsControl

CONTENT = os.urandom(1 << 16) * 256                     # more than the sockets' buffers hold


@pytest.fixture
def install(make_server):
    """install(config=..., users=..., tls=...) -> a running server of the present version."""
    made = []

    def make(tls=False, **keys):
        server = Installed(**keys)
        made.append(server)
        if tls:
            server.use_tls()
        return server.start()

    yield make
    for server in made:
        server.finish()


def upgrade(server, version):
    server.install(version)
    before, pid = server.shared(), server.master().pid
    said = ctl(server, "upgrade")
    server.wait_settled()
    after = server.shared()
    assert server.master().pid == pid
    assert all(before[role] != after[role] for role in SHARED), (before, after)
    return said


class Transfer(threading.Thread):
    """One file up or down, a piece now and then, until it is to hurry."""

    def __init__(self, control, line, tls=False):
        super().__init__(daemon=True)
        self.control, self.line, self.tls = control, line, tls
        self.hurry, self.moved, self.error, self.reply = threading.Event(), 0, None, None
        self.data = control.connect_data()
        self.data.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        control.command(line, 150)
        if tls:
            self.data = control.wrap_data(self.data)
        self.start()

    def run(self):
        try:
            while self.step():
                self.hurry.wait(0.02)
            if self.tls and self.line.startswith("STOR"):
                self.data.unwrap()
            self.data.close()
            self.reply = self.control.reply().code
        except Exception as error:  # for finish(), in the test's thread
            self.error = error

    def step(self):
        """False: that was all."""
        if self.line.startswith("STOR"):
            piece = CONTENT[self.moved:self.moved + 30_000]
            self.data.sendall(piece)
        else:
            piece = self.data.recv(30_000)
            assert piece == CONTENT[self.moved:self.moved + len(piece)], self.moved
        self.moved += len(piece)
        return bool(piece)

    def finish(self):
        self.hurry.set()
        self.join(60)
        assert not self.is_alive(), f"{self.line} does not end at {self.moved}"
        assert self.error is None, (self.line, self.moved, self.error)
        assert self.reply == 226, (self.line, self.reply)
        assert self.moved == len(CONTENT), (self.line, self.moved)


def clear_session(server, name="alice"):
    return server.login(name)


def tls_session(server, name="alice"):
    control = TlsControl(server)
    server._controls.append(control)
    control.login(name, server.user(name).password)
    control.command("TYPE I", 200)
    return control.protect()


def load(server, pairs):
    """Downloads and uploads under way, in the clear and over TLS."""
    server.put("down", CONTENT)
    transfers = []
    for i in range(pairs):
        for log_in, tls in ((clear_session, False), (tls_session, True)):
            transfers.append(Transfer(log_in(server), "RETR down", tls))
            transfers.append(Transfer(log_in(server), f"STOR up-{i}-{tls}", tls))
    return transfers


class Crowd(threading.Thread):
    """Clients that connect, log in and leave, one after the other; none may be refused."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.over, self.served, self.error = server, threading.Event(), 0, None
        self.start()

    def run(self):
        try:
            while not self.over.is_set():
                with Control(self.server.host, self.server.port) as control:
                    control.login("bob", self.server.user("bob").password)
                    control.command("QUIT", 221)
                self.served += 1
        except Exception as error:  # for finish()
            self.error = error

    def finish(self):
        self.over.set()
        self.join(60)
        assert self.error is None, (self.served, self.error)
        assert self.served > 0


def test_m7_sessions_in_every_state_go_on(install):
    server = install(tls=True)
    server.put("down", CONTENT)
    greeted, named, inside, paced = (server.connect(), server.connect(), server.login(), server.login())
    named.command("USER bob", 331)
    inside.command("REST 100", 350)
    data = inside.connect_data()                       # a passive listener that waits for its transfer
    transfers = [Transfer(paced, "RETR down"), Transfer(tls_session(server), "STOR up", tls=True)]
    filters, ids = server.seccomp_filters(), sorted(row["session"] for row in who(server))
    assert upgrade(server, NEXT).startswith("upgraded from ")
    server.wait_log(r"upgrade done=yes: upgraded from \S+ to \S+\+next")
    assert server.seccomp_filters() == filters
    assert sorted(row["session"] for row in who(server)) == ids
    assert sum(row.get("user") == "alice" for row in who(server)) == 3
    greeted.login("alice", server.user().password)
    named.command(f"PASS {server.user('bob').password}", 230)
    inside.command("RETR down", 150)
    assert len(read(data)) == len(CONTENT) - 100
    assert inside.reply().code == 226
    for transfer in transfers:
        transfer.finish()
    assert server.read("up") == CONTENT
    server.works()
    assert "Version=" in server.login().command("CSID", 200).text


def read(data):
    content = bytearray()
    while piece := data.recv(1 << 16):
        content += piece
    data.close()
    return content


def test_new_sessions_run_the_new_version_and_a_downgrade_is_the_same(install):
    server = install()
    for version, there in ((NEXT, True), (NOW, False), (NEXT, True)):
        old = server.login()
        upgrade(server, version)
        assert ("+next" in server.login("bob").command("CSID", 200).text) == there
        old.command("NOOP", 200)


@pytest.mark.parametrize("border", [None, "config"])
def test_a_daemon_in_the_background_with_overrides(install, border):
    server = install(foreground=False, arguments=["-o", "daemon.log_level=info"])
    for version in (NEXT, NOW, NEXT):
        server.install(version, border if version == NOW else None)
        ctl(server, "upgrade")
        server.works()
        assert ask_json(server, "stats")["log_level"] == 3


def test_m7_counters_bans_and_failures_stay(install):
    server = install(config={"daemon": {"ban_after": 0}}, users=[User("alice", 5001), User("bob", 5002)])
    server.works()
    with Control(server.host, server.port) as control:
        control.command("USER alice", 331)
        control.command("PASS wrong", 530)
    ctl(server, "ban", "-t", "600", "192.0.2.7")
    ctl(server, "ban", "-t", "600", "2001:db8:1:2::1")
    bans, stats = ctl(server, "bans"), ask_json(server, "stats")
    upgrade(server, NEXT)
    now = ask_json(server, "stats")
    assert addresses(ctl(server, "bans")) == addresses(bans)
    for key in ("logins", "logins_refused", "files_up", "bytes_up", "files_down", "clients_accepted", "bans",
                "failing_addresses"):
        assert now[key] == stats[key], (key, stats[key], now[key])
    assert now["uptime_seconds"] >= stats["uptime_seconds"]
    ctl(server, "unban", "192.0.2.7")
    assert "192.0.2.7" not in ctl(server, "bans")


def addresses(lines):
    return [line.split()[0] for line in lines.splitlines()]


def test_no_descriptor_and_no_secret_is_left_in_the_master(install):
    server = install(tls=True)
    alice = server.user()
    server.login()
    before = descriptors(server)
    for version in (NEXT, NOW):
        upgrade(server, version)
    master = server.master()
    wait_for(lambda: descriptors(server) <= before, what="no more descriptors than before")
    numbers = [int(name) for name in os.listdir(f"/proc/{master.pid}/fd")]
    assert all(master.fd_flags(number) & os.O_CLOEXEC for number in numbers if number > 2)
    assert not any("wardftpd-state" in os.readlink(f"/proc/{master.pid}/fd/{number}") for number in numbers)
    assert not master.memory_has([alice.password.encode(), alice.hash.encode()])


@pytest.mark.parametrize("at_path", [False, True])
def test_metrics_go_on_and_are_served_meanwhile(install, tmp_path, at_path):
    """The listener stays bound, and no counter goes backwards: the scribe's, the master's."""
    at = str(tmp_path / "metrics") if at_path else f"127.0.0.1:{free_port()}"
    server = install(tls=True, config={"daemon": {"metrics": at}})
    control = server.login()
    control.store("STOR up", b"x" * 1000)
    counted = 'wardftpd_transfer_bytes_total{direction="upload"}'
    before = wait_for(lambda: (one := scrape(at)).get(counted, 0) >= 1000 and one, what="the upload")
    process = server.processes("metrics")
    upgrade(server, NEXT)
    wait_for(lambda: len(server.processes("metrics")) == 1 and server.processes("metrics") != process, what="another")
    after = scrape(at)
    assert [name for name, value in before.items() if re.search("_(total|bucket|count|sum)", name)
            and after[name] < value] == []
    for name in ("wardftpd_start_time_seconds", "wardftpd_last_login_timestamp_seconds", counted,
                 'wardftpd_certificate_expiry_timestamp_seconds{host=""}'):
        assert after[name] == before[name], name
    control.store("STOR up", b"x" * 1000)
    wait_for(lambda: scrape(at)[counted] == before[counted] + 1000, what="the next upload")


def test_a_limit_per_user_counts_sessions_of_both_versions(install):
    server = install(config={"defaults": {"max_sessions_per_user": 2}})
    first, second = server.login(), server.login()
    upgrade(server, NEXT)
    third = server.connect()
    third.command("USER alice", 331)
    assert third.command(f"PASS {server.user().password}").code in (421, 530)
    third.close()
    first.command("QUIT", 221)
    wait_for(lambda: try_works(server, "alice"), what="a session in the place of the first")
    second.command("NOOP", 200)


@pytest.mark.skipif(SANITIZED, reason="its hashes take longer than a log-in may")
def test_a_password_that_is_being_checked_is_answered(install):
    slow = User("slow", 5003, password="slow", hash=hash_password("slow", "$6$rounds=2000000$saltsaltsalt$"))
    server = install(users=[User("alice", 5001), User("bob", 5002), slow], config={"daemon": {"auth_concurrency": 1}})
    clients = [server.connect() for _ in range(3)]
    for control in clients:
        control.command("USER slow", 331)
        control.send("PASS slow")
    refused = server.connect()
    refused.command("USER alice", 331)
    refused.send("PASS wrong")
    reload = threading.Thread(target=reload_meanwhile, args=(server,))
    reload.start()
    upgrade(server, NEXT)
    reload.join()
    server.wait_log("configuration reloaded")
    assert [control.reply().code for control in clients] == [230] * 3
    assert refused.reply().code == 530
    refused.login("alice", server.user().password)


def reload_meanwhile(server):
    """It waits until all processes are renewed."""
    server.wait_log("upgrade done=yes")
    ctl(server, "reload")


def test_the_daemon_can_be_stopped_while_it_renews(install):
    slow = User("slow", 5003, password="slow", hash=hash_password("slow", "$6$rounds=2000000$saltsaltsalt$"))
    server = install(users=[User("alice", 5001), User("bob", 5002), slow], config={"daemon": {"auth_concurrency": 1}})
    control = server.connect()
    control.command("USER slow", 331)
    control.send("PASS slow")
    server.install(NEXT)
    server.signal(signal.SIGUSR2)
    server.wait_log("upgrade done=yes")
    assert server.stop() == 0


def test_the_daemon_can_be_stopped_while_it_rehearses(install):
    server = install()
    server.install(NEXT)
    server.signal(signal.SIGUSR2)
    server.wait_log("rehearses")
    assert server.stop() == 0
    wait_for(lambda: not server.processes(), what="the end of the rehearsal")


def test_a_quota_is_exact_across_an_upgrade(install):
    server = install(config={"defaults": {"quota_bytes": "1M"}})
    control = server.login()
    control.store("STOR first", b"x" * 600_000)
    data = control.connect_data()
    control.command("STOR second", 150)
    data.sendall(b"y" * 100_000)                       # with a lease that is open
    wait_for(lambda: any(size == 100_000 for size in sizes(server)), what="the first bytes of the second file")
    upgrade(server, NEXT)
    data.sendall(b"y" * 100_000)
    data.close()
    assert control.reply().code == 226
    data = control.connect_data()
    control.command("STOR third", 150)
    try:
        data.sendall(b"z" * 600_000)
    except ConnectionError:
        pass
    data.close()
    assert control.reply().code == 552
    control.command("DELE third", 250)
    server.login().store("STOR fourth", b"w" * 200_000)


def sizes(server):
    return [entry.stat().st_size for entry in os.scandir(server.home())]


def test_the_chain_of_the_log_does_not_break(install):
    server = install(config={"daemon": {"log_chain": "yes"}})
    server.works()
    upgrade(server, NEXT)
    server.works()
    upgrade(server, NOW)
    server.works()
    assert run(server, "log", "verify", "-c", server.config_file).returncode == 0
    text = server.log_text()
    assert len([line for line in text.splitlines() if " seq=1 " in line]) == 1


def test_readers_of_events_and_their_numbers_go_on(install):
    server = install(events=True, config={"daemon": {"events_kept": 100}})
    running = server.login()
    with Reader(server.path("events"), "new") as events:
        first = events.read()
        upgrade(server, NEXT)
        running.store("STOR file", b"content")
        lines = events.until(event="upload")
        assert lines[-1]["home"] == server.home()
        assert [line["number"] for line in lines] == list(range(first["number"] + 1, first["number"] + 1 + len(lines)))
        assert all(line["run"] == first["run"] and line["event"] != "gap" for line in lines)
        position = events.position
    upgrade(server, NOW)
    with Reader(server.path("events"), position) as events:
        assert events.read()["event"] == "position"


def test_a_trace_and_its_reader_go_on(install):
    server = install()
    control = server.login()
    with open(server.path("trace"), "wb") as output:
        reader = subprocess.Popen([WARDCTL, "-s", server.path("control"), "trace", "--for", "60", "alice"],
                                  stdout=output, stderr=output)
    try:
        shows = Shown(server.path("trace"))
        wait_for(lambda: control.command("NOOP one", 200) and shows("NOOP one"), what="the first traced line")
        upgrade(server, NEXT)
        control.command("NOOP two", 200)
        wait_for(lambda: shows("NOOP two"), what="a traced line after the upgrade")
        new = server.login()
        wait_for(lambda: new.command("NOOP three", 200) and shows("NOOP three"), what="a line of a new session")
    finally:
        reader.terminate()
        reader.wait(10)


class Shown:
    def __init__(self, path):
        self.path = path

    def __call__(self, words):
        with open(self.path) as file:
            return words in file.read()


def test_a_key_that_was_renewed_before_still_serves_its_sessions(install):
    """Rule T7: also of those whose data connections never resume."""
    from test_tls_renewal import reload, renew
    server = install(tls=True)
    old = tls_session(server)
    renew(server)
    reload(server)
    renew(server)                                      # and one that was not reloaded
    between = tls_session(server)
    upgrade(server, NEXT)
    for control in (old, between, old):
        assert control.store_tls("STOR file", b"content", resume=False).code == 226
        assert control.fetch_tls("RETR file", resume=False)[0] == b"content"


def test_a_signal_asks_for_it_as_well(install):
    server = install()
    control, before = server.login(), server.shared()
    server.install(NEXT)
    server.signal(signal.SIGUSR2)
    server.wait_log("all processes of the daemon have been renewed")
    server.wait_settled()
    assert all(before[role] != pid for role, pid in server.shared().items())
    control.command("NOOP", 200)


def test_with_the_capabilities_of_a_plain_container(install):
    names = "-dac_read_search,-net_bind_service,-sys_admin,-sys_resource"
    server = install(wrapper=["setpriv", "--bounding-set", names, "--inh-caps", names])
    control, filters = server.login(), server.seccomp_filters()
    for version in (NEXT, NOW):
        upgrade(server, version)
    assert server.seccomp_filters() == filters
    control.command("NOOP", 200)


# refusals


def refused(server, *words):
    """Nothing changes: not a process is another one."""
    before = server.shared()
    done = run(server, "upgrade")
    assert done.returncode != 0 and all(word in done.stderr for word in words), done
    assert server.shared() == before
    server.wait_log("upgrade done=no")


def test_another_border_is_refused_by_its_name(install):
    server = install()
    control = server.login()
    for border in ("net_auth", "hand_over", "image"):
        server.install(NEXT, border)
        refused(server, f"border {border} differs", "drain")
    control.command("NOOP", 200)
    server.works()
    upgrade(server, NEXT)


def test_a_version_with_other_keys_reads_the_file(install):
    """And its listeners are those of the file."""
    server = install()
    control, port = server.login(), free_port()
    server.overrides["listener second"] = {"address": f"127.0.0.1:{port}", "passive_ports": "30000-32700"}
    server.write_config()
    server.install(NEXT, "config")
    ctl(server, "upgrade")
    with Control(server.host, port) as second:
        second.login("bob", server.user("bob").password)
    control.store("STOR file", b"content")
    assert server.read("file") == b"content"
    server.works()


@pytest.mark.parametrize("fault", ["configuration", "missing", "writable", "other-build", "not-a-program"])
def test_a_fault_that_the_rehearsal_finds_changes_nothing(install, fault):
    server = install()
    control = server.login()
    server.install(NEXT)
    if fault == "configuration":
        server.write_config("nonsense = 1\n")
    elif fault == "missing":
        os.unlink(os.path.join(server.place, "wardftpd"))
    elif fault == "writable":
        os.chmod(os.path.join(server.place, "wardftpd"), 0o777)
    elif fault == "other-build":
        server.install(NOW, "net_auth", only="libexec/wardftpd/auth")
    else:
        with open(os.path.join(server.place, "wardftpd.new"), "w") as file:
            file.write("no program\n")
        os.chmod(file.name, 0o755)
        os.rename(file.name, server.binary)
    refused(server, {"configuration": "nonsense", "missing": "No such file", "writable": "writable",
                     "other-build": "another build", "not-a-program": "can't be executed"}[fault])
    control.command("NOOP", 200)
    server.install(NOW)
    server.write_config()
    upgrade(server, NEXT)


def test_only_one_upgrade_at_a_time(install):
    server = install()
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(run(server, "upgrade"))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0 in [done.returncode for done in answers]
    assert all(done.returncode == 0 or "under way" in done.stderr or "busy" in done.stderr for done in answers), answers
    server.works()


# the steps of the take-over

BEFORE_THE_FIRST_TURN = ("image", "listeners", "confinement")
AFTER_IT = ("served", "scribe", "auth", "dialer", "keeper", "control")


@pytest.mark.parametrize("step", ("rehearsal",) + BEFORE_THE_FIRST_TURN)
def test_m7_a_step_that_fails_leads_back(install, monkeypatch, step):
    monkeypatch.setenv("WARDFTPD_TEST_STEP", f"{step}:fail")
    server = install()
    server.put("down", CONTENT)
    waiting, transfer = server.connect(), Transfer(server.login(), "RETR down")
    server.install(NEXT)
    refused(server)
    assert "+next" not in server.login("bob").command("CSID", 200).text
    waiting.login("alice", server.user().password)
    transfer.finish()
    server.works()
    assert server.seccomp_filters() == 1


@pytest.mark.parametrize("step", BEFORE_THE_FIRST_TURN + AFTER_IT)
def test_the_new_master_is_killed_in_a_step(install, monkeypatch, step):
    """As with any kill -9 of the master (invariant I13): who is logged in finishes, the port is free."""
    monkeypatch.setenv("WARDFTPD_TEST_STEP", f"{step}:kill")
    server = install()
    server.put("down", CONTENT)
    transfer = Transfer(server.login(), "RETR down")
    server.install(NEXT)
    server.killed = True
    assert run(server, "upgrade").returncode != 0
    server.popen.wait(10)
    transfer.finish()
    server.close_controls()
    wait_for(lambda: not server.processes(), what="the end of the sessions' processes")
    monkeypatch.delenv("WARDFTPD_TEST_STEP")
    assert server.launch()
    server.works()


def test_the_rehearsal_is_killed(install, monkeypatch):
    monkeypatch.setenv("WARDFTPD_TEST_STEP", "rehearsal:kill")
    server = install()
    server.install(NEXT)
    refused(server, "signal 9")
    server.works()


@pytest.mark.parametrize("who", ["predecessor", "successor"])
@pytest.mark.parametrize("role", SHARED)
def test_a_shared_process_is_killed_while_it_hands_over(install, monkeypatch, role, who):
    """Then another one starts, as after any crash."""
    monkeypatch.setenv("WARDFTPD_TEST_STEP", f"{role}:kill-{who}")
    server = install()
    server.allowed_log = "ended|handed over|can't take over"
    control = server.login()
    server.install(NEXT)
    done = run(server, "upgrade")
    assert done.returncode == 0 or role == "control", done
    server.wait_log("all processes of the daemon have been renewed")
    server.wait_settled()
    wait_for(lambda: try_works(server), 20, what="a whole session")
    control.command("NOOP", 200)


def try_works(server, name="bob"):
    try:
        server.works(name)
        return True
    except AssertionError:
        return False


# load


def descriptors(server):
    """Without those of the cells, whose number follows the clients'."""
    master = server.master()
    cells = [p for p in master.children() if p.role() in ("net", "jail")]
    return len(os.listdir(f"/proc/{master.pid}/fd")) - 2 * len(cells)


def memory_kb(server):
    with open(f"/proc/{server.master().pid}/smaps_rollup") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Pss:"))


@pytest.mark.parametrize("pairs,times", [(2, 2), pytest.param(50, 10, marks=pytest.mark.full)])
def test_m7_under_load(install, pairs, times):
    """None cut, none refused, nothing that grows."""
    server = install(tls=True, config={"daemon": {"max_sessions": 2000, "max_sessions_per_address": 2000}})
    before = descriptors(server)
    idle = server.connect()
    transfers, crowd, seen = load(server, pairs), Crowd(server), []
    for i in range(times):
        upgrade(server, NEXT if i % 2 == 0 else NOW)
        seen.append((descriptors(server), memory_kb(server)))
        assert all(transfer.error is None for transfer in transfers)
    crowd.finish()
    assert sum(transfer.reply is None for transfer in transfers) > 0, "the transfers ended before the upgrades"
    for transfer in transfers:
        transfer.finish()
    for i in range(pairs):
        for tls in (False, True):
            assert server.read(f"up-{i}-{tls}") == CONTENT
    idle.login("alice", server.user().password)
    assert ask_json(server, "stats")["clients_refused"] == 0
    assert seen[-1][1] <= seen[0][1] * 1.2 + 500, seen
    wait_for(lambda: descriptors(server) <= before, what=f"{before} descriptors: {descriptors(server)}")
