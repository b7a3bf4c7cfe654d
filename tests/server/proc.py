# SPDX-License-Identifier: BSD-2-Clause
"""Processes as the kernel shows them in /proc: who they are, what they hold."""

import contextlib
import os
import re
import select
import signal
import stat
import time

# The names that the daemon's processes give themselves, and the role of each.
ROLES = {
    "wardftpd": "master",
    "ward-auth": "auth",
    "ward-hasher": "hasher",
    "ward-dialer": "dialer",
    "ward-keeper": "keeper",
    "ward-scribe": "scribe",
    "ward-control": "control",
    "ward-resolver": "resolver",
    "ward-greeter": "greeter",
    "ward-homes": "homes",
    "ward-rehash": "rehash",
    "ward-checker": "checker",
    "ward-events": "events",
    "ward-metrics": "metrics",
    "ward-zygote": "zygote",
    "ward-net": "net",
    "ward-jail": "jail",
}

# Those that run only where the configuration asks for them.
OPTIONAL = ("resolver", "greeter", "homes", "rehash", "checker", "events", "metrics")


def role_of(name):
    """By the name of a process. One that has not taken its name yet is that of no role: it is not confined yet."""
    return ROLES.get(name, f"({name})")


EXITING = 0x4  # PF_EXITING of the kernel's task flags
PATIENCE = 4


def wait_for(predicate, seconds=10.0, what="the condition", step=0.02):
    """Polls until predicate() is true, and returns what it gave.

    `seconds` is what an idle machine may take; a busy one has PATIENCE times as long before it fails."""
    seconds *= PATIENCE
    deadline = time.monotonic() + seconds
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise AssertionError(f"{what} did not come true within {seconds} s")
        time.sleep(step)


# Where the fields stand in what read_stat() gives: as proc(5) numbers them, less one.
NAME, STATE, PARENT, SESSION, FLAGS, USER_TIME, SYSTEM_TIME, START = 1, 2, 3, 5, 8, 13, 14, 21


def read_stat(pid):
    """The fields of /proc/PID/stat; None: there is no such process."""
    try:
        file = os.open(f"/proc/{pid}/stat", os.O_RDONLY)
    except OSError:
        return None
    try:
        text = os.read(file, 4096).decode(errors="replace")
    except OSError:
        return None
    finally:
        os.close(file)
    number, _, rest = text.partition(" (")
    name, _, rest = rest.rpartition(") ")
    return [number, name, *rest.split()]


