# SPDX-License-Identifier: BSD-2-Clause
"""The command line, the configuration, the signals, the files the daemon keeps."""

import os
import re
import signal
import threading
import socket
import subprocess
import time

import pytest

import harness
from harness import Server
from proc import LISTEN, marked, wait_for, tcp_sockets

EX_OK, EX_USAGE, EX_NOINPUT, EX_CONFIG = 0, 64, 66, 78


def run(*arguments, environment=None):
    return subprocess.run([harness.WARDFTPD, *arguments], capture_output=True, text=True, timeout=30,
                          stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})})


def words(done):
    return done.stdout + done.stderr


@pytest.fixture
def prepared(scratch):
    """A server that was not started: its configuration file and nothing else."""
    harness.make_accounts()
    server = Server()
    server.port = harness.free_port()
    server.write_config()
    yield server
    server.finish()


def write(server, text):
    with open(server.config_file, "w") as file:
        file.write(text)


def check(server, *arguments):
    return run("-t", "-c", server.config_file, *arguments)


# -V, -h and what is no option


def test_version():
    done = run("-V")
    assert done.returncode == EX_OK
    assert re.search(r"\d+\.\d+\.\d+", done.stdout)
    for offer in ("seccomp", "openat2", "Landlock", "namespaces", "peer, unprivileged", "kernel TLS"):
        assert re.search(rf"^[^:]*{offer}[^:]*: (yes|no|not used|ABI \d)", done.stdout, re.MULTILINE), offer


def test_help_names_every_option():
    done = run("-h")
    assert done.returncode == EX_OK
    for option in ("-c", "-t", "-f", "-o", "-V", "-h"):
        assert option in done.stdout


@pytest.mark.parametrize("arguments", [["-Z"], ["-c"], ["surplus"], ["-o"]], ids=" ".join)
def test_wrong_usage_is_64(arguments):
    done = run(*arguments)
    assert done.returncode == EX_USAGE, words(done)
    assert done.stderr


# -t


def test_a_good_file_passes(prepared):
    done = check(prepared)
    assert done.returncode == EX_OK, words(done)


def test_a_missing_file_is_reported(prepared):
    done = run("-t", "-c", prepared.path("nowhere.conf"))
    assert done.returncode in (EX_NOINPUT, EX_CONFIG)
    assert "nowhere.conf" in words(done)


FAULTS = [
    # section, line, what the complaint must name
    ("daemon", "pool_mn = 3", ["pool_mn", "pool_min"]),
    ("daemon", "max_sessions = many", ["max_sessions"]),
    ("daemon", "max_sessions = -1", ["max_sessions"]),
    ("daemon", "max_sessions = 99999999999999999999", ["max_sessions"]),
    ("daemon", "minimum_uid = 0x10", ["minimum_uid"]),
    ("daemon", "idle_timeout = 5m", ["idle_timeout"]),
    ("daemon", "log_format = xml", ["log_format"]),
    ("daemon", "sandbox = off", ["sandbox"]),
    ("daemon", "pool_min = 10\npool_max = 5", ["pool_m"]),
    ("daemn", "pool_min = 3", ["daemn"]),
    ("listener default", "passive_ports = 70000-80000", ["passive_ports"]),
    ("listener default", "passive_ports = 5000-4000", ["passive_ports"]),
    ("listener default", "address = nowhere:21", ["address"]),
    ("listener default", "active = perhaps", ["active"]),
    ("listener default", "active_port = 25", ["active_port"]),
    ("defaults", "umask = 9", ["umask"]),
    ("defaults", "uploads = sometimes", ["uploads"]),
    ("tls", "mode = always", ["mode"]),
]


@pytest.mark.parametrize("section, line, named", FAULTS,
                         ids=[f"{s}.{line}".replace("\n", ";") for s, line, _ in FAULTS])
def test_a_fault_is_reported_with_file_line_and_key(prepared, section, line, named):
    write(prepared, f"; a comment\n[{section}]\n{line}\n")
    done = check(prepared)
    assert done.returncode == EX_CONFIG, words(done)
    assert re.search(re.escape(prepared.config_file) + r":\d+:", words(done)), words(done)
    for name in named:
        assert name in words(done)


def test_the_line_number_is_right(prepared):
    write(prepared, "; one\n\n[daemon]\npool_min = 3\n; five\nnonsense = 1\n")
    assert f"{prepared.config_file}:6:" in words(check(prepared))


def test_an_unknown_key_gets_a_suggestion(prepared):
    write(prepared, "[daemon]\nlogin_timout = 3\n")
    assert "login_timeout" in words(check(prepared))


def test_all_faults_are_reported_together(prepared):
    write(prepared, "[daemon]\npool_mn = 3\nmax_sessions = x\n")
    text = words(check(prepared))
    assert ":2:" in text and ":3:" in text


