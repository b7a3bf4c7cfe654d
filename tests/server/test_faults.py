# SPDX-License-Identifier: BSD-2-Clause
"""Crowds, crashes and kills: what ends is what was hit, and nothing else (I6, I13)."""

import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from control import Closed, Control
from proc import wait_for

BIG = 192 << 20


def get_in(server, most):
    """Opens sessions until one is refused, at most `most`; those that got in, and the refusal."""
    inside = []
    for _ in range(most):
        control = server.connect()
        if control.greeting.code != 220:
            return inside, control.greeting
        inside.append(control)
    return inside, None


def start_download(server, control, name="big"):
    path = server.home("alice", name)
    if not os.path.exists(path):
        with open(path, "wb") as file:
            file.truncate(BIG)
        os.chmod(path, 0o644)
    data = control.connect_data()
    control.command("RETR " + name, 150)
    assert data.recv(1) == b"\0"
    return data


def finish_download(control, data):
    total = 1
    while part := data.recv(1 << 20):
        total += len(part)
    data.close()
    assert total == BIG
    assert control.reply().code == 226


def is_dead(control):
    try:
        return control.ended()
    except (Closed, OSError):
        return True


def test_300_sessions_at_once(make_server):
    """Logged in together, then each is served."""
    server = make_server(config={"daemon": {"max_sessions": 400, "pool_max": 64}})
    server.put("small", b"small content")

    def log_in(number):
        return server.login("alice" if number % 2 else "bob", timeout=60)

    def serve(control):
        control.command("NOOP", 200)
        control.store(f"STOR f{control.local_port}", b"x" * 1000)
        return control.fetch(f"RETR f{control.local_port}") == b"x" * 1000

    with ThreadPoolExecutor(24) as pool:
        controls = list(pool.map(log_in, range(300)))
        nets = [p for p in server.processes("net") if p.alive()]
        assert len(nets) >= 300
        assert all(pool.map(serve, controls))
        for control in controls:
            control.send("QUIT")
        assert all(control.reply().code == 221 for control in controls)
    wait_for(lambda: len(server.idle_nets()) <= 64, 5, "no more than pool_max idle cells")
    server.works()


@pytest.mark.parametrize("half", ["net", "jail"])
@pytest.mark.parametrize("moment", ["idle", "transfer"])
def test_killing_a_half_ends_that_session_only(server, half, moment):
    server.put("file", b"f" * 1000)
    mine, other = server.login("alice"), server.login("bob")
    victim = server.net_of(mine) if half == "net" else server.jail_of("alice")
    both = [server.net_of(mine), server.jail_of("alice")]
    data = start_download(server, mine) if moment == "transfer" else None
    victim.kill()
    assert is_dead(mine)
    if data:
        data.close()
    wait_for(lambda: not any(p.alive() for p in both), 10, "the end of both halves")
    other.command("NOOP", 200)
    other.store("STOR after", b"still here")
    server.works("alice")


def test_killing_a_jail_before_the_login_does_not_hurt_the_others(server):
    other = server.login("bob")
    control = server.connect()
    idle_before = {p for p in server.processes("jail") if not p.runs_as(server.user("bob").uid)}
    for process in idle_before:
        process.kill()
    assert is_dead(control)
    other.command("NOOP", 200)
    server.works()


@pytest.mark.parametrize("role", ["auth", "dialer", "scribe"])
def test_a_shared_process_is_restarted_and_sessions_go_on(server, role):
    idle, busy = server.login("bob"), server.login("alice")
    data = start_download(server, busy)
    old = server.one(role)
    old.kill()
    new = server.restarted(role, old)
    assert new.status()["NoNewPrivs"] == "1" and 0 not in new.uids()
    finish_download(busy, data)
    wait_for(lambda: serves(idle), 10, "the old session's next transfer")
    server.works()
    mark = f"after-{role}"
    idle.command("MKD " + mark, 257)
    idle.command("RMD " + mark, 250)
    server.works("alice")


def serves(control):
    """A transfer works; 425 and 421 are what a session may say while the dialer restarts."""
    control.send("EPSV")
    reply = control.reply()
    if reply.code != 229:
        assert reply.code in (421, 425, 451), reply
        return False
    port = int(reply.text.rpartition("(|||")[2].partition("|")[0])
    with socket.create_connection((control.host, port), timeout=10) as data:
        control.command("NLST", 150)
        while data.recv(65536):
            pass
    assert control.reply().code == 226
    return True


