# SPDX-License-Identifier: BSD-2-Clause
"""FTPS: the laws T1 to T6, U6 over TLS, and the private key's place (I4)."""

import ftplib
import io
import os
import signal
import socket
import ssl
import subprocess
import threading

import pytest

from authority import private_numbers, self_signed
from clients import Curl, Lftp
from control import Closed, Control, read_all, segments
from harness import Server
from proc import wait_for
from tls import TlsControl, client_context, tls_server

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]
every_version = pytest.mark.parametrize("version", VERSIONS, ids=["1.2", "1.3"])


@pytest.fixture
def make_tls(make_server):
    """Starts a server with a certificate; arguments go into its [tls] section."""

    def make(config=None, **keys):
        return tls_server(make_server, config, **keys)

    return make


def log_in(server, **arguments):
    control = TlsControl(server, **arguments)
    server._controls.append(control)
    control.login("alice", server.user().password)
    control.command("TYPE I", 200)
    return control.protect()


@every_version
def test_t1_a_whole_session(make_tls, version):
    server = make_tls()
    control = log_in(server, version=version)
    content = os.urandom(300001)
    assert control.store_tls("STOR file", content).code == 226
    assert server.read("file") == content
    got, resumed, reply = control.fetch_tls("RETR file")
    assert got == content and reply.code == 226 and resumed
    for line in ("LIST", "NLST", "MLSD"):
        assert b"file" in control.fetch_tls(line)[0]
    control.command("QUIT", 221)


def test_records_travel_in_full_segments(make_tls):
    """64 of them: each alone would be a segment at least."""
    server = make_tls()
    control = log_in(server)
    server.put("file", os.urandom(1 << 20))
    with socket.create_connection((control.host, control.epsv()), timeout=control.timeout) as data:
        control.command("RETR file", 150)
        data = control.wrap_data(data)
        assert len(read_all(data)) == 1 << 20
        assert segments(data)[1] < 50
        data.unwrap()
    assert control.reply().code == 226


def test_t1_old_versions_are_refused(make_tls):
    server = make_tls()
    done = subprocess.run(["openssl", "s_client", "-starttls", "ftp", "-connect", f"127.0.0.1:{server.port}", "-tls1_1",
                           "-cipher", "ALL:@SECLEVEL=0"], stdin=subprocess.DEVNULL, capture_output=True, timeout=20)
    assert b"Cipher is (NONE)" in done.stdout or done.returncode != 0


@pytest.mark.parametrize("alpn, good", [(["ftp"], True), (["http/1.1", "ftp"], True), (["h2", "http/1.1"], False)])
def test_t1_alpn(make_tls, alpn, good):
    server = make_tls()
    if good:
        assert log_in(server, alpn=alpn).socket.selected_alpn_protocol() == "ftp"
    else:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            log_in(server, alpn=alpn)


def test_t2_what_follows_auth_in_clear_ends_the_session(make_tls):
    """Somebody on the way may have put it there; it is not run after the handshake, nor ever."""
    server = make_tls()
    control = server.connect()
    control.raw(b"AUTH TLS\r\nUSER alice\r\nPASS " + server.user().password.encode() + b"\r\n")
    if control.reply().code == 234:  # the rest came later, in place of a handshake
        with pytest.raises((ssl.SSLError, ConnectionError)):
            client_context().wrap_socket(control.socket)
    assert control.ended()
    server.wait_log("leave reason=protocol")
    assert " login" not in server.log_text()


def test_t2_clear_text_after_the_234_ends_the_session(make_tls):
    server = make_tls()
    control = server.connect()
    control.command("AUTH TLS", 234)
    control.raw(b"USER alice\r\n")
    control.ended()
    server.wait_log("leave reason=protocol")


def test_t2_what_was_said_in_clear_before_auth_is_forgotten(make_tls):
    server = make_tls()
    control = server.connect()
    control.command("USER alice", 331)
    control.command("AUTH TLS", 234)
    control.socket = client_context().wrap_socket(control.socket)
    control.command("PASS " + server.user().password, 503)


@every_version
def test_t3_every_data_connection_can_resume(make_tls, version):
    server = make_tls()
    server.put("file", b"x" * 1000)
    control = log_in(server, version=version)
    for _ in range(5):
        content, resumed, reply = control.fetch_tls("RETR file")
        assert resumed and reply.code == 226 and content == b"x" * 1000


