# SPDX-License-Identifier: BSD-2-Clause
"""Proxies: HTTP CONNECT, SOCKS5 and FTP, for control and data connections."""

import pytest
from proxies import FtpProxy, HttpProxy, SocksProxy
from wardftp import LOGIN, NO_HOST, OK, PROTOCOL, UNREACHABLE, USAGE

KINDS = pytest.mark.parametrize("kind", [HttpProxy, SocksProxy])
NAME = "ftp.example.invalid"  # which only the proxy knows


@KINDS
@pytest.mark.parametrize("passive", ["--epsv", "--pasv"])
def test_transfers_and_tls_go_by_the_proxy(kind, passive, at_ward):
    at_ward.write("up", b"x" * 300000)
    with kind() as proxy:
        at_ward.ok("--proxy", proxy.url(), passive, "--tls=require", "--ca", at_ward.ca, "-c",
                   "put up; get up down; ls", at_ward.url)
    assert at_ward.read("down") == at_ward.read("up")
    assert len(proxy.asked) == 4 and proxy.asked[0] == ("127.0.0.1", at_ward.server.port)
    assert {host for host, _ in proxy.asked} == {"127.0.0.1"}


@KINDS
def test_workers_use_the_proxy(kind, client, liar):
    for name in "abcd":
        liar.files[name] = name.encode() * 1000
    with kind() as proxy:
        client.ok("--proxy", proxy.url(), "-P", "3", "-c", "mget a b c d", liar.url)
    assert client.read("d") == b"d" * 1000
    assert sum(port == liar.port for _, port in proxy.asked) >= 2 and len(proxy.asked) >= 6


@KINDS
def test_the_proxy_looks_names_up(kind, client, liar):
    url = f"ftp://{NAME}:{liar.port}/file"
    with kind(names={NAME: "127.0.0.1"}) as proxy:
        client.ok("--proxy", proxy.url(), "get", url)
        assert {host for host, _ in proxy.asked} == {NAME} and len(proxy.asked) == 2
        result = client.run("--proxy", "none", "get", url, "again")
        assert result.code == NO_HOST


def test_socks5_looks_names_up_here(client, liar):
    with SocksProxy() as proxy:
        url = proxy.url().replace("socks5h", "socks5")
        client.ok("-4", "--proxy", url, "get", f"ftp://localhost:{liar.port}/file")
        assert {host for host, _ in proxy.asked} == {"127.0.0.1"}
        assert client.run("--proxy", url, "get", f"ftp://{NAME}/file").code == NO_HOST


@KINDS
def test_the_log_in_at_the_proxy(kind, client, liar):
    with kind(login=("carl", "pro:xy s@cret")) as proxy:
        client.environment["ALL_PROXY"] = proxy.url("carl:pro%3Axy%20s%40cret@")
        result = client.ok("-v", "-c", "set proxy; status; get file", liar.url)
        assert f"carl@127.0.0.1:{proxy.port}" in result.text
        for secret in ("pro:xy", "pro%3A", "cHJv"):
            assert secret not in result.err + result.text
        client.environment["ALL_PROXY"] = proxy.url("carl:wrong@")
        result = client.run("get", liar.url + "file", "two")
        assert result.code == UNREACHABLE and "proxy" in result.err and "wrong" not in result.err
        client.environment["ALL_PROXY"] = proxy.url()
        assert client.run("get", liar.url + "file", "two").code == UNREACHABLE


@KINDS
def test_the_password_of_netrc(kind, client, liar):
    client.login("127.0.0.1", "carl", "word")
    with kind(login=("carl", "word")) as proxy:
        client.ok("--proxy", proxy.url("carl@"), "get", f"ftp://anonymous@127.0.0.1:{liar.port}/file")


def test_a_password_in_the_arguments_is_refused(client):
    result = client.run("--proxy", "http://carl:secret@127.0.0.1:1", "ls", "ftp://127.0.0.1/")
    assert result.code == USAGE and "command line" in result.err and "secret" not in result.err


def test_the_environment(client, liar):
    with HttpProxy() as proxy, SocksProxy() as other:
        client.environment["ALL_PROXY"] = other.url()
        client.environment["ftp_proxy"] = f"127.0.0.1:{proxy.port}"
        client.ok("get", liar.url + "file", "1")
        assert len(proxy.asked) == 2 and not other.asked
        client.ok("--proxy", other.url(), "get", liar.url + "file", "2")
        assert len(proxy.asked) == 2 and len(other.asked) == 2
        for exception in ("127.0.0.1", "a.example, 127.0.0.0/8", "*"):
            client.environment["no_proxy"] = exception
            client.ok("get", liar.url + "file", "3")
        assert len(proxy.asked) == 2
        client.environment["no_proxy"] = "27.0.0.1,127.0.0.2"
        client.ok("get", liar.url + "file", "4")
        assert len(proxy.asked) == 4
        client.environment["ftp_proxy"] = "gopher://127.0.0.1:1"
        result = client.run("get", liar.url + "file", "5")
        assert result.code == USAGE and "ftp_proxy" in result.err


@KINDS
def test_a_refused_data_connection_names_the_proxy(kind, client, liar):
    with kind(refuse=lambda host, port: port != liar.port) as proxy:
        result = client.run("--proxy", proxy.url(), "--epsv", "get", liar.url + "file")
        assert result.code != OK and "proxy: " in result.err
        assert "cannot" not in result.err
    assert not client.exists("file")


@KINDS
def test_active_mode_is_refused(kind, client, liar):
    with kind() as proxy:
        result = client.run("--proxy", proxy.url(), "--active", "get", liar.url + "file")
    assert result.code == USAGE and "active mode" in result.err


