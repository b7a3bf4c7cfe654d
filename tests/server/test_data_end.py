"""Laws D2 and D6: the replies around a transfer are read one by one, and a data
connection that is not used ends in order, never by a reset."""

import socket

import pytest

from control import read_all, segments
from tls import TlsControl, tls_server


@pytest.fixture(scope="module")
def both_server(make_shared_server):
    return tls_server(make_shared_server)


@pytest.fixture(params=["plain", "tls"])
def control(request, both_server):
    """Logged in; data connections are as the control connection."""
    if request.param == "plain":
        yield both_server.login()
    else:
        one = TlsControl(both_server)
        one.login("alice", both_server.user().password)
        one.command("TYPE I", 200)
        yield one.protect()
        one.close()


def is_tls(control):
    return isinstance(control, TlsControl)


def data_of(control, line, way):
    """Sends the command; the data connection, before any byte of it."""
    if way == "passive":
        data = socket.create_connection((control.host, control.epsv()), timeout=20)
        before = segments(control.socket)[1]
        control.send(line)
    else:
        with control.listen_data() as listener:
            before = segments(control.socket)[1]
            control.send(line)
            data = listener.accept()[0]
            data.settimeout(20)
    return data, before


@pytest.mark.parametrize("line", ["RETR file", "RETR empty", "LIST", "NLST", "MLSD"])
@pytest.mark.parametrize("way", ["passive", "active"])
def test_d6_the_150_and_the_226_are_segments_of_their_own(both_server, control, line, way):
    both_server.put("file", b"content")
    both_server.put("empty", b"")
    data, before = data_of(control, line, way)
    with data:
        content = read_all(control.wrap_data(data) if is_tls(control) else data)
        assert (content == b"") == (line == "RETR empty")
    assert [control.reply().code, control.reply().code] == [150, 226]
    assert segments(control.socket)[1] == before + 2
