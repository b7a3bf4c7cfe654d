# SPDX-License-Identifier: BSD-2-Clause
"""Who runs, as whom, with what: the invariants read from the kernel, for every
process of a running server, before the log-in, after it and in a transfer."""

import os
import pwd
import re
import signal

import pytest

import harness
from harness import User
from proc import Process, tcp_sockets, wait_for

CAP_SETGID, CAP_SETUID, CAP_SYS_CHROOT = 1 << 6, 1 << 7, 1 << 18
CAP_SYS_PTRACE, CAP_DAC_OVERRIDE, CAP_SYS_MODULE = 1 << 19, 1 << 1, 1 << 16
SHARED = ("auth", "dialer", "scribe", "control", "events")
ACCOUNT = {"auth": "wardftpd-auth", "dialer": "wardftpd-dialer", "scribe": "wardftpd-scribe", "net": "wardftpd",
           "control": "wardftpd-control", "events": "wardftpd-events",
           "jail": "wardftpd-jail", "keeper": "wardftpd-keeper", "hasher": "wardftpd-auth"}
NET_DESCRIPTORS = 20  # as roles.h and SECURITY.md have it
NOTHING = {"Inh": 0, "Prm": 0, "Eff": 0, "Bnd": 0, "Amb": 0}
WAITING_JAIL = CAP_SETGID | CAP_SETUID | CAP_SYS_CHROOT


@pytest.fixture
def server(make_server):
    """With all processes that a configuration can ask for."""
    return make_server(events=True)


class Stage:
    """A server with one session in one of three stages, and its NET and JAIL."""

    def __init__(self, server, name):
        self.server, self.name = server, name
        self.data = None
        if name == "before":
            self.control = server.connect()
            self.net, self.jail = server.net_of(self.control), None
            return
        self.control = server.login()
        self.net, self.jail = server.net_of(self.control), server.jail_of("alice")
        if name == "transfer":
            with open(server.home("alice", "big"), "wb") as file:
                file.truncate(64 << 20)
            os.chmod(server.home("alice", "big"), 0o644)
            self.data = self.control.connect_data()
            self.control.command("RETR big", 150)
            self.data.recv(1)  # it runs, and waits for us to read on

    def confined(self, look):
        """Every process but the master and the zygotes, and what look() sees of it."""
        return self.server.look_at(look, *ACCOUNT).items()

    def all(self, look):
        return self.server.look_at(look).items()


@pytest.fixture(params=["before", "after", "transfer"])
def stage(request, server):
    one = Stage(server, request.param)
    yield one
    if one.data:
        one.data.close()


def without_sanitizer():
    if harness.SANITIZED:
        pytest.skip("a sanitizer maps, calls and reports as it likes: such a build has no filters")


def uid_of(role):
    return pwd.getpwnam(ACCOUNT[role]).pw_uid


def test_a_zygote_is_confined_as_what_it_forks(server):
    """It has the account, the root, the capabilities of its children; no
    socket but two channels; and it is not their parent."""
    server.at_rest()
    found = server.zygotes()
    assert sorted(found) == ["jail", "net"] and len(server.processes("zygote")) == 2
    for role, zygote in found.items():
        child = server.processes(role)[0]
        assert child.parent() == zygote.parent() == server.master().pid
        assert (zygote.uids(), zygote.gids(), zygote.groups()) == (child.uids(), child.gids(), child.groups())
        assert zygote.capabilities() == child.capabilities()
        assert zygote.root() == child.root() and not zygote.dumpable()
        assert sorted(kept(zygote).values()) == ["unix", "unix"], kept(zygote)


@pytest.mark.parametrize("role", ["net", "jail"])
def test_i6_a_zygote_that_is_killed_is_replaced_and_nothing_is_left(server, role):
    """What it had just forked, or was about to, is neither lost nor kept as a zombie."""
    inside = server.login()
    for _ in range(3):
        before = wait_for(lambda: server.zygotes().get(role), what="a zygote")
        for control in [server.connect() for _ in range(10)]:  # births are under way
            control.close()
        os.kill(before.pid, signal.SIGKILL)
        wait_for(lambda: server.zygotes().get(role) not in (None, before), what="another zygote")
        with server.login() as control:
            control.command("NOOP", 200)
    inside.command("PWD", 257)
    server.close_controls()
    master = server.master()

    def settled():
        children = master.children()
        return not [p for p in children if p.is_zombie()] and \
            len(server.processes("net")) == len(server.processes("jail")) == 2  # pool_min
    wait_for(settled, 20, "two whole cells and no zombie")