def test_an_overlong_line_is_refused(prepared):
    """inih cuts them silently: a value that lost its end must not be believed."""
    write(prepared, "[daemon]\npid_file = /" + "x" * 300 + "\n")
    assert check(prepared).returncode == EX_CONFIG


def test_an_override_wins_and_is_checked(prepared):
    assert check(prepared, "-o", "daemon.pool_min=3").returncode == EX_OK
    done = check(prepared, "-o", "daemon.pool_mn=3")
    assert done.returncode in (EX_CONFIG, EX_USAGE)
    assert "pool_mn" in words(done)


def test_an_override_is_used(make_server):
    server = make_server(arguments=["-o", "daemon.max_sessions_per_address=1"])
    server.connect()
    assert server.connect().greeting.code == 421


def test_a_missing_account_is_named(prepared):
    prepared.overrides = {"daemon": {"net_user": "no-such-account"}}
    prepared.write_config()
    done = run("-f", "-c", prepared.config_file)
    assert done.returncode not in (0, None) and done.returncode > 0
    assert "no-such-account" in words(done)


def test_roles_may_not_share_an_account(prepared):
    prepared.overrides = {"daemon": {"net_user": "wardftpd-jail"}}
    prepared.write_config()
    done = run("-f", "-c", prepared.config_file)
    assert done.returncode > 0 and "wardftpd-jail" in words(done)


def test_only_root_starts_it(prepared):
    done = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", harness.WARDFTPD, "-f",
                           "-c", prepared.config_file], capture_output=True, text=True, timeout=30)
    assert done.returncode > 0 and words(done)


# starting as a daemon


def test_as_a_daemon_it_listens_before_it_leaves(make_server):
    """The command returns 0 when clients can come, and not before."""
    server = make_server(foreground=False, prepare=None)
    assert server.popen.wait(10) == 0
    master = server.master()
    with open(server.pid_file) as file:
        assert int(file.read()) == master.pid
    assert os.getsid(master.pid) == master.pid or os.getsid(master.pid) != os.getsid(0)
    assert server.login().command("NOOP").code == 200
    server.stop()
    assert not os.path.exists(server.pid_file)


def test_a_taken_port_is_reported_and_nothing_is_left(make_server):
    first = make_server()
    for arguments in (["-f"], []):
        mark = f"WARDFTPD_TEST=second-{first.port}-{len(arguments)}"
        name, _, value = mark.partition("=")
        done = run(*arguments, "-c", first.config_file, "-o", f"daemon.pid_file={first.path('second.pid')}",
                   "-o", f"daemon.control_socket={first.path('second.control')}", environment={name: value})
        assert done.returncode > 0
        assert str(first.port) in words(done), words(done)
        wait_for(lambda: not marked(mark.encode()), 10, "the end of the second server")
        assert not os.path.exists(first.path("second.pid"))
    assert first.connect().greeting.code == 220


def test_a_second_server_with_the_same_pid_file_is_refused(make_server):
    """Two masters over one pid file would make `stop` a game of chance."""
    first = make_server()
    port = harness.free_port()
    done = run("-f", "-c", first.config_file, "-o", f"listener default.address=127.0.0.1:{port}")
    assert done.returncode > 0 and first.pid_file in words(done), words(done)
    with open(first.pid_file) as file:
        assert int(file.read()) == first.master().pid


def test_a_stale_pid_file_does_not_prevent_the_start(make_server):
    def prepare(server):
        with open(server.pid_file, "w") as file:
            file.write("1\n")

    server = make_server(prepare=prepare)
    with open(server.pid_file) as file:
        assert int(file.read()) == server.master().pid


def test_a_broken_file_stops_the_start(prepared):
    write(prepared, "[daemon]\nnonsense = 1\n")
    done = run("-c", prepared.config_file)
    assert done.returncode == EX_CONFIG
    assert f"{prepared.config_file}:2:" in words(done)


def test_ipv6_and_ipv4_listen_together(server):
    for host in ("127.0.0.1", "::1"):
        assert server.connect(host).greeting.code == 220


# signals


def greeting(server):
    with server.connect() as control:
        return control.greeting.text


def entered(server):
    control = server.connect()
    return control if control.greeting.code == 220 else None


def test_hup_uses_the_new_file_for_new_sessions(make_server):
    server = make_server(config={"daemon": {"banner": "the old words"}})
    assert "the old words" in greeting(server)
    running = server.login()
    server.overrides["daemon"].update(banner="the new words", max_sessions_per_address=2)
    server.write_config()
    server.signal(signal.SIGHUP)
    wait_for(lambda: "the new words" in greeting(server), 10, "the new greeting")
    assert running.command("NOOP").code == 200
    assert running.fetch("NLST") == b""
    second = wait_for(lambda: entered(server), 10, "the second place")
    assert server.connect().greeting.code == 421
    second.command("QUIT", 221)
    running.command("QUIT", 221)