def test_the_log_goes_on_after_the_scribe_was_killed(server):
    session = server.login("bob")
    old = server.one("scribe")
    old.kill()
    server.restarted("scribe", old)
    before = server.log_text().count("alice")
    server.works("alice")
    wait_for(lambda: server.log_text().count("alice") > before, 10, "a new line about alice")
    session.store("STOR told-afterwards", b"x")
    server.wait_log(r"bob.*told-afterwards|told-afterwards.*bob")


def test_the_limit_per_user_survives_auth(make_server):
    """The restarted auth learns who is logged in."""
    server = make_server(config={"defaults": {"max_sessions_per_user": 2}})
    inside = [server.login("alice"), server.login("alice")]
    old = server.one("auth")
    old.kill()
    server.restarted("auth", old)
    server.works("bob")
    third = server.connect()
    third.command("USER alice", 331)
    assert third.command("PASS " + server.user().password).code in (421, 530)
    assert inside[0].command("NOOP").code == 200


def test_counters_are_right_after_kills(make_server):
    """The limit per address is 6; three sessions die in three ways: exactly three get in."""
    server = make_server(config={"daemon": {"max_sessions_per_address": 6}})
    inside, refusal = get_in(server, 7)
    assert len(inside) == 6 and refusal.code == 421
    inside[0].login("alice", server.user("alice").password)
    inside[1].login("bob", server.user("bob").password)
    victims = [server.net_of(inside[0]), server.jail_of("bob"), server.net_of(inside[2])]
    halves = [server.net_of(inside[0]), server.jail_of("alice"), server.net_of(inside[1]), server.jail_of("bob"),
              server.net_of(inside[2])]
    for victim in victims:
        victim.kill()
    wait_for(lambda: not any(p.alive() for p in halves), 10, "the end of the killed sessions")
    got_in = [wait_for(lambda: entered(server), 10, f"room for session {number}") for number in range(3)]
    assert all(control.command("NOOP").code == 200 for control in got_in)
    for _ in range(3):
        assert server.connect().greeting.code == 421
    assert all(control.command("NOOP").code == 200 for control in inside[3:] + got_in)


def entered(server):
    control = server.connect()
    return control if control.greeting.code == 220 else None


def test_counters_survive_killed_shared_processes(make_server):
    server = make_server(config={"daemon": {"max_sessions_per_address": 4}})
    inside = [server.login("alice") for _ in range(4)]
    for role in ("auth", "dialer", "scribe"):
        old = server.one(role)
        old.kill()
        server.restarted(role, old)
    assert server.connect().greeting.code == 421
    inside[0].command("QUIT", 221)
    wait_for(lambda: entered(server), 10, "the freed place")
    assert server.connect().greeting.code == 421


def test_the_limit_per_address_says_so(make_server):
    server = make_server(config={"daemon": {"max_sessions_per_address": 2}})
    inside, refusal = get_in(server, 3)
    assert len(inside) == 2
    assert refusal.code == 421 and "your address" in refusal.text and "(2)" in refusal.text
    elsewhere = server.connect(source="127.0.0.77")
    assert elsewhere.greeting.code == 220


def test_the_limit_of_all_says_so(make_server):
    server = make_server(config={"daemon": {"max_sessions": 3}})
    inside, refusal = get_in(server, 4)
    assert len(inside) == 3
    assert refusal.code == 421 and "(3)" in refusal.text
    inside[0].command("QUIT", 221)
    wait_for(lambda: entered(server), 10, "the freed place")


def test_a_refused_client_is_closed(make_server):
    server = make_server(config={"daemon": {"max_sessions_per_address": 1}})
    first = server.connect()
    second = server.connect()
    assert second.greeting.code == 421
    assert second.ended()
    first.command("NOOP", 200)


def test_i13_a_killed_master_frees_the_port_and_transfers_finish(server):
    """I13."""
    busy, idle = server.login("alice"), server.login("bob")
    data = start_download(server, busy)
    waiting = server.idle_nets()
    old = server.processes()
    server.kill()
    assert server.launch(), "the port is still taken"
    server.works()
    wait_for(lambda: not any(p.alive() for p in waiting), 10, "the end of the idle cells")
    idle.command("NOOP", 200)
    finish_download(busy, data)
    busy.command("QUIT", 221)
    idle.command("QUIT", 221)
    wait_for(lambda: not any(p.alive() for p in old), 15, "the end of everything of the old master")
    server.works()


