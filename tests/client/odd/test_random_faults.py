# SPDX-License-Identifier: BSD-2-Clause
"""Mirrors against a server that cuts, truncates, refuses and lies at random points.

Whatever it does: a file that only one side had is gone afterwards only if -e was given, and a complete listing of the
directory said so.  WARDFTP_FAULT_RUNS says how many runs; a failure names its seed."""

import os
import random

import pytest
from odd_server import Odd, Session

RUNS = int(os.environ.get("WARDFTP_FAULT_RUNS", "40"))
NAMES = ["a", "b c", "d.txt", "é", "-x", "~tilde", "UPPER", "%41", "e;f", "sub", "*glob*", "[x]"]


def tree_of(chance, depth=0):
    tree = {}
    for name in chance.sample(NAMES, chance.randint(0, 6)):
        directory = depth < 3 and chance.random() < 0.4
        tree[name] = tree_of(chance, depth + 1) if directory else bytes(chance.randint(0, 3000))
    return tree


def changed(chance, tree):
    """The other side: much the same, with files that only it has and without some."""
    other = {name: changed(chance, node) if isinstance(node, dict) else node
             for name, node in tree.items() if chance.random() < 0.8}
    for name in chance.sample(NAMES, 2):
        other.setdefault(name + ".own", b"mine alone")
    return other


def write_tree(top, tree):
    os.makedirs(top, exist_ok=True)
    for name, node in tree.items():
        path = os.path.join(top, name)
        if isinstance(node, dict):
            write_tree(path, node)
        else:
            with open(path, "wb") as file:
                file.write(node)


def paths_of(tree, top=""):
    for name, node in tree.items():
        yield f"{top}/{name}"
        if isinstance(node, dict):
            yield from paths_of(node, f"{top}/{name}")


def local_paths(top):
    return {"/" + os.path.relpath(os.path.join(directory, name), top)
            for directory, directories, names in os.walk(top) for name in directories + names}


class Faulty(Session):
    """Records each directory whose listing went out whole."""

    def fault(self, kinds, often):
        return self.server.chance.choice(kinds) if self.server.chance.random() < often else None

    def listed(self, send):
        path, kind = self.path(""), self.fault(["cut", "truncated", "refused", "garbage", "gone", "failed"], 0.2)
        self.server.whole.discard(path)  # a listing may be asked for twice: the last one counts
        if kind == "refused":
            self.send(self.server.chance.choice(["550 No", "450 Busy", "451 Error"]))
        elif kind == "gone":
            self.send("421 Bye")
            self.socket.shutdown(2)
        elif kind == "cut":
            self.send("150 Here it comes")
            self.reset(self.data())
            self.send("426 Cut")
        elif kind in ("truncated", "failed"):
            done = self.server.done
            self.server.done = lambda lines: ("226 Output truncated to 1 matches" if kind == "truncated"
                                              else "226 Transfer done (but failed to open directory).")
            self.keep = 1 if kind == "truncated" else 0
            send()
            self.keep, self.server.done = None, done
        elif kind == "garbage":
            self.extra = ["what is this"]
            send()
            self.extra = []
        else:
            send()
            self.server.whole.add(path)

    keep, extra = None, []

    def send_lines(self, lines):
        super().send_lines((lines if self.keep is None else lines[:self.keep]) + self.extra)

    def do_MLSD(self, argument):
        if self.server.mlsd:
            self.listed(lambda: super(Faulty, self).do_MLSD(argument))
        else:
            super().do_MLSD(argument)

    def do_LIST(self, argument):
        self.listed(lambda: super(Faulty, self).do_LIST(argument))

    def do_RETR(self, argument):
        kind = self.fault(["cut", "refused", "short"], 0.02)
        if kind == "refused":
            self.send("550 No")
        elif kind == "short":
            self.offset = 0
            self.send_data(b"short")
        elif kind == "cut":
            self.send("150 Here it comes")
            self.reset(self.data())
            self.send("426 Cut")
        else:
            super().do_RETR(argument)

    def do_CWD(self, argument):
        if self.fault(["refused"], 0.03):
            self.send("550 No")
        else:
            super().do_CWD(argument)


class FaultyServer(Odd):
    session_class = Faulty

    def __init__(self, chance, tree):
        super().__init__(tree, mlsd=chance.random() < 0.5)
        self.chance, self.whole = chance, set()


@pytest.mark.parametrize("seed", range(RUNS))
def test_no_file_is_lost(client, seed):
    chance = random.Random(seed)
    tree = {"site": tree_of(chance)}
    mine = changed(chance, tree["site"])
    write_tree(client.path("here"), mine)
    upload, delete = chance.random() < 0.3, chance.random() < 0.7
    before = local_paths(client.path("here"))
    theirs = set(paths_of(tree["site"]))
    words = f"mirror {'-R ' if upload else ''}{'-e ' if delete else ''}-P {chance.randint(1, 3)} "
    with FaultyServer(chance, tree) as server:
        client.run("--no-sync", "--retry=2", "--idle-timeout=5", "-c",
                   words + ("here site" if upload else "site here"), server.url, timeout=120)
        whole = {path[len("/site"):] or "/" for path in server.whole if path.startswith("/site")}
        after = set(paths_of(tree["site"]))
    kept = local_paths(client.path("here"))
    if upload:
        assert before <= kept, f"seed {seed}: an upload deleted local files"
        lost = theirs - after - before
        assert delete or not lost, f"seed {seed}: {lost}"
        return
    lost = before - kept
    assert theirs <= after, f"seed {seed}: a download deleted files of the server"
    assert delete or not lost, f"seed {seed}: {lost}"
    for path in lost:
        top = path
        while (parent := os.path.dirname(top)) in lost:
            top = parent
        assert top not in theirs, f"seed {seed}: {path} is on the server, too"
        assert parent in whole, f"seed {seed}: {path} is gone, though no listing of {parent} was complete"
