# SPDX-License-Identifier: BSD-2-Clause
"""The messages between the processes, laid out as the compiler lays out the structs of daemon/protocol.

    LISTEN, = values("DIAL_LISTEN")
    question = Message("dial").pack(head_type=LISTEN, head_serial=1, port=0)
    Message("dial_answer").unpack(answer).port

A field of a struct within is named with both names: head_type is .head.type.
The layouts are asked of the compiler once for each state of the headers and
kept in the build directory.
"""

import hashlib
import json
import os
import pathlib
import re
import shlex
import struct
import subprocess
import tempfile
import types

import harness

TOP = pathlib.Path(harness.TOP)
HEADERS = sorted(path for path in (TOP / "daemon/protocol").glob("*.h") if "struct message_head" in path.read_text())
CC = shlex.split(os.environ.get("CC", "gcc"))

PROGRAM = """
#include <stddef.h>
#include <stdio.h>
%(includes)s
#define FORMAT(x) _Generic(x, int32_t: "i", uint32_t: "I", int64_t: "q", uint64_t: "Q", default: "s")
#define SIZE(type) printf("%%s\\n    [\\"%%s\\", %%zu]", comma, #type, sizeof(struct type)); comma = ",";
#define FIELD(type, name) \\
    printf(",\\n    [\\"%%s\\", \\"%%s\\", %%zu, %%zu, \\"%%s\\"]", #type, #name, offsetof(struct type, name), \\
           sizeof((struct type *)0)->name, FORMAT(((struct type *)0)->name));
#define CONSTANT(name) printf(",\\n    [\\"\\", \\"%%s\\", %%lld]", #name, (long long)name);
int main(void)
{
    const char *comma = "";
    putchar('[');
%(rows)s
    puts("]");
}
"""

# The constants that tests ask for.
CONSTANTS = """
AUTH_LOGIN CONTROL_ASK CONTROL_WHO DIAL_CONNECT DIAL_LISTEN FILE_DIRECTORY FILE_REGULAR JAIL_LIST_NEXT JAIL_LIST_OPEN
JAIL_OPEN_READ JAIL_RENAME JAIL_STAT JAIL_STORE_CREATE JAIL_STORE_SETTLE KEEPER_SIGN_TLS12 KEEPER_SIGN_TLS13
LOG_LEVEL_INFO OWNER_NAME OWNER_OF_USER PAGE_ROOM QUOTA_CLOSE QUOTA_COUNT QUOTA_COUNTED QUOTA_FREED QUOTA_GRANTED
QUOTA_MORE QUOTA_OPEN QUOTA_REACHED_BYTES QUOTA_WANTS QUOTA_WANT_ANY QUOTA_WANT_BYTES QUOTA_WANT_FILE
QUOTA_WANT_NUMBERS RATE_TAKE RATE_UP EVENT_DELETE EVENT_KICK EVENT_LOGIN EVENT_RENAME SCRIBE_ADMIN SCRIBE_CHANGE
SCRIBE_NOTE SCRIBE_REFUSED SCRIBE_TRANSFER SETTLE_COMPLETE
""".split()

MEMBER = re.compile(r"^ {4}(struct (?P<inner>\w+)|unsigned char|char|u?int(?:32|64)_t)\s+(?P<names>[\w ,]+?)"
                    r"(?P<count>\[[^\]]*\])?;", re.MULTILINE)


def _without_comments(text):
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)


def _declared():
    """struct -> its members as (name, struct that it is or None), in the order of the headers."""
    found = {}
    for header in HEADERS:
        text = _without_comments(header.read_text())
        for name, body in re.findall(r"^struct\s+(\w+) \{(.*?)^\};", text, re.MULTILINE | re.DOTALL):
            found[name] = [(one.strip(), not member["count"] and member["inner"])
                           for member in MEMBER.finditer(body) for one in member["names"].split(",")]
    return found


def _members(declared, name):
    """The members that are no structs, as C names them."""
    for member, inner in declared[name]:
        if inner in declared:
            yield from (f"{member}.{one}" for one in _members(declared, inner))
        else:
            yield member


def _compiled(rows):
    """What the program prints that consists of these rows."""
    text = PROGRAM % {"includes": "\n".join(f'#include "{path.relative_to(TOP)}"' for path in HEADERS),
                      "rows": "\n".join(rows)}
    with tempfile.TemporaryDirectory() as directory:
        source, program = os.path.join(directory, "layout.c"), os.path.join(directory, "layout")
        with open(source, "w") as file:
            file.write(text)
        subprocess.run([*CC, "-std=c17", "-D_GNU_SOURCE", f"-I{TOP}", f"-I{harness.BUILD}", "-o", program, source],
                       check=True)
        return json.loads(subprocess.run([program], check=True, capture_output=True, text=True).stdout)


def _kept(rows):
    """_compiled(), from the build directory where all is as it was."""
    state = "".join([*(path.read_text() for path in HEADERS), *rows, PROGRAM])
    path = os.path.join(harness.BUILD, "tests", f"layout-{hashlib.sha256(state.encode()).hexdigest()[:16]}.json")
    if not os.path.exists(path):
        content = _compiled(rows)
        with tempfile.NamedTemporaryFile("w", dir=os.path.dirname(path), delete=False) as file:
            json.dump(content, file)
        os.rename(file.name, path)
    with open(path) as file:
        return json.load(file)


def _layouts():
    declared, sizes, fields, constants = _declared(), {}, {}, {}
    rows = [f"    SIZE({name}) " + " ".join(f"FIELD({name}, {one})" for one in _members(declared, name))
            for name in declared]
    for row in _kept(rows + [f"    CONSTANT({name})" for name in CONSTANTS]):
        if not row[0]:
            constants[row[1]] = row[2]
        elif len(row) == 2:
            sizes[row[0]], fields[row[0]] = row[1], {}
        else:
            name, member, offset, size, kind = row
            fields[name][member.replace(".", "_")] = (offset, f"={size}s" if kind == "s" else "=" + kind)
    return sizes, fields, constants


SIZES, FIELDS, VALUES = _layouts()


class Message:
    """A struct of daemon/protocol, by its name."""

    def __init__(self, name):
        self.size, self.fields = SIZES[name], FIELDS[name]

    def pack(self, **values):
        """The whole struct; what is not given is zero, bytes that are too short end in zeros."""
        content = bytearray(self.size)
        for name, value in values.items():
            offset, kind = self.fields[name]
            struct.pack_into(kind, content, offset, value)
        return bytes(content)

    def pack_text(self, last, text, /, **values):
        """The struct as it is sent where its last field is a text: up to and with what is given."""
        return self.pack(**values)[:self.fields[last][0]] + text

    def unpack(self, content):
        """The fields that lie in the content, which may end early."""
        return types.SimpleNamespace(**{name: struct.unpack_from(kind, content, offset)[0]
                                        for name, (offset, kind) in self.fields.items()
                                        if offset + struct.calcsize(kind) <= len(content)})


def values(*names):
    """The numbers of CONSTANTS."""
    return [VALUES[name] for name in names]


HEAD = Message("message_head")


def head(kind, serial=1):
    return HEAD.pack(type=kind, serial=serial)
