# SPDX-License-Identifier: BSD-2-Clause
"""The metrics: what is counted, who may ask for it and how, and that no counter goes
backwards whatever process is killed."""

import contextlib
import json
import os
import pwd
import re
import shutil
import signal
import socket
import stat
import subprocess
import urllib.parse

import pytest

import harness
from ctl import ctl, run
from harness import free_port
from prometheus import get, parse, scrape
from proc import tcp_sockets, wait_for
from tls import TlsControl, tls_server

METRICS = "127.0.0.1"


def metrics_server(make_server, at=None, **keys):
    """A server with a listener for the metrics, and where it is."""
    at = at or f"{METRICS}:{free_port()}"
    return make_server(config={"daemon": {"metrics": at, **keys}}), at


@pytest.fixture
def served(make_server):
    return metrics_server(make_server)


def wait_count(at, name, value):
    """Until the counter has this value: it arrives within a second or two."""
    return wait_for(lambda: (found := scrape(at)).get(name) == value and found, 15, f"{name} = {value}")


def configure(server, **keys):
    """A reload with these keys of [daemon]."""
    server.overrides = {**server.overrides, "daemon": {**server.overrides.get("daemon", {}), **keys}}
    server.write_config()
    return run(server, "reload")


def refuses(at):
    host, _, port = at.rpartition(":")
    try:
        socket.create_connection((host, int(port)), 5).close()
    except ConnectionRefusedError:
        return True
    return False


def fail_login(server):
    with contextlib.closing(server.connect()) as control:
        control.command("USER alice", 331)
        control.command("PASS wrong", 530)


def test_a_session_is_counted(served):
    server, at = served
    control = server.login()
    control.store("STOR up", b"x" * 1000)
    assert control.fetch("RETR up") == b"x" * 1000
    control.fetch("MLSD")
    control.command("DELE nothing", 550)
    fail_login(server)
    wait_count(at, 'wardftpd_login_failures_total{reason="password"}', 1)
    found = wait_count(at, "wardftpd_sessions", 1)
    assert found["wardftpd_sessions_logged_in"] == 1
    assert found["wardftpd_logins_total"] == found["wardftpd_login_seconds_count"] == 1
    assert found['wardftpd_login_seconds_bucket{le="+Inf"}'] == 1
    found = wait_count(at, "wardftpd_refused_commands_total", 1)
    for direction in "upload", "download":
        label = f'direction="{direction}"'
        assert found[f'wardftpd_transfers_total{{{label},result="complete"}}'] == 1
        assert found[f'wardftpd_transfers_total{{{label},result="failed"}}'] == 0
        assert found[f"wardftpd_transfer_bytes_total{{{label}}}"] == 1000
        assert found[f"wardftpd_transfer_seconds_count{{{label}}}"] == 1
    assert found['wardftpd_listings_total{result="complete"}'] == 1
    assert found["wardftpd_connections_total"] == 3  # the harness looks whether the server greets
    assert abs(found["wardftpd_last_login_timestamp_seconds"] - found["wardftpd_start_time_seconds"]) < 120


def test_a_failed_transfer_is_counted_with_its_bytes(served):
    server, at = served
    control = server.login()
    with control.connect_data() as data:
        control.command("STOR cut", 150)
        data.sendall(b"x" * 5000)
        control.command("ABOR", 426)
    found = wait_count(at, 'wardftpd_transfers_total{direction="upload",result="failed"}', 1)
    assert found['wardftpd_transfer_bytes_total{direction="upload"}'] <= 5000


def test_what_the_limits_refuse_is_counted_by_limit(make_server):
    server, at = metrics_server(make_server, max_sessions_per_address=1)
    with contextlib.closing(server.login()):
        refused = server.connect()
        assert refused.greeting.code == 421
        found = wait_count(at, 'wardftpd_refused_total{limit="max_sessions_per_address"}', 1)
        assert found['wardftpd_refused_total{limit="max_sessions"}'] == 0


