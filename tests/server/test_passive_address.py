# SPDX-License-Identifier: BSD-2-Clause
"""passive_address: the address that PASV announces, by the client's network and by a host name.

The names are in an /etc/hosts of the server's own, and an nsswitch.conf that asks nothing else.
"""

import os
import random
import re
import select
import signal
import socket
import subprocess
import threading

import pytest

from proc import wait_for

NAME = "ftp.wardftpd.test"


def announced(server):
    """What the reply to PASV says to a session that begins now."""
    control = server.login()
    numbers = re.search(r"\(([\d,]+)\)", control.command("PASV", 227).text).group(1)
    control.command("QUIT", 221)
    return ".".join(numbers.split(",")[:4])


def own_files(server):
    """A mount namespace with an /etc/hosts and an /etc/nsswitch.conf of the server's own."""
    return ["unshare", "-m", "--propagation", "private", "sh", "-c",
            'mount --bind "$0" /etc/hosts && mount --bind "$1" /etc/nsswitch.conf && shift && exec "$@"',
            server.path("hosts"), server.path("nsswitch")]


def set_address(server, *addresses):
    """In place: the server sees this file through a mount."""
    with open(server.path("hosts"), "w") as file:
        file.write("127.0.0.1 localhost\n" + "".join(f"{address} {NAME}\n" for address in addresses))


@pytest.fixture
def make_named(make_server):
    """Starts a server whose passive_address is a name that has these addresses."""
    if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0:
        pytest.skip("no mount namespaces here: /etc/hosts can't be replaced for one server")

    def make(*addresses, rules=NAME, **daemon):
        def prepare(server):
            set_address(server, *addresses)
            with open(server.path("nsswitch"), "w") as file:
                file.write("hosts: files\n")

        return make_server(prepare=prepare, wrapper=own_files,
                           config={"listener default": {"passive_address": rules}, "daemon": daemon})

    return make


def logged(server, words):
    return words in server.log_text()


def wait_for_log(server, words):
    wait_for(lambda: logged(server, words), what=f'"{words}" in the log')


def reload(server, rules=None):
    """Loads the configuration, with these rules."""
    before = server.log_text().count("configuration reloaded")
    if rules:
        server.overrides["listener default"]["passive_address"] = rules
        server.write_config()
    server.signal(signal.SIGHUP)
    wait_for(lambda: server.log_text().count("configuration reloaded") > before, what="the reload")


def test_by_the_clients_network(make_server):
    """The first network that holds the client counts, and an item without one is for all others."""
    rules = "203.0.113.5, 127.0.0.0/8: 10.1.2.3, 127.0.0.0/16: 10.9.9.9"
    assert announced(make_server(config={"listener default": {"passive_address": rules}})) == "10.1.2.3"


def test_a_client_of_no_network_gets_the_others_address(make_server):
    rules = "10.0.0.0/8: 10.1.2.3, 203.0.113.5"
    assert announced(make_server(config={"listener default": {"passive_address": rules}})) == "203.0.113.5"


def test_without_a_rule_for_the_client_its_own_connection_counts(make_server):
    rules = "10.0.0.0/8: 10.1.2.3"
    assert announced(make_server(config={"listener default": {"passive_address": rules}})) == "127.0.0.1"


def test_without_a_name_there_is_no_resolver(make_server):
    server = make_server(config={"listener default": {"passive_address": "203.0.113.5"}})
    assert server.processes("resolver") == []


def test_a_name_is_looked_up(make_named):
    server = make_named("203.0.113.7")
    wait_for_log(server, f"passive_address: {NAME} is 203.0.113.7")
    assert announced(server) == "203.0.113.7"


def test_a_name_for_one_network(make_named):
    server = make_named("203.0.113.7", rules=f"198.51.100.0/24: 203.0.113.9, 127.0.0.0/8: {NAME}")
    wait_for_log(server, f"{NAME} is 203.0.113.7")
    assert announced(server) == "203.0.113.7"


def test_a_name_is_looked_up_again(make_named):
    """A session that is there keeps what it has; the next one gets the new address."""
    server = make_named("203.0.113.7", resolve_interval=1)
    wait_for_log(server, f"{NAME} is 203.0.113.7")
    set_address(server, "203.0.113.8")
    wait_for_log(server, f"{NAME} is 203.0.113.8")
    assert announced(server) == "203.0.113.8"


def test_an_address_that_is_still_there_stays(make_named):
    """Of several addresses, none of which is better than the others."""
    server = make_named("203.0.113.7", resolve_interval=1)
    wait_for_log(server, f"{NAME} is 203.0.113.7")
    set_address(server, "198.51.100.3", "203.0.113.7")
    reload(server)
    assert announced(server) == "203.0.113.7"
    assert not logged(server, "198.51.100.3")


@pytest.mark.parametrize("addresses, why", [
    (["10.0.0.1"], "its address 10.0.0.1 is not public"),
    (["127.0.0.1"], "its address 127.0.0.1 is not public"),
    (["169.254.1.1"], "its address 169.254.1.1 is not public"),
    (["100.64.0.1"], "its address 100.64.0.1 is not public"),
    (["224.0.0.1"], "its address 224.0.0.1 is not public"),
    (["2001:db8::1"], NAME + ": "),
    ([], NAME + ": ")])