@every_version
def test_t3_a_ticket_of_another_session_is_worth_nothing(make_tls, version):
    server = make_tls()
    server.put("file", b"x")
    first, second = log_in(server, version=version), log_in(server, version=version)
    first.fetch_tls("RETR file")
    data = socket.create_connection((second.host, second.epsv()), timeout=20)
    second.command("RETR file", 150)
    data = first.context.wrap_socket(data, session=first.socket.session)
    assert not data.session_reused
    data.recv(1)
    data.close()


def test_t4_required_refuses_what_does_not_resume(make_tls):
    server = make_tls(data_resume="required")
    server.put("file", b"x")
    control = log_in(server, version=ssl.TLSVersion.TLSv1_2)
    data = socket.create_connection((control.host, control.epsv()), timeout=20)
    control.send("RETR file")
    try:
        wrapped = control.wrap_data(data, resume=False)
        assert wrapped.recv(10) != b"x"
    except (ssl.SSLError, OSError):
        pass
    codes = [control.reply().code]
    if codes[0] == 150:
        codes.append(control.reply().code)
    assert codes[-1] == 522
    assert control.fetch_tls("RETR file")[0] == b"x"


@every_version
@pytest.mark.parametrize("tickets", [True, False], ids=["ticket", "session id"])
def test_t4_a_data_connection_vouches_for_no_other(make_tls, version, tickets):
    """Somebody behind the client's address could else be refused once, and resume that."""
    server = make_tls(data_resume="required")
    server.put("file", b"secret")
    control = log_in(server, version=version)
    stranger = client_context(version, tickets=tickets)
    session = None
    for _ in range(3):
        data = socket.create_connection((control.host, control.epsv()), timeout=20)
        control.command("RETR file", 150)
        try:
            data = stranger.wrap_socket(data, session=session)
            assert not data.session_reused and b"secret" not in data.recv(10)
            session = data.session
        except OSError:
            pass
        data.close()
        assert control.reply().code == 522
    assert control.fetch_tls("RETR file")[0] == b"secret"


def test_t4_a_client_without_tickets_resumes_by_session_id(make_tls):
    """curl in TLS 1.2; also after a transfer that broke."""
    server = make_tls(data_resume="required")
    control = log_in(server, version=ssl.TLSVersion.TLSv1_2, tickets=False)
    for _ in range(3):
        assert control.store_tls("STOR broken", b"half", notify=False).code == 426
        assert control.store_tls("STOR file", b"content").code == 226
        content, resumed, reply = control.fetch_tls("RETR file")
        assert (content, resumed, reply.code) == (b"content", True, 226)


def test_t4_preferred_uses_and_logs_what_does_not_resume(make_tls):
    """Once for each session, so that a client that never resumes does not fill the log."""
    server = make_tls(data_resume="preferred")
    server.put("file", b"x")
    control = log_in(server)
    assert control.fetch_tls("RETR file")[:2] == (b"x", True)
    for _ in range(3):
        content, resumed, reply = control.fetch_tls("RETR file", resume=False)
        assert (content, resumed, reply.code) == (b"x", False, 226)
    control.command("QUIT", 221)
    server.wait_log("leave reason=quit")
    lines = [line for line in server.log_text().splitlines() if "data-failed" in line]
    assert len(lines) == 1 and 'why=resume-missed path="/file"' in lines[0], lines


@pytest.mark.parametrize("everywhere, users, code", [
    ("required", {"user alice": "off"}, 226),
    ("off", {"defaults": "required"}, 522),
    ("off", {"defaults": "off", "user alice": "required"}, 522),
    ("required", {"defaults": "off", "user alice": "inherit"}, 522),
    ("required", {"defaults": "preferred"}, 226),
])
def test_t4_the_nearest_section_decides(make_tls, everywhere, users, code):
    server = make_tls(config={section: {"data_resume": value} for section, value in users.items()},
                      data_resume=everywhere)
    server.put("file", b"x")
    control = log_in(server)
    data = socket.create_connection((control.host, control.epsv()), timeout=20)
    control.command("RETR file", 150)
    try:
        with control.wrap_data(data, resume=False) as data:
            data.recv(10)
            data.unwrap()
    except OSError:
        pass
    assert control.reply().code == code
    if code == 522:
        server.wait_log('data-failed why=not-resumed path="/file"')


def test_t4_off_takes_what_does_not_resume(make_tls):
    server = make_tls()
    server.put("file", b"x")
    content, resumed, _ = log_in(server).fetch_tls("RETR file", resume=False)
    assert content == b"x" and not resumed


