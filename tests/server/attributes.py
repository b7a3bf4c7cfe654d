# SPDX-License-Identifier: BSD-2-Clause
"""What a file has besides its content, and files of all the kinds that an upload may meet."""

import os
import struct

import pytest

USER_OBJ, USER, GROUP_OBJ, MASK, OTHER = 1, 2, 4, 16, 32
NOBODY = 0xFFFFFFFF


def acl(*entries):
    """The bytes of an ACL: (tag, permissions[, id]) each."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", tag, bits, who[0] if who else NOBODY)
                                           for tag, bits, *who in entries)


def set_acl(path, content, default=False):
    try:
        os.setxattr(path, "system.posix_acl_default" if default else "system.posix_acl_access", content)
    except OSError as error:
        pytest.skip(f"no ACLs on this file system: {error}")


def set_user_attribute(path, value):
    try:
        os.setxattr(path, "user.origin", value)
    except OSError as error:
        pytest.skip(f"no user attributes on this file system: {error}")


def xattrs(path):
    return {name: os.getxattr(path, name) for name in os.listxattr(path) if not name.startswith("security.")}


def all_but_content(path):
    """None where there is no file."""
    if not os.path.exists(path):
        return None
    about = os.stat(path)
    return {"uid": about.st_uid, "gid": about.st_gid, "mode": oct(about.st_mode), "links": about.st_nlink,
            "attributes": xattrs(path)}


def content(path):
    if not os.path.exists(path):
        return None
    with open(path, "rb") as file:
        return file.read()


def hidden(directory):
    return sorted(name for name in os.listdir(directory) if name.startswith(".wardftpd-"))


OLD = b"the old version"


def make(server, user, kind):
    """The target "name" of one kind, in the user's home; its path."""
    path = server.home(user, "name")
    if kind == "new":
        return path
    server.put("name", OLD, user, 0o640)
    if kind == "linked":
        os.link(path, server.home(user, "other"))
    elif kind == "foreign":
        os.chown(path, 0, server.user(user).gid)
        os.chmod(path, 0o664)
    elif kind == "foreign group":
        os.chown(path, -1, 12345)
    elif kind == "acl":
        set_acl(path, acl((USER_OBJ, 6), (USER, 4, 7001), (GROUP_OBJ, 0), (MASK, 6), (OTHER, 0)))
    elif kind == "attribute":
        set_user_attribute(path, b"a scanner")
    elif kind == "set-uid":
        os.chmod(path, 0o6755)
    return path
