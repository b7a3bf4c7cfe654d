# SPDX-License-Identifier: BSD-2-Clause
"""Every class of failure has its exit code, and none is 0."""

import os
import socket
import subprocess

import pytest
from wardftp import AGAIN, LOCAL, LOGIN, NO_CREATE, NO_HOST, PROTOCOL, REFUSED, UNREACHABLE, USAGE


def say(*lines):
    return lambda session, argument=None: session.send(*lines)


def hang_up(session, argument=None):
    session.socket.shutdown(socket.SHUT_RDWR)


def cut_short(session, argument):
    session.send("150 Here it comes")
    with session.data() as connection:
        connection.sendall(b"only a part")
    session.send("226 Done")


def reset_data(session, argument):
    session.send("150 Here it comes")
    session.reset(session.data())
    session.send("426 Broken")


def data_then_silence(session, argument):
    session.send("150 Here it comes")
    session.held = session.data()


GET = ["get", "URLfile"]
PUT = ["put", "local", "URLup"]
CASES = {
    # the command line
    "unknown option": (USAGE, ["--nonsense"], {}),
    "unknown command": (USAGE, ["-c", "dance", "URL"], {}),
    "too few arguments": (USAGE, ["-c", "ren a", "URL"], {}),
    "open quote": (USAGE, ["-c", "cd \"a", "URL"], {}),
    "bad pin": (USAGE, ["--pin", "sha256:12", *GET], {}),
    "bad url": (USAGE, ["get", "ftp://h:99999/x"], {}),
    "line end in url": (USAGE, ["get", "ftp://h/a%0aDELE%20b"], {}),
    "no ca file": (USAGE, ["--ca", "/nonexistent", "--tls=require", *GET], {"AUTH": say("234 Go on")}),
    # the server refuses
    "no such file": (REFUSED, ["get", "URLnosuch"], {}),
    "no such directory": (REFUSED, ["-c", "cd nosuch", "URL"], {}),
    "RETR refused": (REFUSED, GET, {"RETR": say("550 No")}),
    "STOR refused": (REFUSED, PUT, {"STOR": say("553 No")}),
    "no space for you": (REFUSED, PUT, {"STOR": say("552 Quota")}),
    "listing refused": (REFUSED, ["ls", "URL"], {"MLSD": say("550 No")}),
    # the way there
    "no such host": (NO_HOST, ["get", "ftp://no-such-host.invalid/x"], {}),
    "nobody listens": (UNREACHABLE, ["get", "ftp://127.0.0.1:1/x"], {}),
    # here
    "target in no directory": (NO_CREATE, [*GET, "/nonexistent/file"], {}),
    "source is not there": (LOCAL, ["put", "nosuch", "URLup"], {}),
    "source is a directory": (LOCAL, ["put", ".", "URLup"], {}),
    "no room here": (LOCAL, [*GET, "-"], {}),
    # passing
    "421 at once": (AGAIN, GET, {"greeting": say("421 Too many")}),
    "421 later": (AGAIN, GET, {"EPSV": say("421 Bye")}),
    "450": (AGAIN, GET, {"RETR": say("450 Busy")}),
    "425": (AGAIN, GET, {"RETR": say("425 No data connection")}),
    "connection lost": (AGAIN, GET, {"RETR": hang_up}),
    "lost at the greeting": (AGAIN, GET, {"greeting": hang_up}),
    "fewer bytes than announced": (AGAIN, GET, {"RETR": cut_short}),
    "data connection reset": (AGAIN, GET, {"RETR": reset_data}),
    "nothing moves": (AGAIN, ["--stall-timeout=0.3", *GET], {"RETR": data_then_silence}),
    "no reply": (AGAIN, ["--idle-timeout=0.3", *GET], {"TYPE": lambda session, argument: None}),
    # nonsense
    "not FTP": (PROTOCOL, GET, {"greeting": say("SSH-2.0-OpenSSH_9.2")}),
    "no port": (PROTOCOL, ["--epsv", *GET], {"EPSV": say("229 Somewhere")}),
    "no TLS where it must be": (PROTOCOL, ["--tls=require", *GET], {}),
    "done before it began": (PROTOCOL, GET, {"RETR": say("226 Done")}),
    # the log-in
    "wrong password": (LOGIN, GET, {"PASS": say("530 No")}),
    "user refused": (LOGIN, GET, {"USER": say("530 No")}),
    "account wanted": (LOGIN, GET, {"PASS": say("332 Account")}),
}


