# SPDX-License-Identifier: BSD-2-Clause
"""What a server refuses, delays or garbles has another way."""

import socket

import pytest
from odd_server import say
from wardftp import OK, PROTOCOL, REFUSED

TREE = {"file": b"content\n", "dir": {"inner": b"12345"}}


@pytest.mark.parametrize("reply", ["500 What", "502 No", "522 No", "501 No", "229 Here (||6446|)", "229 Entering",
                                   "229 (|||99999|)", "200 Fine"])
def test_pasv_where_epsv_is_refused_or_garbled(client, odd, reply):
    server = odd(TREE)
    server.on["EPSV"] = say(reply)
    assert client.ok("-c", "cat file; cat file", server.url).out == TREE["file"] * 2
    assert len(server.sent("EPSV")) == 1, "what is refused is not asked for again"


def test_pasv_where_the_port_of_epsv_cannot_be_reached(client, odd):
    server = odd(TREE)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    server.on["EPSV"] = say(f"229 Here (|||{port}|)")
    plain = server.session_class.do_RETR

    def retr(session, argument):
        if session.listener is None:
            session.send("425 No connection")
        else:
            plain(session, argument)

    server.on["RETR"] = retr
    assert client.ok("-c", "cat file; cat file", server.url).out == TREE["file"] * 2
    assert len(server.sent("EPSV")) == 1 and len(server.sent("PASV")) == 2


def test_pasv_after_an_epsv_without_a_reply(client, odd):
    server = odd(TREE)
    server.on["EPSV"] = say()
    assert client.ok("--idle-timeout=1", "--retry=10", "get", server.url + "file", "-").out == TREE["file"]
    assert len(server.sent("EPSV")) == 1 and len(server.sent("PASV")) == 1


def test_epsv_and_pasv_by_option(client, odd):
    server = odd(TREE)
    client.ok("--pasv", "get", server.url + "file", "-")
    assert server.sent("PASV") and not server.sent("EPSV")
    server.on["EPSV"] = say("500 What")
    assert client.run("--epsv", "get", server.url + "file", "-").code == REFUSED


def test_the_address_of_pasv_is_believed_only_where_told(client, odd):
    server = odd(TREE)

    def pasv(session, argument):
        session.listen()
        port = session.listener.getsockname()[1]
        session.send(f"227 Here (127,0,0,2,{port // 256},{port % 256})")

    server.on["PASV"] = pasv
    assert client.ok("--pasv", "get", server.url + "file", "-").out == TREE["file"]
    result = client.run("--pasv", "--trust-pasv", "--connect-timeout=2", "get", server.url + "file", "-")
    assert result.code != OK, "nothing listens at 127.0.0.2"


def test_address_and_ports_of_active_mode(client, odd):
    server = odd(TREE)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    told = []

    def port_(session, argument):
        told.append(argument)
        session.send("200 Fine")

    def retr(session, argument):
        session.send("150 Here it comes")
        with socket.create_connection(("127.0.0.1", port)) as data:
            data.sendall(TREE["file"])
        session.send("226 Done")

    server.on.update(PORT=port_, RETR=retr)
    out = client.ok("--active", "--active-address=192.0.2.7", f"--active-ports={port}-{port}", "get",
                    server.url + "file", "-").out
    assert out == TREE["file"] and told == [f"192,0,2,7,{port // 256},{port % 256}"]
    assert client.run("--active-ports=9-1", "ls", server.url).code == 64


@pytest.mark.parametrize("reply", ["500 What", "501 Syntax", "502 No", "503 Bad sequence", "504 No", "202 Superfluous"])
def test_list_where_mlsd_fails(client, odd, reply):
    server = odd(TREE)
    server.on["MLSD"] = say(reply)
    assert client.ok("nlist", server.url).text == "dir\nfile\n"