def test_killed_idle_cells_are_replaced(server):
    """The next client meets a whole cell; the pool is full again soon, and no faster than it should."""
    for victim in ("net", "jail"):
        waiting = server.idle_nets() if victim == "net" else server.processes("jail")
        for process in waiting:
            process.kill()
        wait_for(lambda: not any(p.alive() for p in waiting), 5, "their end")
        server.works()
        wait_for(lambda: len(server.idle_nets()) >= 2, 10, "a full pool")


def test_the_pool_returns_to_its_least(make_server):
    server = make_server(config={"daemon": {"pool_min": 3, "pool_max": 24}})
    wait_for(lambda: len(server.idle_nets()) == 3, 5, "the first pool")
    for _ in range(3):
        controls = [server.connect() for _ in range(30)]
        for control in controls:
            control.command("QUIT", 221)
    wait_for(lambda: len(server.idle_nets()) <= 24, 5, "no more than pool_max idle cells")
    wait_for(lambda: len(server.idle_nets()) == 3, 4, "a pool of pool_min cells")
    wait_for(lambda: len(server.processes("jail")) == 3, 4, "as many JAILs")


def test_a_burst_larger_than_the_pool_is_served(make_server):
    server = make_server(config={"daemon": {"pool_min": 1, "pool_max": 4}})
    with ThreadPoolExecutor(40) as pool:
        controls = list(pool.map(lambda _: server.connect(timeout=30), range(40)))
    assert all(control.greeting.code == 220 for control in controls)


def test_probes_cost_nothing_lasting(server):
    """M2: connect and close, as load balancers do."""
    for _ in range(60):
        socket.create_connection((server.host, server.port)).close()
    server.works()
    wait_for(lambda: len(server.idle_nets()) == len(server.processes("net")), 10, "the end of the probes")


def test_a_client_that_resets_at_once(server):
    for _ in range(20):
        probe = socket.create_connection((server.host, server.port))
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        probe.close()
    server.works()


def test_waiting_costs_no_cpu(server):
    """Idle, half-closed and stalled sessions sleep, and so does the rest of the server."""
    idle, half, stalled = server.login("alice"), server.login("alice"), server.login("alice")
    data = start_download(server, stalled)
    half.socket.shutdown(socket.SHUT_WR)
    early = server.connect()
    before = {p: p.cpu_seconds() for p in server.processes()}
    time.sleep(1.5)
    for process in server.processes():
        after = process.cpu_seconds()
        if after is not None and before.get(process) is not None:  # a spare cell may come and go
            used = after - before[process]
            assert used <= 0.15, f"{process} used {used} s of 1.5"
    data.close()
    assert idle.command("NOOP").code == 200 and early.command("NOOP").code == 200


def test_sigterm_lets_a_transfer_finish(make_server):
    server = make_server(config={"daemon": {"stop_timeout": 20}})
    busy, idle = server.login("alice"), server.login("bob")
    data = start_download(server, busy)
    server.signal(signal.SIGTERM)
    assert idle.reply().code == 421
    with pytest.raises(ConnectionRefusedError):
        wait_for(lambda: not Control(server.host, server.port).close() and False, 5, "a closed port")
    finish_download(busy, data)
    busy.close()
    assert server.popen.wait(20) == 0


def test_sigterm_twice_ends_at_once(make_server):
    """stop_timeout is a long time; a second request ends it at once."""
    server = make_server(config={"daemon": {"stop_timeout": 60}})
    busy = server.login("alice")
    data = start_download(server, busy)
    master = server.master()
    os.kill(master.pid, signal.SIGTERM)
    server.wait_log(r"(?i)stop|end|TERM|shut")
    os.kill(master.pid, signal.SIGTERM)
    assert server.popen.wait(15) == 0
    data.close()


def test_stop_timeout_ends_what_does_not_end(make_server):
    server = make_server(config={"daemon": {"stop_timeout": 1}})
    busy = server.login("alice")
    data = start_download(server, busy)
    started = time.monotonic()
    server.signal(signal.SIGTERM)
    assert server.popen.wait(60) == 0
    assert time.monotonic() - started < 20
    data.close()