@pytest.mark.parametrize("name", CASES)
def test_exit_code(client, liar, name):
    expected, words, replaced = CASES[name]
    client.write("local", b"x" * 1000)
    for verb, handler in replaced.items():
        if verb == "greeting":
            liar.greeting = handler
        else:
            liar.on[verb] = handler
    words = [word.replace("URL", liar.url) for word in words]
    if name == "no room here":
        command = client.command(*words)
        with open("/dev/full", "wb") as full:
            code = subprocess.run(command, cwd=client.directory, env=client.environment, stdout=full,
                                  stderr=subprocess.DEVNULL, timeout=30).returncode
        assert code == expected
        return
    result = client.run(*words)
    assert result.code == expected, result.err
    assert result.err.strip(), "a failure says why"
    assert not client.exists("file"), "a failed download has its name"


def test_a_password_is_not_sent_in_clear_to_a_far_host(client):
    """TLS is required by default where the host is not this one."""
    result = client.run("--connect-timeout=1", "get", "ftp://192.0.2.1/x")
    assert result.code in (UNREACHABLE, AGAIN)


def test_no_password_without_a_terminal(client, liar):
    result = client.run("get", liar.url.replace("ftp://", "ftp://alice@") + "file")
    assert result.code == LOGIN and "password" in result.err
    assert not any(line.startswith("PASS") for line in liar.seen)


def test_a_netrc_that_others_may_read_is_refused(client, liar):
    client.login("127.0.0.1", "alice", "secret")
    os.chmod(client.path(".netrc"), 0o644)
    result = client.run("get", liar.url.replace("ftp://", "ftp://alice@") + "file")
    assert result.code == USAGE and "chmod" in result.err
    os.chmod(client.path(".netrc"), 0o600)
    client.ok("get", liar.url.replace("ftp://", "ftp://alice@") + "file")
    assert "PASS secret" in liar.seen


def test_password_from_a_descriptor(client, liar):
    read, write = os.pipe()
    os.write(write, b"from the pipe\n")
    os.close(write)
    client.ok("--password-fd", read, "get", liar.url.replace("ftp://", "ftp://alice@") + "file", pass_fds=(read,))
    os.close(read)
    assert "PASS from the pipe" in liar.seen


@pytest.mark.parametrize("words", [
    ["get", "ftp://alice:secret@127.0.0.1:PORT/file"],
    ["-c", "open ftp://alice:secret@127.0.0.1:PORT; get file"],
    ["bench", "--no-setup", "alice:secret@127.0.0.1:PORT"],
])
def test_a_password_in_an_argument_is_refused(client, liar, words):
    """ps shows arguments to everybody: none is ever used."""
    result = client.run(*[word.replace("PORT", str(liar.port)) for word in words])
    assert result.code == USAGE and "--password-fd" in result.err and "secret" not in result.err
    assert not liar.seen


def test_a_password_in_a_script_is_taken(client, liar):
    with open(client.path("script"), "w") as file:
        file.write(f"open ftp://alice:secret@127.0.0.1:{liar.port}\nget file\n")
    client.ok("--tls=off", "-f", client.path("script"))
    assert "PASS secret" in liar.seen


def test_a_script_says_which_line_failed(client, liar):
    client.write("script", b"pwd\n# a remark\n\nls; cd nosuch\n")
    result = client.run("-f", "script", liar.url)
    assert result.code == REFUSED and "wardftp: script:4: " in result.err
    error = client.run("--json", "-f", "script", liar.url).events[-1]
    assert (error["event"], error["file"], error["line"]) == ("error", "script", 4)
    client.write("script", b"pwd\ncd 'open")
    result = client.run("-f", "script", liar.url)
    assert result.code == USAGE and "script:2: missing closing quote" in result.err


def test_what_a_url_writes_in_hex_is_no_pattern(client, liar):
    deleted = []
    liar.files.update({"a*": b"1", "ab": b"2"})
    liar.on["DELE"] = lambda session, argument: (deleted.append(argument), session.send("250 Gone"))
    client.ok("rm", liar.url + "a%2A")
    assert deleted == ["a*"]
    client.ok("rm", liar.url + "%61*")
    assert sorted(deleted[1:]) == ["a*", "ab"]