def test_a_bad_answer_keeps_the_old_address(make_named, addresses, why):
    server = make_named("203.0.113.7", resolve_interval=1)
    wait_for_log(server, f"{NAME} is 203.0.113.7")
    set_address(server, *addresses)
    wait_for_log(server, "; 203.0.113.7 stays in use")
    assert logged(server, why)
    assert announced(server) == "203.0.113.7"


def test_a_public_address_among_others_is_taken(make_named):
    server = make_named("192.168.1.1", "203.0.113.7")
    wait_for_log(server, f"{NAME} is 203.0.113.7")


def test_before_the_first_answer_clients_get_the_address_that_they_connect_to(make_named):
    server = make_named()
    wait_for_log(server, "clients get the address that they connect to")
    assert announced(server) == "127.0.0.1"


def test_a_resolver_that_dies_is_replaced_and_the_address_stays(make_named):
    server = make_named("203.0.113.7")
    wait_for_log(server, f"{NAME} is 203.0.113.7")
    before = server.processes("resolver")[0].pid
    set_address(server)
    os.kill(before, 9)
    wait_for(lambda: [p for p in server.processes("resolver") if p.pid != before], what="another resolver")
    assert announced(server) == "203.0.113.7"


def test_a_reload_starts_and_ends_the_resolver(make_named):
    server = make_named("203.0.113.7", rules="198.51.100.1")
    assert server.processes("resolver") == []
    reload(server, NAME)
    wait_for_log(server, f"{NAME} is 203.0.113.7")
    assert announced(server) == "203.0.113.7"
    reload(server, "198.51.100.2")
    wait_for(lambda: not server.processes("resolver"), what="the end of the resolver")
    assert announced(server) == "198.51.100.2"


def test_the_resolver_is_confined(make_named):
    """Own uid, no capability, no descriptor but its channels, and it ends with the master."""
    server = make_named("203.0.113.7")
    wait_for_log(server, f"{NAME} is 203.0.113.7")
    resolver = server.processes("resolver")[0]
    status = open(f"/proc/{resolver.pid}/status").read()
    assert re.search(r"^CapPrm:\s+0+$", status, re.M) and re.search(r"^CapBnd:\s+0+$", status, re.M)
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.M) and re.search(r"^Seccomp:\s+2$", status, re.M)
    # the master's, the scribe's, and that to a successor
    wait_for(lambda: sorted(int(fd) for fd in os.listdir(f"/proc/{resolver.pid}/fd")) == [0, 1, 2, 3, 5, 6], 10,
             "the end of its question to the name server")


class NameServer(threading.Thread):
    """Answers every question with one address, by TCP alone if it is `terse`: then UDP answers are cut."""

    def __init__(self, address, terse):
        super().__init__(daemon=True)
        self.address, self.terse, self.asked = socket.inet_aton(address), terse, set()
        self.host = f"127.{random.randrange(1, 255)}.{random.randrange(256)}.{random.randrange(1, 255)}"
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((self.host, 53))
        self.tcp = socket.create_server((self.host, 53))
        self.end, self.ended = socket.socketpair()

    def answer(self, question, cut):
        head = question[:2] + (b"\x83\x80" if cut else b"\x81\x80") + b"\0\1" + (b"\0\0" if cut else b"\0\1") + bytes(4)
        record = b"" if cut else b"\xc0\x0c\0\1\0\1\0\0\0\x05\0\4" + self.address
        return head + question[12:question.index(b"\0", 12) + 5] + record

    def run(self):
        while True:
            ready = select.select([self.udp, self.tcp, self.ended], [], [])[0]
            if self.ended in ready:
                return
            if self.udp in ready:
                question, client = self.udp.recvfrom(512)
                self.asked.add("udp")
                self.udp.sendto(self.answer(question, self.terse), client)
            if self.tcp in ready:
                with self.tcp.accept()[0] as client:
                    question = client.recv(512)[2:]
                    self.asked.add("tcp")
                    answer = self.answer(question, False)
                    client.sendall(len(answer).to_bytes(2, "big") + answer)

    def close(self):
        self.end.close()
        self.join()
        for one in (self.udp, self.tcp, self.ended):
            one.close()


@pytest.mark.parametrize("terse", [False, True])
def test_a_name_server_is_asked(make_server, terse):
    """By UDP, and by TCP where an answer is too long."""
    servers = NameServer("203.0.113.7", terse)
    servers.start()

    def prepare(server):
        for name, text in (("resolv", f"nameserver {servers.host}\n"), ("nsswitch", "hosts: files resolve dns\n")):
            with open(server.path(name), "w") as file:
                file.write(text)

    def own(server):
        return ["unshare", "-m", "--propagation", "private", "sh", "-c",
                'mount --bind "$0" /etc/resolv.conf && mount --bind "$1" /etc/nsswitch.conf && shift && exec "$@"',
                server.path("resolv"), server.path("nsswitch")]

    try:
        server = make_server(prepare=prepare, wrapper=own, config={"listener default": {"passive_address": NAME}})
        wait_for_log(server, f"{NAME} is 203.0.113.7")
        assert servers.asked == ({"udp", "tcp"} if terse else {"udp"})
    finally:
        servers.close()