def test_a_zygote_that_hangs_is_replaced(server):
    server.allowed_log = "does not fork; it is replaced|it is started again"
    before = server.zygotes()["net"]
    os.kill(before.pid, signal.SIGSTOP)
    for control in [server.connect() for _ in range(4)]:
        control.close()
    wait_for(lambda: server.zygotes().get("net") not in (None, before), 30, "another zygote")
    with server.login() as control:
        control.command("NOOP", 200)


def test_the_cost_of_a_cell_does_not_grow_with_the_sessions(server):
    """A zygote has no descriptor of any session, however many the master holds: a fork copies none."""
    server.put("f")
    controls = [server.login() for _ in range(8)]
    wait_for(lambda: all(len(kept(zygote)) == 2 for zygote in server.zygotes().values()),
             what="two channels, between two births")
    assert len(server.master().fds()) > 8 * 3
    for control in controls:
        control.close()


def test_every_process_has_its_name_and_there_is_one_of_each_shared(stage):
    roles = [p.role() for p in stage.server.at_rest()]
    assert roles.count("master") == 1
    for role in SHARED:
        assert roles.count(role) == 1, roles
    unknown = set(roles) - {"master", "net", "jail", "hasher", "keeper", "zygote", *SHARED}
    assert not unknown


def test_every_role_has_an_own_uid_and_none_is_root(stage):
    """I3: no process of a session has uid 0; and every shared process is its own account."""
    for process, (uids, gids, groups) in stage.confined(lambda p: (p.uids(), p.gids(), p.groups())):
        wanted = 5001 if process == stage.jail else uid_of(process.role())
        assert set(uids) == {wanted}, process
        assert 0 not in gids, process
        assert groups in ([], [5001]) if process == stage.jail else groups == [], process


def test_capabilities_are_those_of_the_role(stage):
    """I2, I3: NET never has one; JAIL three until the log-in, then none in any set."""
    for process, capabilities in stage.confined(Process.capabilities):
        wanted = dict(NOTHING)
        if process.role() == "jail" and process != stage.jail:
            wanted.update(Prm=WAITING_JAIL, Eff=WAITING_JAIL)
        assert capabilities == wanted, process


def test_the_master_is_bounded(stage):
    """Root's uid, but not root's power."""
    held = stage.server.master().capabilities()
    for name in ("Prm", "Eff", "Bnd"):
        assert not held[name] & (CAP_SYS_PTRACE | CAP_DAC_OVERRIDE | CAP_SYS_MODULE), name
    assert held["Inh"] == held["Amb"] == 0
    assert held["Eff"] == held["Prm"]


def test_no_new_privileges_and_not_dumpable(stage):
    """I11: no process may be looked into by another of its uid, core dumps included."""
    for process, (status, dumpable, core) in stage.all(lambda p: (p.status(), p.dumpable(),
                                                                  limit(p, "Max core file size"))):
        assert status["NoNewPrivs"] == "1", process
        if process.role() != "master":
            assert not dumpable, process
            assert core == ["0", "0"], process


def limit(process, name):
    """The soft and the hard one."""
    with open(process.path("limits")) as file:
        line = next(line for line in file if line.startswith(name))
    return line.removeprefix(name).split()[:2]


def test_roots(stage):
    """I2, I3: an empty directory for NET and the shared processes, the home for JAIL."""
    for process, (root, content, cwd) in stage.confined(lambda p: (p.root(), os.listdir(p.path("root/")), p.cwd())):
        if process == stage.jail:
            assert root == stage.server.home()
        elif process.role() != "jail":
            assert root == cwd == stage.server.empty_root, process
            assert content == [], process


def kept(process):
    """Its descriptors beyond the three standard ones."""
    return {number: kind for number, kind in process.fds().items() if number > 2}


def test_standard_streams_lead_nowhere(stage):
    """No session can write to the terminal or the file that the server was started with."""
    without_sanitizer()
    for process, fds in stage.server.look_at(Process.fds, "net", "jail", "hasher", "keeper", "dialer").items():
        streams = {number: kind for number, kind in fds.items() if number <= 2}
        assert set(streams.values()) <= {"null"}, (process, streams)


