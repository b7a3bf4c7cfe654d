# SPDX-License-Identifier: BSD-2-Clause
"""What a server's processes have cost: by the kernel's accounts of a cgroup (version 1 or 2), exact
and without an omission; where there is none, by /proc over the tree of processes."""

import os
import time

ROOT_V1, ROOT_V2 = "/sys/fs/cgroup/cpuacct", "/sys/fs/cgroup"
TICKS = os.sysconf("SC_CLK_TCK")


class Group:
    """A cgroup that a server is started in.  cpu() is in seconds; pids() are its processes."""

    def __init__(self, name):
        self.root = None  # the server's main pid: for the fall-back
        self.path = self._make(name)

    @staticmethod
    def _make(name):
        for root, needed in ((ROOT_V1, "cpuacct.usage"), (ROOT_V2, "cgroup.controllers")):
            if not os.path.exists(os.path.join(root, needed)):
                continue
            try:
                os.mkdir(os.path.join(root, name))
                return os.path.join(root, name)
            except OSError:
                continue
        return None

    @property
    def exact(self):
        return self.path is not None

    def join(self):
        """In the child, before it becomes the server."""
        if self.path:
            with open(os.path.join(self.path, "cgroup.procs"), "w") as file:
                file.write(str(os.getpid()))

    def cpu(self):
        if not self.path:
            return sum(process_cpu(pid) for pid in self.pids())
        usage = os.path.join(self.path, "cpuacct.usage")
        if os.path.exists(usage):
            with open(usage) as file:
                return int(file.read()) / 1e9
        with open(os.path.join(self.path, "cpu.stat")) as file:
            return next(int(line.split()[1]) for line in file if line.startswith("usage_usec")) / 1e6

    def pids(self):
        if not self.path:
            return tree(self.root)
        with open(os.path.join(self.path, "cgroup.procs")) as file:
            return [int(line) for line in file]

    def remove(self):
        deadline = time.monotonic() + 10
        while self.path and time.monotonic() < deadline:
            try:
                os.rmdir(self.path)
                return
            except OSError:
                time.sleep(0.1)


def stat_fields(pid):
    """Of /proc/PID/stat, from field 3 on."""
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()


def process_cpu(pid):
    """Its own time and that of the children it has reaped."""
    try:
        return sum(int(word) for word in stat_fields(pid)[11:15]) / TICKS
    except OSError:
        return 0


def tree(root):
    """The process and all below it."""
    children = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                children.setdefault(int(stat_fields(name)[1]), []).append(int(name))
            except OSError:
                continue
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo.extend(children.get(pid, []))
    return found


def private_kib(pid):
    """Memory that is its alone: what one more such process costs."""
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            return sum(int(line.split()[1]) for line in file if line.startswith("Private_"))
    except OSError:
        return 0