def test_a_log_in_over_a_limit_is_counted_there_too(make_server):
    at = f"{METRICS}:{free_port()}"
    server = make_server(config={"daemon": {"metrics": at}, "defaults": {"max_sessions_per_user": 1}})
    server.login()
    second = server.connect()
    second.command("USER alice", 331)
    second.command(f"PASS {server.user().password}", 421, 530)
    found = wait_count(at, 'wardftpd_refused_total{limit="max_sessions_per_user"}', 1)
    assert found['wardftpd_login_failures_total{reason="limit"}'] == 1


def test_bans_are_shown_until_they_are_lifted(served):
    server, at = served
    assert scrape(at)["wardftpd_bans"] == 0
    ctl(server, "ban", "192.0.2.9")
    wait_count(at, "wardftpd_bans", 1)
    ctl(server, "unban", "192.0.2.9")
    wait_count(at, "wardftpd_bans", 0)


def passive_range():
    """Ten ports on which no process listens, outside the ranges of the other tests."""
    for first in range(40000, 60000, 10):
        if not any(first <= s["local"] < first + 10 for s in tcp_sockets().values()):
            return first
    raise AssertionError("no free range")


def test_passive_ports_in_use_are_seen_by_the_kernel(make_server):
    at, first = f"{METRICS}:{free_port()}", passive_range()
    server = make_server(config={"daemon": {"metrics": at},
                                 "listener default": {"passive_ports": f"{first}-{first + 9}"}})
    assert scrape(at)["wardftpd_passive_ports"] == 10
    control = server.login()
    control.command("EPSV", 229)
    # the next listener may be held ready, too
    wait_for(lambda: 1 <= scrape(at)["wardftpd_passive_ports_in_use"] <= 2, 15, "a port in use")
    control.command("QUIT", 221)
    wait_count(at, "wardftpd_passive_ports_in_use", 0)


def test_tls_is_counted_and_the_certificates_date_is_shown(make_server):
    at = f"{METRICS}:{free_port()}"
    server = tls_server(make_server, config={"daemon": {"metrics": at}})
    TlsControl(server).login("alice", server.user().password)
    found = wait_count(at, 'wardftpd_tls_handshakes_total{result="complete"}', 1)
    out = subprocess.run(["openssl", "x509", "-noout", "-enddate", "-dateopt", "iso_8601", "-in",
                          server.path("cert.pem")], check=True, capture_output=True, text=True).stdout
    expiry = found['wardftpd_certificate_expiry_timestamp_seconds{host=""}']
    day = subprocess.run(["date", "-u", "-d", f"@{int(expiry)}", "+%Y-%m-%d"], capture_output=True, text=True).stdout
    assert day.strip() in out, (day, out)


def test_wardctl_prints_the_same_page_and_needs_no_listener(server):
    server.login()
    found = wait_for(lambda: (one := parse(ctl(server, "metrics")))["wardftpd_logins_total"] == 1 and one, what="login")
    assert found["wardftpd_sessions"] == 1
    assert not server.processes("metrics")
    assert ctl(server, "metrics", "--openmetrics").endswith("# EOF\n")


def test_without_the_key_no_process_and_no_account_is_needed(make_server):
    server = make_server(config={"daemon": {"metrics_user": "wardftpd-nobody-of-that-name"}})
    assert not server.processes("metrics")
    done = configure(server, metrics=f"{METRICS}:{free_port()}")
    assert done.returncode != 0 and "wardftpd-nobody-of-that-name does not exist" in done.stdout + done.stderr
    server.login()