@every_version
def test_t5_close_notify_ends_every_connection(make_tls, version):
    """read_all() would raise at an end without it, on an empty listing too."""
    server = make_tls()
    control = log_in(server, version=version)
    assert control.fetch_tls("LIST")[0] == b""
    control.socket.suppress_ragged_eofs = False
    control.command("QUIT", 221)
    assert control.socket.recv(10) == b""


def test_t6_policy_comes_before_the_password(make_tls):
    server = make_tls(mode="required")
    plain = server.connect()
    for name in ("alice", "unknown"):
        assert plain.command("USER " + name).code == 530
    assert log_in(server).command("NOOP").code == 200


def test_t6_required_data_refuses_plain_transfers(make_tls):
    server = make_tls(mode="required", data="required")
    control = TlsControl(server)
    server._controls.append(control)
    control.login("alice", server.user().password)
    control.command("PBSZ 0", 200)
    assert control.command("PROT C").code in (534, 536, 521)
    control.epsv()
    assert control.command("LIST").code in (521, 522, 530, 534)


@every_version
def test_u6_an_upload_without_close_notify_is_truncated(make_tls, version):
    server = make_tls()
    server.put("file", b"the old version")
    control = log_in(server, version=version)
    assert control.store_tls("STOR file", b"half", notify=False).code == 426
    assert server.read("file") == b"the old version"
    control.command("ALLO 5")
    assert control.store_tls("STOR announced", b"whole", notify=False).code == 226


def test_u1_a_failed_handshake_creates_nothing(make_tls):
    server = make_tls()
    control = log_in(server)
    data = socket.create_connection((control.host, control.epsv()), timeout=20)
    control.send("STOR file")
    data.sendall(b"this is not TLS at all\r\n" * 10)
    data.close()
    reply = control.reply()
    if reply.code == 150:
        reply = control.reply()
    assert reply.code in (425, 426, 522)
    assert os.listdir(server.home()) == []


def who_has(server, needles):
    """The roles of the processes in whose memory one of the needles is."""
    seen = server.look_at(lambda process: process.memory_has(needles))
    return {process.role() for process, found in seen.items() if found}


@pytest.mark.parametrize("kind", ["P-256", "rsa"])
def test_i4_the_private_key_is_in_the_keeper_only(make_server, kind):
    """Before a handshake, in a session with transfers, and in every other process."""

    def with_key(server):
        certificate, key = self_signed(server.directory, "own", kind=kind)
        server.overrides["tls"].update(certificate=certificate, key=key)

    server = tls_server(make_server, before=with_key, config={"daemon": {"login_timeout": 600}})  # looking takes long
    numbers = private_numbers(server.path("own.key"))
    greeted = server.connect()
    assert who_has(server, numbers) == {"keeper"}
    control = log_in(server)
    control.fetch_tls("LIST", resume=False)
    control.store_tls("STOR file", b"content", resume=False)
    assert who_has(server, numbers) == {"keeper"}
    server.signal(signal.SIGHUP)
    server.wait_log("configuration reloaded")
    greeted.command("AUTH TLS", 234)
    assert who_has(server, numbers) == {"keeper"}


def test_i5_password_and_hash_after_a_log_in_over_tls(make_tls):
    """The password is nowhere, OpenSSL's buffers included; the hash is in auth only."""
    server = make_tls()
    control = log_in(server)
    control.fetch_tls("LIST")
    user = server.user()
    assert who_has(server, [user.password.encode()]) == set()
    assert who_has(server, [user.hash.encode()]) == {"auth"}


def test_i6_auth_tls_is_431_while_there_is_no_keeper(make_tls):
    """The master is stopped, so that it starts none; the session that got a 431 goes on."""
    server = make_tls()
    running, waiting = log_in(server), server.connect()
    old, master = server.one("keeper"), server.master().pid
    os.kill(master, signal.SIGSTOP)
    try:
        os.kill(old.pid, signal.SIGKILL)
        wait_for(lambda: not old.alive(), what="the end of the keeper")
        assert waiting.command("AUTH TLS").code == 431
        assert running.fetch_tls("LIST")[2].code == 226
    finally:
        os.kill(master, signal.SIGCONT)
    server.restarted("keeper", old)
    wait_for(lambda: waiting.command("AUTH TLS").code == 234, what="a keeper for this session")
    waiting.socket = client_context().wrap_socket(waiting.socket)
    waiting.login("alice", server.user().password)


def can_log_in(server):
    """A cell that waits is replaced when the keeper dies: who comes to it meanwhile must come again."""
    try:
        return log_in(server).fetch_tls("LIST", resume=False)[2].code == 226
    except (AssertionError, OSError, Closed):
        return False


