# SPDX-License-Identifier: BSD-2-Clause
"""Accounts (ACCT), virtual hosts (HOST), and names in another character set."""

import os

from wardftp import LOGIN, REFUSED, USAGE


def commands(liar, verb):
    return [line for line in liar.seen if line.split()[0] == verb]


def account_after(liar, verb, code="230 Welcome"):
    liar.on[verb] = lambda session, argument: session.send("332 Account, please")
    liar.on["ACCT"] = lambda session, argument: session.send(code if argument == "sales" else "530 Wrong account")


def netrc(client, account):
    client.write(".netrc", f"machine 127.0.0.1 login alice password secret account {account}\n".encode())
    os.chmod(client.path(".netrc"), 0o600)


def test_the_account_comes_from_netrc(client, liar):
    netrc(client, "sales")
    for verb in ("PASS", "USER"):
        account_after(liar, verb)
        result = client.ok("-v", "-c", "pwd", liar.url)
        assert "ACCT ****" in result.err and "sales" not in result.err
    netrc(client, "wrong")
    assert client.run("-c", "pwd", liar.url).code == LOGIN
    os.chmod(client.path(".netrc"), 0o644)
    assert client.run("-c", "pwd", liar.url).code == USAGE


def test_the_account_comes_from_the_command_user(client, liar):
    account_after(liar, "PASS")
    port = liar.url.split(":")[2].strip("/")
    client.ok(input=f"open 127.0.0.1 {port}\nuser alice secret sales\npwd\n".encode())
    result = client.run(input=f"open 127.0.0.1 {port}\nuser alice secret\npwd\n".encode())
    assert result.code == LOGIN and "requires an account" in result.err


def test_an_upload_that_needs_the_account_is_repeated_with_it(client, liar):
    """532: RFC 959 section 5.4 has it for STOR."""
    known = []

    def store(session, argument):
        if known:
            return session.do_STOR(argument)
        session.send("532 Need account for storing files")

    def account(session, argument):
        if argument == "sales":
            known.append(argument)
        session.send("230 Thanks" if known else "530 Wrong account")

    liar.on.update(STOR=store, ACCT=account)
    client.write("file", b"content")
    assert client.run("-c", "put file", liar.url).code == REFUSED
    assert commands(liar, "ACCT") == [], "there is none to send"
    netrc(client, "wrong")
    assert client.run("-c", "put file", liar.url).code == REFUSED
    assert len(commands(liar, "ACCT")) == 1
    netrc(client, "sales")
    client.ok("-c", "put file", liar.url)
    assert liar.files["file"] == b"content"


def test_no_account_is_sent_unasked(client, liar):
    netrc(client, "sales")
    client.ok("-c", "pwd", liar.url)
    assert commands(liar, "ACCT") == []


def test_host_is_sent_before_the_log_in_if_wanted(client, liar):
    client.ok("-c", "pwd", liar.url)
    assert commands(liar, "HOST") == []
    client.ok("--send-host", "-c", "pwd", liar.url)
    assert commands(liar, "HOST") == ["HOST 127.0.0.1"], "502 is no failure"
    asked = []

    def host(session, argument):
        asked.append(argument)
        session.send("220 Welcome to it")

    liar.on["HOST"] = host
    client.ok("-c", "set host yes\nopen " + liar.url + "\npwd")
    verbs = [line.split()[0] for line in liar.seen]
    assert asked and verbs.index("HOST") < len(verbs) and verbs[verbs.index("HOST") + 1] == "USER"
    liar.on["HOST"] = lambda session, argument: session.send("504 No such host here")
    result = client.run("--send-host", "-c", "pwd", liar.url)
    assert result.code == REFUSED and "No such host here" in result.err and "127.0.0.1" in result.err


def test_names_in_another_character_set(client, liar):
    raw = "größe".encode("latin-1").decode("utf-8", "surrogateescape")
    liar.files.clear()
    liar.files[raw] = b"content\n"
    assert client.ok("--charset", "ISO-8859-1", "-c", "nlist", liar.url).text == "größe\n"
    client.ok("--charset", "latin1", "-c", "get größe; mget *e -O .", liar.url)
    assert client.read("größe") == b"content\n"
    client.write("überall", b"up\n")
    client.ok("-c", f"set ftp:charset ISO-8859-1; open {liar.url}; put überall", liar.url)
    assert "überall".encode("latin-1").decode("utf-8", "surrogateescape") in liar.files
    assert commands(liar, "OPTS") == []
    result = client.run("--charset", "ISO-8859-1", "-c", "cat 名前", liar.url)
    assert result.code == REFUSED and "cannot be written in ISO-8859-1" in result.err


def test_what_is_not_valid_there_goes_there_and_back(client, liar):
    raw = b"odd\x81\xff".decode("utf-8", "surrogateescape")
    liar.files.clear()
    liar.files[raw] = b"content\n"
    client.ok("--charset", "SHIFT_JIS", "-c", "mget odd*", liar.url)
    assert client.read(os.fsdecode(b"odd\x81\xff")) == b"content\n"


def test_texts_of_the_server_are_converted(client, liar):
    liar.on["SITE"] = lambda session, argument: session.send("200 Grüße".encode("latin-1") + b"\r\n")
    assert "Grüße" in client.ok("--charset=ISO-8859-1", "-c", "site hello", liar.url).text


def test_a_character_set_that_is_none_is_refused(client, liar):
    for name in ("nonsense", "UTF-16", "EBCDIC-US", "x" * 40):
        assert client.run("--charset", name, "-c", "pwd", liar.url).code == USAGE, name
        assert client.run("-c", f"set charset {name}").code == USAGE, name
    assert client.ok("-c", "set charset latin1; set charset; set charset UTF-8; set charset").text.split() == [
        "charset", "latin1", "charset", "UTF-8"]
