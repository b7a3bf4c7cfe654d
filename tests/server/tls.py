# SPDX-License-Identifier: BSD-2-Clause
"""A control connection over TLS, and its data connections."""

import socket
import ssl

from control import Control, read_all


def tls_server(make_server, config=None, before=None, **keys):
    """Starts a server with a certificate of its own; keys go into its [tls]; before(server) may add to it."""

    def prepare(server):
        if server.certificate:
            return
        server.use_tls(**keys)
        if before:
            before(server)
        server.write_config()

    return make_server(config=config, prepare=prepare)


def client_context(version=None, alpn=None, certificate=None, tickets=True):
    """certificate: the paths of the client's own and of its key."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if version:
        context.minimum_version = context.maximum_version = version
    if alpn:
        context.set_alpn_protocols(alpn)
    if not tickets:
        context.options |= ssl.OP_NO_TICKET
    if certificate:
        context.load_cert_chain(*certificate)
    return context


class TlsControl(Control):
    """Control, then AUTH TLS; data connections in TLS after protect()."""

    def __init__(self, server, version=None, alpn=None, timeout=20, certificate=None, server_name=None,
                 tickets=True):
        super().__init__(server.host, server.port, timeout=timeout)
        self.context = client_context(version, alpn, certificate, tickets)
        self.command("AUTH TLS", 234)
        assert not self.buffer
        self.server_name = server_name
        self.socket = self.context.wrap_socket(self.socket, server_hostname=server_name)
        self.private = False

    def protect(self):
        self.command("PBSZ 0", 200)
        self.command("PROT P", 200)
        self.private = True
        return self

    def close(self):
        self.socket.close()

    def wrap_data(self, data, resume=True):
        session = self.socket.session if (resume() if callable(resume) else resume) else None
        return self.context.wrap_socket(data, session=session, server_hostname=self.server_name,
                                        suppress_ragged_eofs=False)

    def fetch_tls(self, line, resume=True):
        """Content, whether the data connection resumed, and the last reply."""
        data = socket.create_connection((self.host, self.epsv()), timeout=self.timeout)
        self.command(line, 150)
        data = self.wrap_data(data, resume)
        content, resumed = read_all(data), data.session_reused
        data.unwrap()
        data.close()
        return content, resumed, self.reply()

    def store_tls(self, line, content, resume=True, notify=True):
        data = socket.create_connection((self.host, self.epsv()), timeout=self.timeout)
        self.command(line, 150)
        data = self.wrap_data(data, resume)
        data.sendall(content)
        if notify:
            data = data.unwrap()
        data.close()
        return self.reply()


class UrgentTls:
    """A TLS client whose records can go out with TCP's urgent mark; a socket to Control."""

    def __init__(self, sock, context):
        self.sock, self.incoming, self.outgoing = sock, ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing)
        self._until_done(self.tls.do_handshake)

    def _flush(self, flags=0):
        if record := self.outgoing.read():
            self.sock.send(record, flags)

    def _until_done(self, action):
        while True:
            try:
                result = action()
                self._flush()
                return result
            except ssl.SSLWantReadError:
                self._flush()
                part = self.sock.recv(65536)
                if not part:
                    return b""
                self.incoming.write(part)

    def recv(self, room):
        return self._until_done(lambda: self.tls.read(room))

    def sendall(self, content):
        self.tls.write(content)
        self._flush()

    def send_urgent(self, content):
        """Its record's last byte is the urgent one."""
        self.tls.write(content)
        self._flush(socket.MSG_OOB)

    def close(self):
        self.sock.close()


class UrgentTlsControl(TlsControl):
    """A TlsControl over such a socket."""

    def __init__(self, server, timeout=20):
        Control.__init__(self, server.host, server.port, timeout=timeout)
        self.context = client_context()
        self.command("AUTH TLS", 234)
        self.socket = UrgentTls(self.socket, self.context)

    def wrap_data(self, data, resume=True):
        return self.context.wrap_socket(data, suppress_ragged_eofs=False)