def test_descriptors_of_net(stage):
    """I2: sockets and regular files that it was handed, no directory; and at most NET_DESCRIPTORS (roles.h)."""
    nets = stage.server.look_at(lambda p: (p.fds(), limit(p, "Max open files")), "net")
    assert stage.net in nets
    for process, (fds, most) in nets.items():
        kinds = {number: kind for number, kind in fds.items() if number > 2}
        assert set(kinds.values()) <= {"null", "unix", "tcp", "socket", "regular", "pipe", "listen"}, (process, kinds)
        assert len(fds) <= NET_DESCRIPTORS and max(kinds) < NET_DESCRIPTORS, kinds
        assert most == [str(NET_DESCRIPTORS)] * 2, process
        listed = list(kinds.values())
        if process != stage.net:
            assert "tcp" not in listed and "regular" not in listed and "listen" not in listed, kinds
        else:
            assert listed.count("tcp") == (2 if stage.name == "transfer" else 1), kinds
            assert listed.count("regular") == (1 if stage.name == "transfer" else 0), kinds
            for number, kind in kinds.items():
                if kind == "regular":
                    assert process.fd_flags(number) & os.O_ACCMODE == os.O_RDONLY


def test_descriptors_of_jail(stage):
    """I3: no socket but its channels."""
    jails = stage.server.look_at(kept, "jail")
    assert stage.jail in jails or stage.name == "before"
    for process, kinds in jails.items():
        assert set(kinds.values()) <= {"null", "unix", "regular", "directory"}, (process, kinds)
        assert list(kinds.values()).count("unix") <= 3, kinds
        if process != stage.jail:
            assert not {"regular", "directory"} & set(kinds.values()), kinds


def test_an_upload_gives_net_a_write_only_file(server):
    control = server.login()
    net = server.net_of(control)
    with control.connect_data() as data:
        control.command("STOR up", 150)
        data.sendall(b"x")
        kinds = kept(net)
        files = [number for number, kind in kinds.items() if kind == "regular"]
        assert len(files) == 1
        assert net.fd_flags(files[0]) & os.O_ACCMODE == os.O_WRONLY
    control.reply()


def test_a_listing_gives_net_no_descriptor(server):
    for number in range(3000):
        server.put(f"{number:04}-" + "n" * 200)
    control = server.login()
    net = server.net_of(control)
    with control.connect_data() as data:
        control.command("LIST", 150)
        data.recv(1)
        assert not {"directory", "regular"} & set(kept(net).values())
        while data.recv(1 << 20):
            pass
    assert control.reply().code == 226


def test_listening_sockets_are_in_the_master_only(stage):
    """I13; a passive listener in NET or the dialer aside, which is no control port."""
    port = stage.server.port
    control_ports = {inode for inode, s in tcp_sockets().items() if s["local"] == port and s["state"] == "0A"}
    assert control_ports
    for process, inodes in stage.all(Process.socket_inodes):
        assert bool(inodes & control_ports) == (process.role() == "master"), process


def test_the_master_holds_no_connection(stage):
    """I1: what a client sends can't reach it, as it has given the socket away."""
    kinds = stage.server.master().fds()
    assert "tcp" not in kinds.values(), kinds


def test_shared_processes_hold_what_is_theirs(stage):
    allowed = {
        "auth": {"null", "unix", "regular", "eventpoll", "directory", "pidfd", "signalfd", "pipe", "timerfd"},
        "dialer": {"null", "unix", "eventpoll", "timerfd"},
        "scribe": {"null", "unix", "regular", "eventpoll", "timerfd"},
        "control": {"null", "unix", "eventpoll"},
        "events": {"null", "unix", "eventpoll"},
    }
    for role in SHARED:
        kinds = kept(stage.server.one(role))
        assert set(kinds.values()) <= allowed[role], (role, kinds)


def mappings(process):
    return list(process.maps())


def test_no_writable_shared_memory(stage):
    """I11: counters are messages and kernel facts."""
    for process, maps in stage.all(mappings):
        shared = [name for _, _, rights, name in maps if rights[1] == "w" and rights[3] == "s"]
        assert not shared, (process, shared)


def test_every_confined_process_has_its_filter(stage):
    """Seccomp, in mode 2 (a filter), before the first client comes."""
    without_sanitizer()
    inherited = int(stage.server.master().status()["Seccomp_filters"])
    assert inherited >= 1
    for process, status in stage.confined(Process.status):
        assert status["Seccomp"] == "2", process
        assert int(status["Seccomp_filters"]) > inherited, process