class Process:
    """One process; every question is asked of the running kernel, nothing is kept but the pid and its last name."""

    def __init__(self, pid, stat=None):
        self.pid = pid
        stat = stat or read_stat(pid)
        self.started = stat and stat[START]  # tells a reused pid
        self.last_name = stat[NAME] if stat else "gone"

    def __repr__(self):
        return f"{self.comm()}[{self.pid}]"

    def __eq__(self, other):
        return isinstance(other, Process) and (self.pid, self.started) == (other.pid, other.started)

    def __hash__(self):
        return hash((self.pid, self.started))

    def path(self, name):
        return f"/proc/{self.pid}/{name}"

    def stat(self):
        """The fields of its stat file; None: it is gone."""
        stat = read_stat(self.pid)
        return stat if stat and stat[START] == self.started else None

    def alive(self):
        stat = self.stat()
        return bool(stat) and stat[STATE] != "Z"

    def exists(self):
        """Alive, or a zombie."""
        return bool(self.stat())

    def ending(self):
        """It has ended, or begun to: its memory, descriptors and namespaces may be gone already."""
        stat = self.stat()
        return not stat or stat[STATE] == "Z" or bool(int(stat[FLAGS]) & EXITING)

    def at_rest(self):
        """It sleeps; the number of times that it went to sleep so far. None: it runs, or has ended."""
        try:
            status = self.status()
            return int(status["voluntary_ctxt_switches"]) if status["State"][0] == "S" else None
        except (OSError, KeyError):
            return None

    def parent(self):
        """Its parent's pid; None: it has ended."""
        stat = self.stat()
        return int(stat[PARENT]) if stat else None

    def session(self):
        """The number of its session (setsid); None: it has ended."""
        stat = self.stat()
        return int(stat[SESSION]) if stat else None

    def comm(self):
        """Its name; once it has ended, the one that it was last seen with."""
        stat = self.stat()
        if stat:
            self.last_name = stat[NAME]
        return self.last_name

    def role(self):
        return role_of(self.comm())

    def status(self):
        with open(self.path("status")) as file:
            return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)

    def uids(self):
        return [int(word) for word in self.status()["Uid"].split()]

    def runs_as(self, uid):
        """Is it there, as this user?  One that ends while it is looked at is not."""
        try:
            return self.alive() and self.uids()[1] == uid
        except (OSError, KeyError):
            return False

    def gids(self):
        return [int(word) for word in self.status()["Gid"].split()]

    def groups(self):
        return sorted(int(word) for word in self.status()["Groups"].split())

    def capabilities(self):
        """The five sets as numbers, by name: Inh, Prm, Eff, Bnd, Amb."""
        status = self.status()
        return {name: int(status["Cap" + name], 16) for name in ("Inh", "Prm", "Eff", "Bnd", "Amb")}

    def root(self):
        return os.readlink(self.path("root"))

    def cwd(self):
        return os.readlink(self.path("cwd"))

    def dumpable(self):
        """The kernel gives the files of a process that is not dumpable to root."""
        return os.stat(self.path("environ")).st_uid == self.uids()[1] != 0

    def fds(self):
        """number -> kind: null, regular, directory, unix, tcp, listen, or what the kernel calls it."""
        found = {}
        unix, tcp = unix_inodes(self.pid) | unix_inodes(self.parent()) | unix_inodes("self"), tcp_sockets()
        for name in os.listdir(self.path("fd")):
            try:
                found[int(name)] = self._fd_kind(int(name), unix, tcp)
            except FileNotFoundError:
                continue
        return found

    def _fd_kind(self, number, unix, tcp):
        target = os.readlink(self.path(f"fd/{number}"))
        if target == "/dev/null":
            return "null"
        match = re.fullmatch(r"socket:\[(\d+)\]", target)
        if match:
            inode = int(match.group(1))
            if inode in unix:
                return "unix"
            if inode in tcp:
                return "listen" if tcp[inode]["state"] == LISTEN else "tcp"
            return "socket"  # unbound, or closed by the other side
        if not target.startswith("/"):
            return target.split(":")[-1].strip("[]")
        mode = os.stat(self.path(f"fd/{number}")).st_mode
        if stat.S_ISREG(mode):
            return "regular"
        return "directory" if stat.S_ISDIR(mode) else target

    def fd_flags(self, number):
        with open(self.path(f"fdinfo/{number}")) as file:
            for line in file:
                if line.startswith("flags:"):
                    return int(line.split()[1], 8)
        return 0

    def socket_inodes(self):
        inodes = set()
        try:
            for name in os.listdir(self.path("fd")):
                match = re.fullmatch(r"socket:\[(\d+)\]", os.readlink(self.path("fd/" + name)))
                if match:
                    inodes.add(int(match.group(1)))
        except OSError:
            pass
        return inodes

    def maps(self):
        with open(self.path("maps")) as file:
            for line in file:
                words = line.split(None, 5)
                first, last = (int(word, 16) for word in words[0].split("-"))
                yield first, last, words[1], words[5].strip() if len(words) > 5 else ""

    def memory_has(self, needles):
        """Which of the byte strings stand anywhere in its readable memory."""
        found = set()
        with open(self.path("mem"), "rb", buffering=0) as memory:
            for first, last, rights, name in self.maps():
                if not rights.startswith("r") or name in ("[vvar]", "[vsyscall]", "[vvar_vclock]"):
                    continue
                if last - first > HUGE_MAPPING:
                    continue
                content = read_range(memory, first, last)
                found.update(needle for needle in needles if needle in content)
        return found

    def locked(self):
        """The parts of its memory that are never swapped out: pairs of addresses."""
        with open(self.path("smaps")) as file:
            parts = re.findall(r"^([0-9a-f]+)-([0-9a-f]+) .*\n(?:[A-Z]\w*: .*\n)*?VmFlags:.*\blo\b", file.read(),
                               re.MULTILINE)
        return [(int(first, 16), int(last, 16)) for first, last in parts]

    def places_of(self, needle):
        """The addresses of a byte string in its writable memory."""
        with open(self.path("mem"), "rb", buffering=0) as memory:
            for first, last, rights, _ in self.maps():
                if rights.startswith("rw") and last - first <= HUGE_MAPPING:
                    yield from (first + at.start() for at in re.finditer(re.escape(needle),
                                                                         read_range(memory, first, last)))

    def cpu_seconds(self):
        """User and system time so far; None: it has ended."""
        stat = self.stat()
        return (int(stat[USER_TIME]) + int(stat[SYSTEM_TIME])) / os.sysconf("SC_CLK_TCK") if stat else None

    def kill(self):
        """SIGKILL. Returns when it has ended: until then the kernel itself takes it for alive."""
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        with open(handle, "rb") as ended:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(ended.fileno(), signal.SIGKILL)
            assert select.select([ended], [], [], 30)[0], "it outlives SIGKILL"

    def is_zombie(self):
        return self.exists() and not self.alive()

    def children(self):
        """Zombies, too."""
        try:
            with open(self.path(f"task/{self.pid}/children")) as file:
                return [Process(int(pid)) for pid in file.read().split()]
        except OSError:
            return []