def test_prometheus_may_have_either_format(served):
    _, at = served
    status, headers, text = get(at, Accept="application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5")
    assert status == 200 and headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    assert text.endswith("\n# EOF\n") and text.count("# EOF") == 1
    assert "# TYPE wardftpd_logins counter" in text and "\nwardftpd_logins_total 0" in text
    status, headers, text = get(at, Accept="*/*")
    assert "# EOF" not in text and "# TYPE wardftpd_logins_total counter" in text
    assert int(headers["Content-Length"]) == len(text.encode())


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool (Debian: prometheus) is not installed")
def test_promtool_has_nothing_against_the_page(served):
    _, at = served
    done = subprocess.run(["promtool", "check", "metrics"], input=get(at)[2], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


PROMETHEUS = os.path.join(harness.TOP, "etc", "prometheus")
NAME = re.compile(r"\bwardftpd_[a-z_]+")


@pytest.mark.parametrize("file", ["wardftpd.rules.yml", "grafana-dashboard.json"])
def test_rules_and_dashboard_name_metrics_that_exist(served, file):
    _, at = served
    names = {name.partition("{")[0] for name in scrape(at)}
    names |= {"wardftpd_certificate_expiry_timestamp_seconds"}  # with TLS only
    names |= {"wardftpd_last_login_timestamp_seconds"}  # after the first log-in
    with open(os.path.join(PROMETHEUS, file)) as one:
        text = one.read()
    assert NAME.findall(text) and set(NAME.findall(text)) <= names
    for what, label, words in (("limit", "refused_total", text), ("why", "data_failures_total", text)):
        known = {match for name in scrape(at) for match in re.findall(f'wardftpd_{label}{{{what}="([^"]+)"', name)}
        for used in re.findall(f'{label}{{{what}=~"([^"]+)"', words):
            assert set(used.split("|")) <= known


def test_the_manual_has_every_metric(served):
    _, at = served
    with open(os.path.join(harness.TOP, "man", "wardftpd.8")) as file:
        manual = file.read()
    for name in {re.sub("_(bucket|sum|count)$", "", name.partition("{")[0]) for name in scrape(at)}:
        assert re.search(rf"\b{name}\b", manual), name


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool (Debian: prometheus) is not installed")
def test_promtool_has_nothing_against_the_rules():
    for words in (["rules", "wardftpd.rules.yml"], ["config", "prometheus.yml"]):
        done = subprocess.run(["promtool", "check", *words], cwd=PROMETHEUS, capture_output=True, text=True)
        assert done.returncode == 0 and "SUCCESS" in done.stdout, done


@pytest.mark.full
@pytest.mark.skipif(not shutil.which("prometheus"), reason="prometheus is not installed")
@pytest.mark.parametrize("at", ["127.0.0.1", "[::1]"])
def test_prometheus_reads_them(make_server, at):
    """A real one, with the configuration that is installed, but for the ports and the interval."""
    at = f"{at}:{free_port()}"
    server = make_server(config={"daemon": {"metrics": at}})
    server.login().store("STOR up", b"x" * 1000)
    with open(os.path.join(PROMETHEUS, "prometheus.yml")) as file:
        config = file.read().replace("127.0.0.1:9921", at).replace("15s", "1s")
    shutil.copy(os.path.join(PROMETHEUS, "wardftpd.rules.yml"), server.directory)
    with open(server.path("prometheus.yml"), "w") as file:
        file.write(config)
    port = free_port()
    with open(server.path("prometheus.log"), "wb") as log:
        prometheus = subprocess.Popen(["prometheus", f"--config.file={server.path('prometheus.yml')}",
                                       f"--storage.tsdb.path={server.path('tsdb')}",
                                       f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)

    def query(expression):
        with contextlib.suppress(OSError):
            status, _, text = get(f"127.0.0.1:{port}", "/api/v1/query?query=" + urllib.parse.quote(expression))
            found = json.loads(text)["data"]["result"] if status == 200 else []
            return [float(one["value"][1]) for one in found]
        return []

    try:
        wait_for(lambda: query('wardftpd_transfer_bytes_total{direction="upload"}') == [1000], 60, "a scrape")
        assert query('up{job="wardftpd"}') == [1]
        assert query("wardftpd_login_seconds_count") == [1]
        assert query("count(ALERTS)") == []
    finally:
        prometheus.terminate()
        prometheus.wait(60)


@pytest.mark.parametrize("method,path,status", [
    ("POST", "/metrics", 405), ("HEAD", "/metrics", 405), ("DELETE", "/", 405), ("GET", "/", 404),
    ("GET", "/metrics/", 404), ("GET", "/metrics?x=1", 404), ("GET", "/../metrics", 404), ("GET", "//metrics", 404)])
def test_only_get_metrics_is_served(served, method, path, status):
    _, at = served
    got, headers, text = get(at, path, method)
    assert got == status and "wardftpd_" not in text
    assert headers.get("Allow") == ("GET" if status == 405 else None)


RAW = [(b"GET /metrics HTTP/1.1\r\n\r\n", 200), (b"GET /metrics HTTP/1.0\n\n", 200),
       (b"GET /metrics HTTP/2.0\r\n\r\n", 505),
       (b"GET /metrics\r\n\r\n", 400), (b"\r\n\r\n", 400), (b"GET  /metrics HTTP/1.1\r\n\r\n", 400),
       (b"GET /metrics HTTP/1.1 x\r\n\r\n", 400), (b"USER alice\r\nPASS x\r\n", 400), (b"\x16\x03\x01\x00\x00", 400),
       (b"GET /metrics HTTP/1.1\r\nX: " + b"y" * 9000 + b"\r\n\r\n", 431), (b"G" * 9000, 431),
       (b"GET /metrics HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", 200),
       (b"GET /metrics HTTP/1.1\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n", 200)]


def exchange(at, *parts):
    """Sends them; all that comes until the server closes, or we have an answer whole."""
    host, _, port = at.rpartition(":")
    seen = b""
    with socket.create_connection((host, int(port)), 30) as one:
        for part in parts:
            one.sendall(part)
        while more := one.recv(65536):
            seen += more
            head, _, body = seen.partition(b"\r\n\r\n")
            length = re.search(rb"Content-Length: (\d+)", head)
            if length and len(body) >= int(length[1]):
                assert len(body) == int(length[1])
                break
    return seen


@pytest.mark.parametrize("request_bytes,status", RAW, ids=[row[0][:24].hex() for row in RAW])
def test_a_request_gets_an_answer_whole_whatever_it_is(served, request_bytes, status):
    _, at = served
    assert exchange(at, request_bytes).startswith(b"HTTP/1.1 %d " % status)


def test_a_request_may_come_byte_by_byte(served):
    _, at = served
    whole = b"GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: application/openmetrics-text\r\n\r\n"
    assert exchange(at, *(whole[i:i + 1] for i in range(len(whole)))).endswith(b"# EOF\n")


def test_connections_that_ask_nothing_keep_no_other_out_and_are_closed(served):
    server, at = served
    host, _, port = at.rpartition(":")
    silent = [socket.create_connection((host, int(port)), 60) for _ in range(30)]
    assert scrape(at)["wardftpd_sessions"] == 0
    for one in silent:
        with contextlib.suppress(ConnectionResetError):
            assert one.recv(100) == b""
        one.close()
    process = server.processes("metrics")[0]
    wait_for(lambda: "tcp" not in process.fds().values(), 15, "the end of its connections")


def test_the_process_is_confined_and_has_nothing_but_its_listener(served):
    server, at = served
    scrape(at)
    process = server.processes("metrics")[0]
    entry = pwd.getpwnam("wardftpd-metrics")
    assert set(process.uids()) == {entry.pw_uid} and set(process.gids()) == {entry.pw_gid}
    assert process.groups() == [] and set(process.capabilities().values()) == {0}
    assert process.root() == server.empty_root and not process.dumpable()
    assert process.status()["NoNewPrivs"] == "1"
    wait_for(lambda: sorted(kind for kind in process.fds().values() if kind not in ("null", "eventpoll"))
             == ["listen", "unix", "unix"], 15, "its listener and two channels")


def test_a_reload_starts_moves_and_ends_it(server):
    server.login()
    first, second = (f"{METRICS}:{free_port()}" for _ in range(2))
    assert configure(server, metrics=first).returncode == 0
    scrape(first)
    process = server.processes("metrics")[0]
    assert configure(server, metrics=second).returncode == 0
    wait_for(lambda: refuses(first), 15, "the old listener to close")
    scrape(second)
    assert server.processes("metrics") == [process]
    assert configure(server).returncode == 0
    assert scrape(second)["wardftpd_sessions"] == 1 and server.processes("metrics") == [process]
    assert configure(server, metrics=None).returncode == 0
    wait_for(lambda: refuses(second) and not server.processes("metrics"), 15, "its end")
    assert configure(server, metrics=first).returncode == 0
    scrape(first)
    assert "ward-metrics" not in server.log_text().replace("ward-metrics[", "")


def test_a_reload_with_an_address_in_use_changes_nothing(served):
    server, at = served
    with socket.create_server((METRICS, 0)) as other:
        taken = f"{METRICS}:{other.getsockname()[1]}"
        done = configure(server, metrics=taken, max_sessions=77)
        assert done.returncode != 0 and f"metrics {taken}: Address already in use" in done.stdout + done.stderr
    assert scrape(at)["wardftpd_max_sessions"] == 1000


def test_it_is_started_again(served):
    server, at = served
    server.allowed_log = re.compile("ward-metrics was ended by signal 9")
    server.login()
    wait_count(at, "wardftpd_logins_total", 1)
    process = server.processes("metrics")[0]
    process.kill()
    wait_for(lambda: [p for p in server.processes("metrics") if p != process], 15, "another one")
    found = wait_count(at, 'wardftpd_process_restarts_total{process="metrics"}', 1)
    assert found["wardftpd_logins_total"] == found["wardftpd_sessions"] == 1


def test_no_counter_goes_backwards_where_the_scribe_is_killed(served):
    server, at = served
    control = server.login()
    control.store("STOR up", b"x" * 1000)
    fail_login(server)
    wait_count(at, "wardftpd_logins_total", 1)
    before = wait_count(at, 'wardftpd_login_failures_total{reason="password"}', 1)
    before = {name: value for name, value in before.items() if re.search("_(total|bucket|count|sum)", name)}
    server.processes("scribe")[0].kill()
    wait_count(at, 'wardftpd_process_restarts_total{process="scribe"}', 1)
    control.store("STOR up", b"x" * 1000)
    after = wait_count(at, 'wardftpd_transfers_total{direction="upload",result="complete"}', 2)
    assert [name for name, value in before.items() if after[name] < value] == []
    assert after['wardftpd_transfer_bytes_total{direction="upload"}'] == 2000


def test_it_serves_while_the_server_drains(served):
    server, at = served
    control = server.login()
    ctl(server, "drain", "--no-wait")
    found = wait_count(at, "wardftpd_draining", 1)
    assert found["wardftpd_sessions"] == 1
    control.command("QUIT", 221)
    assert server.popen.wait(30) == 0
    assert refuses(at)


def test_a_socket_at_a_path_works_and_is_removed(make_server):
    server = make_server(config={"daemon": {"metrics": None}})
    path = server.path("metrics")
    assert configure(server, metrics=path).returncode == 0
    assert scrape(path)["wardftpd_sessions"] == 0
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o666
    server.kill()
    wait_for(lambda: not server.processes(), 15, "the end of all")
    assert os.path.exists(path)
    server.launch()
    assert scrape(path)["wardftpd_sessions"] == 0
    assert server.stop() == 0
    assert not os.path.exists(path)


@pytest.mark.parametrize("value", ["9921", "127.0.0.1", "localhost:9921", "127.0.0.1:0", "*:9921", "metrics.sock"])
def test_a_wrong_value_is_named(server, value):
    done = configure(server, metrics=value)
    assert done.returncode != 0 and "metrics" in done.stdout + done.stderr and value in done.stdout + done.stderr


def test_a_master_that_was_killed_leaves_no_listener(served):
    server, at = served
    server.kill()
    wait_for(lambda: refuses(at) and not server.processes("metrics"), 15, "its end")


def test_a_stopped_process_takes_nothing_from_sessions(served):
    server, at = served
    process = server.processes("metrics")[0]
    os.kill(process.pid, signal.SIGSTOP)
    try:
        control = server.login()
        control.store("STOR up", b"x" * 1000)
        assert parse(ctl(server, "metrics"))["wardftpd_sessions"] == 1
    finally:
        os.kill(process.pid, signal.SIGCONT)
    wait_count(at, "wardftpd_logins_total", 1)
