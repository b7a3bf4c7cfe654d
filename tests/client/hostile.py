# SPDX-License-Identifier: BSD-2-Clause
"""A small FTP server in this process, which does as a test says: honest by
default, each command to be replaced.

    with Hostile() as server:
        server.on["RETR"] = lambda session, argument: session.send("550 No")

A replacement returns nothing; session.send() and the methods of Session do the rest.
"""

import contextlib
import datetime
import posixpath
import socket
import ssl
import struct
import subprocess
import threading
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization


def certificate(directory, name="cert", subject="localhost", days=30, alternative="DNS:localhost,IP:127.0.0.1"):
    """A self-signed certificate and its key: (certificate file, key file)."""
    cert, key = f"{directory}/{name}.pem", f"{directory}/{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-subj", f"/CN={subject}", "-addext", f"subjectAltName={alternative}", "-days", str(days),
         "-keyout", key, "-out", cert],
        check=True, capture_output=True)
    return cert, key


def expired_certificate(directory):
    """One that ended yesterday, which newer versions of `openssl x509` refuse to make."""
    cert, key = certificate(directory, "expired")
    with open(cert, "rb") as file:
        fresh = x509.load_pem_x509_certificate(file.read())
    with open(key, "rb") as file:
        private = serialization.load_pem_private_key(file.read(), None)
    now = datetime.datetime.now(datetime.timezone.utc)
    old = (x509.CertificateBuilder().subject_name(fresh.subject).issuer_name(fresh.issuer)
           .public_key(fresh.public_key()).serial_number(x509.random_serial_number())
           .not_valid_before(now - datetime.timedelta(days=30)).not_valid_after(now - datetime.timedelta(days=1)))
    for extension in fresh.extensions:
        old = old.add_extension(extension.value, extension.critical)
    with open(cert, "wb") as file:
        file.write(old.sign(private, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return cert, key


def name_of(path):
    """All files lie in the one directory that there is."""
    return posixpath.normpath("/" + path).lstrip("/")


class Session(threading.Thread):
    def __init__(self, server, connection):
        super().__init__(daemon=True)
        self.server, self.socket = server, connection
        self.listener = self.active_to = None
        self.offset = 0
        self.commands = []
        self.data_bytes = b""

    def send(self, *lines):
        for line in lines:
            raw = line if isinstance(line, bytes) else line.encode("utf-8", "surrogateescape") + b"\r\n"
            self.socket.sendall(raw)

    def lines(self):
        held = b""
        while True:
            while b"\n" not in held:
                got = self.socket.recv(4096)
                if not got:
                    return
                held += got
            line, held = held.split(b"\n", 1)
            yield line.rstrip(b"\r").decode("utf-8", "surrogateescape")

    def run(self):
        with contextlib.suppress(OSError, ValueError):
            with self.socket:
                self.server.greeting(self)
                for line in self.lines():
                    verb, _, argument = line.partition(" ")
                    self.commands.append(line)
                    self.server.seen.append(line)
                    handler = self.server.on.get(verb.upper()) or getattr(self, "do_" + verb.upper(), None)
                    if handler is None:
                        self.send(f"502 {verb} is not known")
                    elif verb.upper() in self.server.on:
                        handler(self, argument)
                    else:
                        handler(argument)
                    if self.server.ended:
                        return

    # data connections

    def listen(self):
        if self.listener:
            self.listener.close()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(10)
        return self.listener.getsockname()[1]

    def data(self):
        """The data connection, made."""
        connection, _ = self.listener.accept()
        connection.settimeout(10)
        return connection

    def send_data(self, content, code="226 Done"):
        self.send("150 Here it comes")
        with self.data() as connection:
            with contextlib.suppress(OSError):
                connection.sendall(content)
        self.send(code)

    # the honest commands

    def do_USER(self, argument):
        self.send("331 Password please")

    def do_PASS(self, argument):
        self.send("230 Welcome")

    def do_FEAT(self, argument):
        self.send("211-Features", *[" " + feature for feature in self.server.features], "211 End")

    def do_OPTS(self, argument):
        self.send("200 Fine")

    def do_TYPE(self, argument):
        self.send("200 Fine")

    do_NOOP = do_TYPE

    def do_PWD(self, argument):
        self.send('257 "/"')

    def do_CWD(self, argument):
        self.send("250 Fine" if argument in self.server.directories else "550 No such directory")

    def do_QUIT(self, argument):
        self.send("221 Bye")
        self.socket.shutdown(socket.SHUT_WR)

    def do_EPSV(self, argument):
        self.send(f"229 Here (|||{self.listen()}|)")

    def do_PASV(self, argument):
        port = self.listen()
        self.send(f"227 Here (127,0,0,1,{port // 256},{port % 256})")

    def do_SIZE(self, argument):
        content = self.server.files.get(name_of(argument))
        self.send("550 No such file" if content is None else f"213 {len(content)}")

    def do_MDTM(self, argument):
        self.send("213 20240229123000" if name_of(argument) in self.server.files else "550 No such file")

    def do_REST(self, argument):
        self.offset = int(argument)
        self.send("350 Fine")

    def do_RETR(self, argument):
        content = self.server.files.get(name_of(argument))
        offset, self.offset = self.offset, 0
        if content is None:
            self.send("550 No such file")
        else:
            self.send_data(content[offset:])

    def do_STOR(self, argument):
        offset, self.offset = self.offset, 0
        self.send("150 Send it")
        content = b""
        with self.data() as connection:
            while got := connection.recv(65536):
                content += got
        name = name_of(argument)
        self.server.files[name] = self.server.files.get(name, b"")[:offset] + content
        self.send("226 Done")

    def listing(self):
        return "".join(f"type=file;size={len(content)};modify=20240229123000; {name}\r\n"
                       for name, content in self.server.files.items())

    def do_MLSD(self, argument):
        self.send_data(self.listing().encode("utf-8", "surrogateescape"))

    def do_ABOR(self, argument):
        self.send("226 Aborted")

    def reset(self, connection):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    def start_tls(self, cert, key):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        self.socket = context.wrap_socket(self.socket, server_side=True)


class Hostile:
    session_class = Session

    def __init__(self, files=None, features=("MLST type*;size*;modify*;", "SIZE", "MDTM", "REST STREAM")):
        self.files = dict(files or {})
        self.features = list(features)
        self.directories = {"/", "."}
        self.on = {}
        self.seen = []
        self.ended = False
        self.greeting = lambda session: session.send("220 Hello")
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.url = f"ftp://127.0.0.1:{self.port}/"
        self.sessions = []

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def _accept(self):
        while not self.ended:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.settimeout(20)
            session = self.session_class(self, connection)
            session.start()
            self.sessions.append(session)

    def __exit__(self, *_):
        self.ended = True
        self.listener.close()
        for session in self.sessions:
            with contextlib.suppress(OSError):
                session.socket.shutdown(socket.SHUT_RDWR)
        deadline = time.monotonic() + 5
        for session in self.sessions:
            session.join(max(0, deadline - time.monotonic()))

    def tls(self, cert, key):
        """Offers AUTH TLS with this certificate; data stays in clear."""

        def auth(session, argument):
            session.send("234 Go on")
            session.start_tls(cert, key)

        self.on["AUTH"] = auth
        self.on["PBSZ"] = lambda session, argument: session.send("200 Fine")
        self.on["PROT"] = lambda session, argument: session.send("534 Not here")