def test_hup_with_a_bad_file_keeps_the_old(make_server):
    server = make_server(config={"daemon": {"banner": "the old words"}})
    master = server.master()
    server.overrides["daemon"].update(banner="the new words", nonsense="1")
    server.write_config()
    server.signal(signal.SIGHUP)
    server.wait_log(r"nonsense")
    assert server.master() == master
    for _ in range(5):
        assert "the old words" in greeting(server)
    del server.overrides["daemon"]["nonsense"]
    server.write_config()
    server.signal(signal.SIGHUP)
    wait_for(lambda: "the new words" in greeting(server), 10, "the new greeting")


def test_hup_moves_to_new_ports(make_server):
    server = make_server()
    old, new = server.port, harness.free_port()
    running = server.login()
    server.port = new
    server.write_config()
    server.signal(signal.SIGHUP)
    wait_for(lambda: answers(new), 10, "the new port")
    wait_for(lambda: not answers(old), 10, "the end of the old port")
    assert running.command("NOOP").code == 200


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
        return True
    except OSError:
        return False


def test_a_reload_keeps_the_shared_processes(make_server):
    """Each takes the new configuration under its filter; once a reload killed all but auth."""
    server = make_server()

    def shared():
        return {child.pid: child.role() for child in server.master().children()
                if child.role() in ("auth", "dialer", "keeper", "scribe")}

    before = shared()
    assert len(before) >= 4
    server.signal(signal.SIGHUP)
    server.wait_log("configuration reloaded")
    server.login().fetch("NLST")
    assert shared() == before


def test_many_hups_do_no_harm(server):
    session = server.login()
    for _ in range(20):
        server.signal(signal.SIGHUP)
    wait_for(lambda: greeting(server).startswith("220"), 10, "a greeting")
    assert session.fetch("NLST") == b""
    server.login("bob")


def listens(port):
    return any(one["local"] == port and one["state"] == LISTEN for one in tcp_sockets().values())


@pytest.mark.parametrize("turns", [10, pytest.param(30, marks=pytest.mark.full)])
def test_a_listener_is_removed_while_clients_connect_to_it(server, turns):
    """A crowd at a listener that each second reload takes away; the master once used what took its place."""
    second = harness.free_port()
    over = threading.Event()

    def knock():
        while not over.is_set():
            try:
                socket.create_connection((server.host, second), timeout=5).close()
            except OSError:
                pass
            time.sleep(0.001)

    master, extra = server.master(), f"[listener second]\naddress = {server.host}:{second}\n"
    crowd = [threading.Thread(target=knock) for _ in range(4)]
    for thread in crowd:
        thread.start()
    try:
        for turn in range(turns):
            server.write_config(extra if turn % 2 == 0 else "")
            server.signal(signal.SIGHUP)
            wait_for(lambda: listens(second) == (turn % 2 == 0), 20, "the reload")
    finally:
        over.set()
        for thread in crowd:
            thread.join()
    assert server.master() == master and master.alive()
    server.login().fetch("NLST")


def test_usr1_opens_the_log_again(server):
    server.login()
    server.wait_log("alice")
    rotated = server.log + ".1"
    os.rename(server.log, rotated)
    server.signal(signal.SIGUSR1)
    wait_for(lambda: os.path.exists(server.log), 10, "the new log")
    size = os.path.getsize(rotated)
    server.login("bob")
    wait_for(lambda: "bob" in open(server.log).read(), 10, "a line in the new log")
    assert "bob" not in open(rotated).read()[size:]


def test_the_log_is_not_for_everyone(server):
    assert os.stat(server.log).st_mode & 0o037 == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_end_signals_end_everything(make_server, number):
    server = make_server()
    server.login()
    server.signal(number)
    assert server.popen.wait(20) == 0
    wait_for(lambda: not server.processes(), 10, "the end of all")


def test_log_to_stderr(make_server):
    server = make_server(config={"daemon": {"log": "stderr"}})
    server.login()
    wait_for(lambda: "alice" in open(server.output).read(), 10, "alice in standard error")


def test_json_lines(make_server):
    import json
    server = make_server(config={"daemon": {"log_format": "json"}})
    server.login().command("QUIT", 221)
    server.wait_log("alice")
    with open(server.log) as file:
        rows = [json.loads(line) for line in file]
    assert any("alice" in json.dumps(row) for row in rows)


def test_without_an_option_the_systems_configuration_is_read():
    done = subprocess.run([harness.WARDFTPD, "-t", "--quick"], capture_output=True, text=True, timeout=60, check=False)
    assert "/etc/wardftpd/wardftpd.conf" in done.stdout + done.stderr