@pytest.mark.parametrize("mlsd", [True, False])
def test_ls_of_a_file(client, odd, mlsd):
    server = odd(TREE, mlsd=mlsd)
    lines = client.ok("-c", "ls file; ls dir/inner", server.url).text.splitlines()
    assert len(lines) == 2 and lines[0].endswith("file") and lines[1].endswith("inner")
    assert " 8 " in lines[0] and " 5 " in lines[1]


@pytest.mark.parametrize("mlsd", [True, False])
def test_ls_of_what_is_not_there_fails(client, odd, mlsd):
    assert client.run("-c", "ls typo", odd(TREE, mlsd=mlsd).url).code == REFUSED


def test_a_file_that_mlst_refuses(client, odd):
    server = odd(TREE)
    server.on["MLST"] = say("550 No")
    assert client.ok("get", server.url + "file", "-").out == TREE["file"]
    server.on["SIZE"] = say("550 Not a plain file")
    assert client.ok("get", server.url + "file", "-").out == TREE["file"]
    assert client.run("get", server.url + "typo", "-").code == REFUSED


def test_cwd_where_there_is_no_cdup(client, odd):
    server = odd(TREE)
    server.on["CDUP"] = say("502 No")
    assert client.ok("-c", "cd dir; cd ..; pwd", server.url).text == "/\n"


@pytest.mark.parametrize("form", ["257 {}", "257 {} is the current directory", '257 "{}"', '257 is "{}" now'])
def test_forms_of_257(client, odd, form):
    server = odd(TREE)
    server.on["PWD"] = lambda session, argument: session.send(form.format(session.cwd))
    assert client.ok("-c", "cd dir; pwd; cat inner", server.url).text == "/dir\n12345"


def test_blank_and_stray_lines_between_replies(client, odd):
    server = odd(TREE)
    server.on["PWD"] = say("", "debug: entering pwd()", '257 "/"', "")
    assert client.ok("-c", "pwd; pwd; cat file", server.url).out == b"/\n/\n" + TREE["file"]


def test_stray_lines_without_end(client, odd):
    server = odd(TREE)
    server.on["PWD"] = say(*["debug"] * 1000)
    assert client.run("-c", "pwd", server.url).code == PROTOCOL


def test_a_second_226(client, odd):
    server = odd(TREE)
    plain = server.session_class.do_RETR

    def retr(session, argument):
        plain(session, argument)
        session.send("226 Done, again")

    server.on["RETR"] = retr
    result = client.ok("-c", "cat file; cat dir/inner; pwd; cat file", server.url)
    assert result.out == TREE["file"] + b"12345/\n" + TREE["file"]


@pytest.mark.parametrize("reply", ["550 No files found.", "450 No files found", "550 Directory is empty"])
def test_an_empty_directory_may_be_refused(client, odd, reply):
    server = odd({"site": {"empty": {}, "a": b"1"}}, mlsd=False)
    plain = server.session_class.do_LIST

    def list_(session, argument):
        if session.cwd.endswith("empty") or argument == "empty":
            session.send(reply)
        else:
            plain(session, argument)

    server.on["LIST"] = list_
    client.write("here/empty/gone", b"old")
    client.ok("-c", "mirror -e site here", server.url)
    assert not client.exists("here/empty/gone") and client.exists("here/empty")


def test_a_size_that_is_no_number_of_bytes_is_told_once(client, odd):
    """SIZE of a symbolic link, or of a file in records."""
    server = odd(TREE, mlsd=False)
    server.on["SIZE"] = say("213 4711")
    result = client.run("--retry=20", "get", server.url + "file")
    assert result.code == PROTOCOL and "4711" in result.err
    assert len(server.sent("RETR")) <= 3


def test_rm_r_and_mget_at_a_server_with_list_only(client, odd):
    server = odd({"a b": {"c": b"1", "d": {}}, "-x": b"2"}, mlsd=False)
    client.ok("-c", "mget -r *; rm -r 'a b'", server.url)
    assert client.read("a b/c") == b"1" and server.tree == {"-x": b"2"}
