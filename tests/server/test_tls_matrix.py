# SPDX-License-Identifier: BSD-2-Clause
"""FTPS with the clients that people use, each on one control connection:
{curl, lftp, ftplib with and without resumption, a client of our own that uses
each ticket once} x {TLS 1.2, 1.3} x {data_resume off, required}.

The default suite runs some transfers of each; --full fifty, with files of 64 MiB.
"""

import ftplib
import io
import os
import re
import ssl
import subprocess

import pytest

from proc import wait_for
from tls import TlsControl, client_context, tls_server

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
LARGE_DIRECTORY = 3000
SIZES = (0, 1, 300, 16384, 100001)


def content(size, salt):
    return (b"%d\r\n\0\xff" % salt * (size // 5 + 1))[:size]


class Work:
    """What a client must do, and whether it was done: files up, the same down, listings."""

    def __init__(self, server, directory, transfers, big):
        self.server, self.directory = server, str(directory)
        sizes = [SIZES[i % len(SIZES)] for i in range(transfers // 2 - 1 - len(big))] + big
        self.files = {f"file-{i}": content(size, i) for i, size in enumerate(sizes)}
        for name, data in self.files.items():
            with open(self.local(name), "wb") as file:
                file.write(data)

    def local(self, name):
        return os.path.join(self.directory, name)

    def fetched(self, name):
        return self.local("fetched-" + name)

    def check(self):
        for name, data in self.files.items():
            assert self.server.read(name) == data, name
            assert read_or_nothing(self.fetched(name)) == data, name
            os.unlink(self.server.home("alice", name))
        assert read_or_nothing(self.fetched("empty")).strip() == b""
        assert read_or_nothing(self.fetched("large")).count(b"entry-") == LARGE_DIRECTORY


def read_or_nothing(path):
    """curl makes no file of an empty one."""
    if not os.path.exists(path):
        return b""
    with open(path, "rb") as file:
        return file.read()


def curl(work, version):
    server = work.server
    common = [f'user = "alice:{server.user().password}"', "insecure", "ssl-reqd", "silent", "show-error", "fail-early",
              f"tlsv{version}", f'tls-max = "{version}"']
    url = f"ftp://{server.host}:{server.port}/"
    tasks = [[f'url = "{url}{name}"', f'upload-file = "{work.local(name)}"'] for name in work.files]
    tasks += [[f'url = "{url}{name}"', f'output = "{work.fetched(name)}"'] for name in work.files]
    tasks += [[f'url = "{url}{name}/"', f'output = "{work.fetched(name)}"'] for name in ("empty", "large")]
    run(["curl", "-q", "-K", "-"], "\nnext\n".join("\n".join(common + task) for task in tasks), work)


def lftp(work, version):
    server = work.server
    script = [f"set ssl:priority NORMAL:-VERS-ALL:+VERS-TLS{version}", "set ftp:ssl-force yes", "set cmd:fail-exit yes",
              "set ftp:ssl-protect-data yes", "set ssl:verify-certificate no", "set net:max-retries 1",
              "set net:connection-limit 1", "set net:timeout 20", "set xfer:clobber yes",
              f"open -u alice,{server.user().password} ftp://{server.host}:{server.port}"]
    script += [f"put {work.local(name)} -o {name}" for name in work.files]
    script += [f"get {name} -o {work.fetched(name)}" for name in work.files]
    script += [f"cls -1 {name}/ > {work.fetched(name)}" for name in ("empty", "large")]
    run(["lftp", "--norc"], "\n".join(script) + "\nbye\n", work)


def run(command, text, work):
    done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=300,
                          env={**os.environ, "HOME": work.directory})
    assert done.returncode == 0, done.stderr.decode(errors="replace")


class Resuming(ftplib.FTP_TLS):
    """Python's client with the few lines that many scripts add."""

    def ntransfercmd(self, cmd, rest=None):
        connection, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        return self.context.wrap_socket(connection, session=self.sock.session), size


def with_ftplib(kind):
    def client(work, version):
        ftp = kind(context=client_context(VERSIONS[version]), timeout=60)
        ftp.connect(work.server.host, work.server.port)
        ftp.login("alice", work.server.user().password)
        ftp.prot_p()
        for name, data in work.files.items():
            ftp.storbinary("STOR " + name, io.BytesIO(data), blocksize=1 << 20)
        for name in work.files:
            with open(work.fetched(name), "wb") as file:
                ftp.retrbinary("RETR " + name, file.write, blocksize=1 << 20)
        for name in ("empty", "large"):
            with open(work.fetched(name), "w") as file:
                ftp.retrlines("NLST " + name, lambda line, to=file: to.write(line + "\n"))
        ftp.quit()

    return client


def each_ticket_once(work, version):
    """In TLS 1.3 every PASV or EPSV brings another ticket; TLS 1.2 has one for all."""
    control = TlsControl(work.server, version=VERSIONS[version], timeout=60)
    control.login("alice", work.server.user().password)
    control.command("TYPE I", 200)
    control.protect()
    used = []

    def fresh():
        session = control.socket.session
        assert version == "1.2" or session not in used, "no fresh ticket"
        used.append(session)
        return True

    for name, data in work.files.items():
        assert control.store_tls("STOR " + name, data, resume=fresh).code == 226
    for name in [*work.files, "empty", "large"]:
        data, resumed, reply = control.fetch_tls(("RETR " if name in work.files else "NLST ") + name, resume=fresh)
        assert resumed and reply.code == 226
        with open(work.fetched(name), "wb") as file:
            file.write(data)
    control.command("QUIT", 221)
    control.close()


CLIENTS = {"curl": curl, "lftp": lftp, "ftplib": with_ftplib(Resuming),
           "ftplib without resumption": with_ftplib(ftplib.FTP_TLS), "each ticket once": each_ticket_once}
NEVER_RESUMES = ("ftplib without resumption",)


def start(make_server, resume):
    server = tls_server(make_server, data_resume=resume)
    server.mkdir("empty")
    server.mkdir("large")
    for i in range(LARGE_DIRECTORY):
        server.put(f"large/entry-{i}")
    return server


def sessions(server):
    return len(re.findall(r"user=\"alice\" login", server.log_text()))


def run_matrix(server, client, directory, transfers, big):
    for version in VERSIONS:
        before = sessions(server)
        work = Work(server, directory, transfers, big)
        CLIENTS[client](work, version)
        work.check()
        assert sessions(server) == before + 1, "more than one control connection"


ALLOWED = [(client, resume) for client in CLIENTS for resume in ("off", "required")
           if client not in NEVER_RESUMES or resume == "off"]


@pytest.mark.parametrize("client, resume", ALLOWED)
def test_matrix(make_server, tmp_path, client, resume):
    run_matrix(start(make_server, resume), client, tmp_path, 14, [])


@pytest.mark.full
@pytest.mark.parametrize("client, resume", ALLOWED)
def test_matrix_of_fifty_transfers(make_server, tmp_path, client, resume):
    run_matrix(start(make_server, resume), client, tmp_path, 50, [64 << 20])


@pytest.mark.parametrize("version", VERSIONS)
def test_t4_required_tells_who_never_resumes(make_server, version):
    """The session goes on, and what can be done without data connections is done.  A refused connection is not
    reset: of the EPIPE that follows on it, Python 3.13 with OpenSSL 3.5 tells on the control connection."""
    server = tls_server(make_server, data_resume="required")
    ftp = ftplib.FTP_TLS(context=client_context(VERSIONS[version]), timeout=20)
    ftp.connect(server.host, server.port)
    ftp.login("alice", server.user().password)
    ftp.prot_p()
    for _ in range(3):
        with pytest.raises(ftplib.error_perm, match="^522"):
            ftp.storbinary("STOR file", io.BytesIO(b"content" * 1000))
        assert ftp.pwd() == "/"
    assert os.listdir(server.home()) == []
    ftp.quit()


@pytest.mark.parametrize("version", VERSIONS)
def test_t4_several_connections_of_one_ticket_store(make_server, tmp_path, version):
    """curl -Z: tickets of one session come to another, and mean a full handshake there."""
    server = tls_server(make_server)
    names = [f"file-{i}" for i in range(20)]
    for i, name in enumerate(names):
        server.put(name, content(5000, i))
    for direction in ("down", "up"):
        command = ["curl", "-q", "-sS", "-Z", "--parallel-max", "6", "-k", "--ssl-reqd", f"--tlsv{version}",
                   "--tls-max", version, "--fail-early", "--user", f"alice:{server.user().password}"]
        for name in names:
            url = f"ftp://{server.host}:{server.port}/{name}"
            command += ["-o", str(tmp_path / name), url] if direction == "down" else ["-T", str(tmp_path / name),
                                                                                      url + "-up"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
    for i, name in enumerate(names):
        assert (tmp_path / name).read_bytes() == server.read(name + "-up") == content(5000, i)


@pytest.mark.parametrize("version", VERSIONS)
def test_u6_a_late_close_notify_completes_an_upload(make_server, version):
    """Until it comes the transfer lives, however long all bytes have been there."""
    server = tls_server(make_server)
    control = TlsControl(server, version=VERSIONS[version])
    server._controls.append(control)
    control.login("alice", server.user().password)
    control.command("TYPE I", 200)
    control.protect()
    data = control.connect_data()
    control.command("STOR file", 150)
    data = control.wrap_data(data)
    data.sendall(b"content")
    wait_for(lambda: control.command("STAT", 213).text.startswith("213 7 bytes"), what="all bytes")
    assert not os.path.exists(server.home("alice", "file"))
    data.unwrap().close()
    assert control.reply().code == 226
    assert server.read("file") == b"content"


def test_s_client(make_server):
    """The raw client that everybody has."""
    server = tls_server(make_server)
    for version in ("-tls1_2", "-tls1_3"):
        lines = f"USER alice\nPASS {server.user().password}\nSTAT\nQUIT\n"
        done = subprocess.run(["openssl", "s_client", "-quiet", "-crlf", "-starttls", "ftp", version, "-alpn", "ftp",
                               "-servername", "localhost", "-connect", f"{server.host}:{server.port}"],
                              input=lines, capture_output=True, text=True, timeout=20)
        assert "230 Login successful." in done.stdout and "221 Goodbye." in done.stdout, done.stderr
        assert re.search(r"TLSv1\.[23] \S+ alpn=ftp sni=localhost", done.stdout)
