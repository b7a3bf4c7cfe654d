# SPDX-License-Identifier: BSD-2-Clause
"""Who the server is, by SNI; and who the client is, by a certificate of its own."""

import re
import socket
import ssl

import pytest

from authority import Authority, self_signed
from tls import TlsControl, tls_server

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
every_version = pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS)
REFUSED = (ssl.SSLError, ConnectionError, OSError)


@pytest.fixture(scope="module")
def authorities(tmp_path_factory):
    directory = str(tmp_path_factory.mktemp("authorities"))
    return Authority(directory, "ours"), Authority(directory, "theirs")


@pytest.fixture
def make_asking(make_server, authorities):
    """A server that asks for certificates of our authority."""

    def make(asks, config=None, **keys):
        return tls_server(make_server, config, client_certificate=asks, client_ca=authorities[0].certificate, **keys)

    return make


def try_log_in(server, name="alice", password=None, **arguments):
    control = TlsControl(server, **arguments)
    server._controls.append(control)
    control.command("USER " + name, 331)
    return control, control.command("PASS " + (password or server.user(name).password))


def log_in(server, name="alice", **arguments):
    control, reply = try_log_in(server, name, **arguments)
    assert reply.code == 230, reply
    control.command("TYPE I", 200)
    return control.protect()


@every_version
@pytest.mark.parametrize("resume", ["off", "required"])
def test_a_client_with_a_certificate_works_and_resumes(make_asking, authorities, version, resume):
    """Resumption needs a session id context once certificates are asked for."""
    server = make_asking("required", data_resume=resume)
    control = log_in(server, version=version, certificate=authorities[0].sign("/O=Wards, Ltd/CN=alice"))
    for _ in range(3):
        assert control.store_tls("STOR file", b"content").code == 226
        content, resumed, reply = control.fetch_tls("RETR file")
        assert (content, resumed, reply.code) == (b"content", True, 226)
    assert r"subject=CN=alice,O=Wards\, Ltd" in control.command("STAT").text
    server.wait_log(r'tls version="?TLSv1\.\d"? .*subject="CN=alice,O=Wards')


@every_version
def test_required_refuses_a_client_without_one(make_asking, version):
    server = make_asking("required")
    with pytest.raises(REFUSED):
        try_log_in(server, version=version)
    server.wait_log("TLS handshake failed: peer did not return a certificate")


def test_required_refuses_a_log_in_in_clear(make_asking):
    """Without TLS there is no certificate: so leaving TLS out is no way around it."""
    server = make_asking("required", mode=None)
    assert server.connect().command("USER alice").code == 530


@every_version
@pytest.mark.parametrize("mode", ["optional", "required"])
def test_a_certificate_of_another_authority_is_refused(make_asking, authorities, version, mode):
    server = make_asking(mode)
    with pytest.raises(REFUSED):
        try_log_in(server, version=version, certificate=authorities[1].sign("/CN=alice"))
    server.wait_log("TLS handshake failed: certificate verify failed")


def test_a_server_certificate_is_refused_for_a_client(make_asking, authorities):
    server = make_asking("optional")
    with pytest.raises(REFUSED):
        try_log_in(server, certificate=authorities[0].sign("/CN=alice", usage="serverAuth"))


@every_version
def test_optional_takes_a_client_without_one(make_asking, version):
    server = make_asking("optional")
    control = log_in(server, version=version)
    assert control.store_tls("STOR file", b"content").code == 226
    assert control.fetch_tls("RETR file")[:2] == (b"content", True)


def test_t6_a_missing_subject_looks_like_a_wrong_password(make_asking, authorities):
    """Besides the password, never instead of it; and only those users whose section names one."""
    server = make_asking("optional", config={"user alice": {"client_subject": "CN=alice,O=Wards"}})
    mine, other = authorities[0].sign("/O=Wards/CN=alice"), authorities[0].sign("/O=Wards/CN=bob")
    wrong = try_log_in(server, password="wrong", certificate=mine)[1].text
    assert wrong.startswith("530")
    assert try_log_in(server)[1].text == wrong
    assert try_log_in(server, certificate=other)[1].text == wrong
    clear = server.connect()
    clear.command("USER alice", 331)
    assert clear.command("PASS " + server.user().password).text == wrong
    assert len(re.findall("reason=certificate", server.log_text())) == 3
    log_in(server, certificate=mine)
    log_in(server, "bob")


def test_t6_a_users_own_tls_shows_at_pass(make_asking):
    server = make_asking("off", config={"user alice": {"tls": "required", "tls_data": "required"}})
    clear = server.connect()
    clear.command("USER alice", 331)
    assert clear.command("PASS " + server.user().password, 530)
    bob = server.login("bob")
    assert bob.fetch("LIST") == b""
    control, _ = try_log_in(server)
    control.command("PBSZ 0", 200)
    control.command("PROT C", 534)
    control.epsv()
    control.command("LIST", 521, 522)
    assert control.protect().fetch_tls("LIST")[2].code == 226