def look_at(processes, look):
    """process -> look(process). One that ends meanwhile is left out: what was seen of it may be half of the truth."""
    seen = {}
    for process in processes:
        try:
            process.comm()  # it keeps its name
            value = look(process)
        except OSError:
            if not process.ending():
                raise
            continue
        if not process.ending():
            seen[process] = value
    return seen


ESTABLISHED = "01"
LISTEN = "0A"

HUGE_MAPPING = 1 << 32  # a sanitizer's shadow, terabytes of address space that hold no data of ours


def read_range(memory, first, last):
    """What can be read from first on; less than all where a page is not there."""
    content = bytearray()
    try:
        memory.seek(first)
        while len(content) < last - first:
            more = memory.read(min(last - first - len(content), 1 << 24))
            if not more:
                break
            content += more
    except (OSError, ValueError, OverflowError):
        pass
    return bytes(content)


def unix_inodes(pid):
    """Of the process' own network: a server's processes have left ours, and their channels with them."""
    with open(f"/proc/{pid}/net/unix") as file:
        next(file)
        return {int(line.split()[6]) for line in file}


# A row of /proc/net/tcp: ports, state, and at the end the inode, which sockets that only wait for the end of time lack.
TCP_ROW = re.compile(r"^ *\d+: \w+:(\w+) \w+:(\w+) (\w\w) \S+ \S+ \S+ +\d+ +\d+ ([1-9]\d*) ", re.MULTILINE)


def tcp_sockets():
    """inode -> local and remote port, and the state, of each TCP socket that a process holds."""
    found = {}
    for name in ("tcp", "tcp6"):
        with open("/proc/net/" + name) as file:
            for local, remote, state, inode in TCP_ROW.findall(file.read()):
                found[int(inode)] = {"local": int(local, 16), "remote": int(remote, 16), "state": state}
    return found


def all_processes():
    """Of the whole machine; what ends while it is read is left out."""
    read = ((int(name), read_stat(name)) for name in os.listdir("/proc") if name.isdigit())
    return [Process(pid, stat) for pid, stat in read if stat]


def of_sessions(sessions):
    """The living processes of these sessions (setsid)."""
    read = ((int(name), read_stat(name)) for name in os.listdir("/proc") if name.isdigit())
    return [Process(pid, stat) for pid, stat in read if stat and int(stat[SESSION]) in sessions and stat[STATE] != "Z"]


def environment_has(pid, mark):
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return mark in file.read().split(b"\0")
    except OSError:
        return False


_sessions = {}  # by mark: the sessions (setsid) that its processes were seen in


def marked(mark):
    """The living processes of what was started with mark in its environment.

    The daemon's role programs have an environment of their own, but they stay
    in the session of the master, which outlives it as their number does."""
    sessions = _sessions.setdefault(mark, set())
    found = [p for p in all_processes() if environment_has(p.pid, mark)]
    sessions.update(p.session() for p in found)
    sessions -= {None, 0, 1, os.getsid(0)}
    return list({*of_sessions(sessions), *(p for p in found if p.alive())})