def test_i2_the_machines_network_is_the_dialers_alone(stage):
    """All but the dialer live in a network that has nothing but their own channels, and in IPC of their own."""
    def namespace(process, kind):
        return os.readlink(process.path("ns/" + kind))

    ours, empty = os.readlink("/proc/self/ns/net"), namespace(stage.server.master(), "net")
    assert empty != ours
    for process, (net, ipc) in stage.all(lambda p: (namespace(p, "net"), namespace(p, "ipc"))):
        assert net == (ours if process.role() == "dialer" else empty), process
        assert ipc != os.readlink("/proc/self/ns/ipc"), process
    with open(stage.net.path("net/dev")) as file:
        assert [line.split(":")[0].strip() for line in file if ":" in line] == ["lo"]
    with open(stage.net.path("net/tcp")) as file:
        assert len(file.readlines()) == 1  # the heading


def test_i6_a_new_dialer_is_in_the_machines_network_again(server):
    old = server.one("dialer")
    os.kill(old.pid, signal.SIGKILL)
    new = server.restarted("dialer", old)
    wait_for(lambda: os.readlink(new.path("ns/net")) == os.readlink("/proc/self/ns/net"), 10, "its network")
    wait_for(lambda: server.login().command("EPSV").code == 229, 10, "a data connection")


def test_nothing_is_writable_and_executable(stage):
    without_sanitizer()
    for process, maps in stage.all(mappings):
        both = [name for _, _, rights, name in maps if rights[1:3] == "wx"]
        assert not both, (process, both)


def test_secrets_are_where_they_belong(server):
    """I5: the password in no process once the log-in is over, the hash in auth only."""
    alice = server.user()
    password, digest = alice.password.encode(), alice.hash.encode()
    other = server.user("bob").hash.encode()
    control = server.login()
    control.fetch("LIST")
    for process, found in server.look_at(lambda p: p.memory_has([password, digest, other])).items():
        assert password not in found, f"{process} holds the password"
        if process.role() != "auth":
            assert not found, f"{process} holds a hash"
        else:
            assert digest in found, "the search itself finds what is there"


def test_a_refused_password_is_in_no_processs_memory(server):
    secret = User("x", 1, password="refused-5f0c2a7e99").password
    control = server.connect()
    control.command("USER alice", 331)
    control.command("PASS " + secret, 530)
    for process, found in server.look_at(lambda p: p.memory_has([secret.encode()])).items():
        assert not found, process


def test_i11_sessions_see_nothing_of_each_other(server):
    """I11: two NETs share no descriptor but the null device; no JAIL holds another's channel."""
    controls = [server.login("alice"), server.login("bob")]
    holders = {}
    for process, inodes in server.look_at(Process.socket_inodes, "net", "jail").items():
        for inode in inodes:
            assert inode not in holders, f"{process} and {holders[inode]} share a socket"
            holders[inode] = process
    assert all(server.net_of(control) in holders.values() for control in controls)


def test_each_session_has_new_processes(server):
    """A cell serves one session: the next client meets other processes."""
    seen = set()
    for _ in range(4):
        control = server.login()
        pids = {server.net_of(control).pid, server.jail_of("alice").pid}
        assert not pids & seen
        seen |= pids
        control.command("QUIT", 221)
        wait_for(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids), 10, "the end of both processes")


# SECURITY.md's names for the rows of roles.c that hold a capability; the rest say "none".
HOLDERS = {"master": "master", "dialer": "dialer", "JAIL, before the log-in": "jail", "zygote of JAILs": "jail",
           "homes, only with `create_home` and while one is made": "homes"}


def test_security_md_names_the_capabilities_of_roles_c():
    with open(os.path.join(harness.TOP, "SECURITY.md")) as file:
        rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in file if line.startswith("| ")]
    told = {row[0]: set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+|\bKILL|\bSETUID|\bSETGID|\bSETPCAP|\bCHOWN", row[3]))
            for row in rows if len(row) == 5 and row[0] != "process"}
    with open(os.path.join(harness.TOP, "daemon", "roles.c")) as file:
        source = file.read()
    for row, names in told.items():
        listed = re.search(rf"{HOLDERS.get(row, 'nobody')}_capabilities\[\] = \{{(.*?)\}};", source, re.S)
        assert names == (set(re.findall(r"CAP_(\w+),", listed.group(1))) if listed else set()), row
    assert set(HOLDERS) <= set(told)