def test_t6_each_listener_has_its_own_mode(make_asking):
    server = make_asking("off", config={"listener default": {"tls": "required", "tls_data": "required"}})
    assert server.connect().command("USER alice").code == 530
    control, _ = try_log_in(server)
    control.epsv()
    control.command("LIST", 521)
    server.overrides["listener default"] = {"tls": "off"}
    server.write_config()
    server.signal(1)
    server.wait_log("configuration reloaded")
    control = server.login()
    assert "AUTH" not in control.command("FEAT").text
    assert server.connect().command("AUTH TLS").code == 502


def add_hosts(server, **kinds):
    """Sections [host NAME.example] with a certificate each, of the kind of key that is named."""
    for name, kind in kinds.items():
        certificate, key = self_signed(server.directory, name, name + ".example", kind)
        server.overrides[f"host {name}.example"] = {"certificate": certificate, "key": key}


def served_name(control):
    der = control.socket.getpeercert(binary_form=True)
    return re.search(rb"(localhost|\w+\.example)", der).group(1).decode()


@every_version
def test_sni_picks_the_certificate(make_server, version):
    server = tls_server(make_server, before=lambda server: add_hosts(server, one="P-384", two="rsa", three="ed25519"))
    for asked, given in (("one.example", "one.example"), ("TWO.example", "two.example"),
                         ("three.example", "three.example"), ("other.example", "localhost"), (None, "localhost")):
        control = log_in(server, version=version, server_name=asked)
        assert served_name(control) == given
        assert control.store_tls("STOR file", b"content").code == 226
        assert control.fetch_tls("RETR file")[:2] == (b"content", True)
        assert ("sni=" + asked if asked else "TLSv1") in control.command("STAT").text


@pytest.mark.parametrize("resume", ["off", "required"])
def test_a_data_connection_may_leave_the_server_name_out(make_server, resume):
    server = tls_server(make_server, before=lambda server: add_hosts(server, one="P-256"), data_resume=resume)
    control = log_in(server, server_name="one.example")
    control.server_name = None
    assert control.fetch_tls("LIST")[1:] and control.store_tls("STOR file", b"x").code == 226


def test_a_server_name_of_other_bytes_is_none(make_server):
    """It goes into a reply and into the log."""
    from OpenSSL import SSL

    server = tls_server(make_server)
    control = server.connect()
    control.command("AUTH TLS", 234)
    connection = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD), control.socket)
    control.socket.settimeout(None)
    connection.set_tlsext_host_name(b"a\r\n211 b")
    connection.set_connect_state()
    connection.do_handshake()
    server.wait_log(r'tls version="?TLSv1\.3"? cipher="?TLS_\w+"? resumed=no$')
    assert "211 b" not in server.log_text()
    connection.shutdown()


def test_t1_tls_1_3_only(make_server):
    server = tls_server(make_server, minimum_version="1.3")
    with pytest.raises(REFUSED):
        try_log_in(server, version=VERSIONS["1.2"])
    assert log_in(server, version=VERSIONS["1.3"])


def test_chain_is_sent(make_server, authorities, tmp_path):
    """A client that knows the root alone verifies, as the intermediate certificate comes along."""
    middle = Authority.__new__(Authority)
    middle.directory, middle.name, middle.count = str(tmp_path), "middle", 0
    middle.certificate, middle.key = authorities[0].sign("/CN=middle", authority=True)
    leaf, key = middle.sign("/CN=localhost", usage="serverAuth")
    chain = str(tmp_path / "chain.pem")
    with open(chain, "w") as file:
        file.write(open(leaf).read() + open(middle.certificate).read())

    server = tls_server(make_server, certificate=chain, key=key)
    control = server.connect()
    control.command("AUTH TLS", 234)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(authorities[0].certificate)
    with context.wrap_socket(control.socket) as verified:
        verified.sendall(b"QUIT\r\n")
        assert verified.recv(100).startswith(b"221")


def test_a_client_that_does_not_resume_still_gets_a_socket(make_asking, authorities):
    """required asks on the control connection; a data connection's client shows none again."""
    server = make_asking("required")
    control = log_in(server, certificate=authorities[0].sign("/CN=alice"))
    data = socket.create_connection((control.host, control.epsv()), timeout=20)
    control.command("LIST", 150)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with context.wrap_socket(data) as wrapped:
        assert wrapped.recv(100) == b""
    assert control.reply().code == 226