def test_curl_and_lftp(make_tls, tmp_path):
    server = make_tls()
    server.put("file", b"content")
    for client, before in ((Curl, ["--ssl-reqd", "-k"]), (Lftp, None)):
        if before:
            one = client.__new__(client)
            one.server, one.name, one.password = server, "alice", server.user().password
            text, trace = one.curl(*before, one.url("file"))
            assert text == "content" and "< 234" in trace
            one.curl(*before, "-T", __file__, one.url("uploaded"))
        else:
            script = (f"set ftp:ssl-force yes; set ftp:ssl-protect-data yes; set ssl:verify-certificate no;"
                      f"open -u alice,{server.user().password} ftp://127.0.0.1:{server.port}; "
                      f"cat file; put {__file__}; bye")
            done = subprocess.run(["lftp", "--norc", "-c", script], capture_output=True, timeout=60,
                                  env={**os.environ, "HOME": str(tmp_path)}, stdin=subprocess.DEVNULL)
            assert b"content" in done.stdout, done.stderr
    with open(__file__, "rb") as file:
        content = file.read()
    assert server.read("uploaded") == server.read(os.path.basename(__file__)) == content


def test_ftplib(make_tls):
    server = make_tls()
    ftp = ftplib.FTP_TLS(context=client_context(), timeout=20)
    ftp.connect(server.host, server.port)
    ftp.login("alice", server.user().password)
    ftp.prot_p()
    ftp.storbinary("STOR file", io.BytesIO(b"content" * 10000))
    got = io.BytesIO()
    ftp.retrbinary("RETR file", got.write)
    assert got.getvalue() == b"content" * 10000
    ftp.quit()


@every_version
def test_implicit(make_server, version):
    """TLS from the first byte; data connections are protected without being asked for (RFC 4217)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Server, "_greets", lambda self: None)
        server = tls_server(make_server, {"listener default": {"implicit_tls": "yes"}}, data_resume="required")
    name = {ssl.TLSVersion.TLSv1_2: "1.2", ssl.TLSVersion.TLSv1_3: "1.3"}[version]
    curl = ["curl", "-q", "-sS", "-k", f"--tlsv{name}", "--tls-max", name, "--user", f"alice:{server.user().password}",
            f"ftps://{server.host}:{server.port}/file"]
    subprocess.run([*curl, "-T", __file__], check=True, timeout=20)
    with open(__file__, "rb") as file:
        assert server.read("file") == file.read() == subprocess.run(curl, check=True, capture_output=True,
                                                                    timeout=20).stdout
    control = Control.__new__(Control)
    control.host, control.timeout, control.buffer = server.host, 20, b""
    control.socket = client_context(version).wrap_socket(socket.create_connection((server.host, server.port),
                                                                                  timeout=20))
    assert control.reply().code == 220
    control.command("AUTH TLS", 503)
    control.login("alice", server.user().password)
    assert "Data connections: protected" in control.command("STAT").text
    control.close()


def tls_login(server):
    """True; or what a client gets while the keeper is gone: 431, or a handshake that is broken off."""
    try:
        with TlsControl(server) as control:
            control.login("alice", server.user("alice").password)
        return True
    except AssertionError as fault:
        assert "<431 " in str(fault), fault
    except (ssl.SSLError, Closed, ConnectionError):
        pass
    return False


def test_i6_a_keeper_killed_in_a_load_of_log_ins(make_tls):
    """Who is in goes on, over TLS; new clients get an error or are served, and soon all are served again."""
    server = make_tls()
    inside = TlsControl(server)
    inside.login("alice", server.user("alice").password)
    inside.protect()
    over, seen, faults = threading.Event(), [], []

    def load():
        try:
            while not over.is_set():
                seen.append(tls_login(server))
        except Exception as fault:
            faults.append(fault)

    crowd = [threading.Thread(target=load) for _ in range(3)]
    for thread in crowd:
        thread.start()
    try:
        wait_for(lambda: len(seen) >= 6 or faults, what="the load")
        keeper = server.one("keeper")
        os.kill(keeper.pid, signal.SIGKILL)
        inside.store_tls("STOR meanwhile", b"content")
        assert inside.fetch_tls("RETR meanwhile")[0] == b"content"
        server.restarted("keeper", keeper)
        wait_for(lambda: tls_login(server), what="a log-in after it")
    finally:
        over.set()
        for thread in crowd:
            thread.join()
    assert not faults, faults
    assert seen[:6] == [True] * 6
    assert inside.command("NOOP").code == 200
    inside.close()