def test_the_proxy_of_a_session_stays(client, liar):
    with HttpProxy() as proxy:
        client.ok("--proxy", proxy.url(), "-c", "pwd; set proxy socks5://127.0.0.1:1; get file", liar.url)
        assert len(proxy.asked) == 2


HTTP_ANSWERS = {
    "garbage": (b"\0\1\2\3" * 10, PROTOCOL, "HTTP"),
    "ftp": (b"220 Hello\r\n", PROTOCOL, "HTTP"),
    "no code": (b"HTTP/1.1 yes\r\n\r\n", PROTOCOL, "HTTP"),
    "endless line": (b"HTTP/1.1 200 " + b"x" * 100000, PROTOCOL, "too long"),
    "endless header": (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 10000, PROTOCOL, "too long"),
    "escapes": (b"HTTP/1.1 403 \x1b[31mNo\r\n\r\n", UNREACHABLE, "\\x1b"),
    "hangs": (b"HTTP/1.1 200 O", UNREACHABLE, "respond"),
}
SOCKS_ANSWERS = {
    "garbage": (b"HTTP/1.1 400 Bad request\r\n\r\n", PROTOCOL, "SOCKS"),
    "another method": (b"\5\2", PROTOCOL, "not offered"),
    "no method": (b"\5\xff", UNREACHABLE, "user and a password"),
    "unknown reason": (b"\5\0\5\x63\0\1\0\0\0\0\0\0", UNREACHABLE, "unknown"),
    "unknown address": (b"\5\0\5\0\0\x09\0\0\0\0\0\0", PROTOCOL, "address"),
    "hangs": (b"\5\0\5\0\0\3\xff" + b"x" * 200, UNREACHABLE, "respond"),
}


@pytest.mark.parametrize("kind, case", [(HttpProxy, case) for case in HTTP_ANSWERS]
                         + [(SocksProxy, case) for case in SOCKS_ANSWERS])
def test_a_hostile_proxy(kind, case, client):
    answer, code, text = (HTTP_ANSWERS if kind is HttpProxy else SOCKS_ANSWERS)[case]
    with kind(answer=answer) as proxy:
        result = client.run("--connect-timeout=1", "--proxy", proxy.url(), "ls", "ftp://127.0.0.1:9/")
    assert result.code == code and text in result.err, result.err
    assert "\x1b" not in result.err


FORMS = {
    ("user", ""): ["USER bob@ftp.example.org:2121", "PASS pass"],
    ("user", "carl"): ["USER carl", "PASS s3cr3t", "USER bob@ftp.example.org:2121", "PASS pass"],
    ("site", ""): ["SITE ftp.example.org:2121", "USER bob", "PASS pass"],
    ("open", "carl"): ["USER carl", "PASS s3cr3t", "OPEN ftp.example.org:2121", "USER bob", "PASS pass"],
    ("joined", "carl"): ["USER bob@carl@ftp.example.org:2121", "PASS pass@s3cr3t"],
}


@pytest.mark.parametrize("form, user", FORMS)
@pytest.mark.parametrize("mode", ["--epsv", "--active"])
def test_ftp_proxies(form, user, mode, client):
    client.login("ftp.example.org", "bob", "pass")
    with FtpProxy({"file": b"content"}) as proxy:
        login = f"{user}:s3cr3t@" if user else ""
        client.environment["ftp_proxy"] = f"ftp://{login}127.0.0.1:{proxy.port}/"
        words = ["-v", "--tls=off", "--proxy-login", form, "ls", "ftp://bob@ftp.example.org:2121/"]
        if mode == "--active":
            proxy.on["EPRT"] = proxy.on["PORT"] = lambda session, argument: session.send("502 Not here")
            result = client.run(mode, *words)
            assert any(line.startswith("PORT") for line in proxy.seen)
        else:
            result = client.ok(mode, *words)
            assert "file" in result.text
        assert [line for line in proxy.seen if line.split()[0] in ("USER", "PASS", "SITE", "OPEN")] == FORMS[form, user]
        assert "s3cr3t" not in result.err and "pass@" not in result.err


def test_an_ftp_proxy_that_refuses(client):
    with FtpProxy() as proxy:
        proxy.on["OPEN"] = lambda session, argument: session.send("550 Not allowed")
        arguments = ["--tls=off", "--proxy", f"ftp://127.0.0.1:{proxy.port}", "--proxy-login=open"]
        result = client.run(*arguments, "ls", "ftp://ftp.example.org/")
        assert result.code != OK and "proxy" in result.err and "Not allowed" in result.err
        result = client.run(*arguments, "ls", "ftps://ftp.example.org/")
        assert result.code == USAGE


@KINDS
def test_tls_is_required_by_a_proxy_on_this_host(kind, client, liar):
    """The server behind it may be anywhere."""
    client.login("127.0.0.1", "bob", "pass")
    with kind() as proxy:
        result = client.run("--proxy", proxy.url(), "ls", f"ftp://bob@127.0.0.1:{liar.port}/")
    assert result.code == PROTOCOL and not any(line.startswith("USER") for line in liar.seen)


def test_the_account_of_an_option(client, liar):
    liar.on["PASS"] = lambda session, argument: session.send("332 Which account?")
    liar.on["ACCT"] = lambda session, argument: session.send("230 Fine" if argument == "sales" else "530 No")
    result = client.ok("-v", "--account", "sales", "get", liar.url + "file")
    assert "ACCT sales" in liar.seen and "sales" not in result.err
    assert client.run("get", liar.url + "file", "two").code == LOGIN
