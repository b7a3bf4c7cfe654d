# SPDX-License-Identifier: BSD-2-Clause
"""Uploads work on the file systems that people mount: FUSE, FAT, overlays, full disks, files that are mounts.

RENAME_NOREPLACE and hard links are missing on many: there one cut upload made its name unusable, and a rename that
changed only the case of a name lost the file (exFAT by FUSE, rclone mount, s3fs, gcsfuse).
"""

import errno
import os
import shutil
import socket
import struct
import subprocess
import tempfile

import pytest

from control import net_has_read
from proc import wait_for

OLD, NEW = b"the old version", b"all of the new version"


def run(*command):
    subprocess.run(command, check=True, capture_output=True, timeout=60)


def need(*programs):
    for program in programs:
        if not (shutil.which(program) or os.path.exists("/sbin/" + program) or os.path.exists("/usr/sbin/" + program)):
            pytest.skip(f"{program} is not installed")


def is_mounted(path):
    with open("/proc/self/mountinfo") as file:
        return any(line.split()[4] == path for line in file)


class Mounts:
    """What a test mounts, in the user's home; all of it is gone afterwards."""

    def __init__(self, site):
        self.site, self.mounted, self.loops, self.processes = site, [], [], []
        self.store = tempfile.mkdtemp(prefix="wardftpd-mount-", dir="/var/tmp")
        os.chmod(self.store, 0o755)
        self.point = site.mkdir("disk")

    def image(self, megabytes, *make):
        path = os.path.join(self.store, "image")
        with open(path, "wb") as file:
            file.truncate(megabytes << 20)
        run(*make, path)
        return path

    def loop(self, path):
        try:
            device = subprocess.run(["losetup", "-f", "--show", path], check=True, capture_output=True,
                                    text=True).stdout.strip()
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"no loop devices here: {error}")
        self.loops.append(device)
        return device

    def mount(self, *command, at=None):
        at = at or self.point
        try:
            run(*command, at)
        except subprocess.CalledProcessError as error:
            pytest.skip(f"it can't be mounted here: {error.stderr.decode(errors='replace').strip()}")
        self.mounted.append(at)
        wait_for(lambda: is_mounted(at), 10, "the mount")

    def directory(self, name):
        path = os.path.join(self.store, name)
        os.mkdir(path)
        os.chown(path, self.site.uid, self.site.uid)
        return path

    def owner(self):
        return f"uid={self.site.uid},gid={self.site.uid}"

    def end(self):
        for path in reversed(self.mounted):
            subprocess.run(["umount", "-l", path], capture_output=True)
        for device in self.loops:
            subprocess.run(["losetup", "-d", device], capture_output=True)
        shutil.rmtree(self.store, ignore_errors=True)


@pytest.fixture
def mounts(site):
    made = Mounts(site)
    yield made
    made.end()


def exfat(mounts):
    need("mkfs.exfat", "mount.exfat-fuse")
    device = mounts.loop(mounts.image(32, "mkfs.exfat"))
    mounts.mount("mount.exfat-fuse", "-o", f"{mounts.owner()},allow_other,default_permissions", device)


def ntfs(mounts):
    need("mkfs.ntfs", "ntfs-3g")
    device = mounts.loop(mounts.image(32, "mkfs.ntfs", "-F", "-Q"))
    mounts.mount("ntfs-3g", "-o", f"{mounts.owner()},allow_other,default_permissions", device)


def bindfs(mounts):
    need("bindfs")
    mounts.mount("bindfs", "-o", "allow_other,default_permissions", mounts.directory("below"))


def rclone(mounts):
    need("rclone")
    below = mounts.directory("below")
    mounts.mount("rclone", "mount", "--daemon", "--allow-other", "--default-permissions", "--vfs-cache-mode", "writes",
                 "--cache-dir", os.path.join(mounts.store, "cache"), "--config", "", "--uid", str(mounts.site.uid),
                 "--gid", str(mounts.site.uid), below)


def overlay(mounts):
    lower, upper, work = (mounts.directory(name) for name in ("lower", "upper", "work"))
    mounts.mount("mount", "-t", "overlay", "overlay", "-o", f"lowerdir={lower},upperdir={upper},workdir={work}")


def tmpfs(mounts):
    mounts.mount("mount", "-t", "tmpfs", "-o", f"{mounts.owner()},mode=755,size=8m", "none")


def vfat(mounts):
    need("mkfs.vfat")
    device = mounts.loop(mounts.image(32, "mkfs.vfat"))
    mounts.mount("mount", "-t", "vfat", "-o", mounts.owner(), device)


def ext4(mounts):
    need("mkfs.ext4")
    device = mounts.loop(mounts.image(32, "mkfs.ext4", "-q", "-E", f"root_owner={mounts.site.uid}:{mounts.site.uid}"))
    mounts.mount("mount", device)
    shutil.rmtree(os.path.join(mounts.point, "lost+found"))


SYSTEMS = {"exfat-fuse": exfat, "ntfs-3g": ntfs, "bindfs": bindfs, "rclone mount": rclone, "overlayfs": overlay,
           "tmpfs": tmpfs, "vfat": vfat, "ext4": ext4}


def cut(control, line, content):
    data = control.connect_data()
    control.command(line, 150)
    data.sendall(content)
    net_has_read(data)
    data.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    data.close()
    assert control.reply().code == 426


def visible(control):
    return sorted(row for row in control.fetch("NLST -a disk").decode().replace("disk/",
                                                                                "").split("\r\n") if row.strip("."))


@pytest.mark.parametrize("system", SYSTEMS)
def test_uploads_of_every_kind(site, mounts, system):
    SYSTEMS[system](mounts)
    with site.login() as control:
        control.store("STOR disk/name", OLD)
        assert control.fetch("RETR disk/name") == OLD
        control.store("STOR disk/name", NEW)
        assert control.fetch("RETR disk/name") == NEW
        control.store("APPE disk/name", b"!")
        assert control.fetch("RETR disk/name") == NEW + b"!"
        # a cut upload blocks no name, and can be resumed
        cut(control, "STOR disk/cut", NEW[:10])
        assert visible(control) == ["cut", "name"]
        control.command("REST 10", 350)
        control.store("STOR disk/cut", NEW[10:])
        assert control.fetch("RETR disk/cut") == NEW
        for _ in range(2):
            cut(control, "STOR disk/cut", OLD[:5])
            assert control.fetch("RETR disk/cut") == NEW
        control.store("STOR disk/cut", OLD)
        assert control.fetch("RETR disk/cut") == OLD
        assert visible(control) == ["cut", "name"]
        control.command("RNFR disk/cut", 350), control.command("RNTO disk/moved", 250)
        control.command("DELE disk/moved", 250), control.command("DELE disk/name", 250)
        assert visible(control) == []
        assert [name for name in os.listdir(mounts.point) if name.startswith(".wardftpd")] == []


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_rename_that_changes_the_case_loses_nothing(site, mounts, system):
    SYSTEMS[system](mounts)
    with site.login() as control:
        control.store("STOR disk/readme.txt", NEW)
        control.command("RNFR disk/readme.txt", 350)
        assert control.command("RNTO disk/README.TXT").code in (250, 550)
        names = visible(control)
        assert len(names) == 1 and names[0].lower() == "readme.txt"
        assert control.fetch("RETR disk/" + names[0]) == NEW


@pytest.mark.parametrize("system", ["exfat-fuse", "vfat", "ext4", "bindfs"])
def test_a_killed_session_blocks_no_name(site, mounts, system):
    SYSTEMS[system](mounts)
    for exists in (False, True):
        with site.login() as control:
            if exists:
                control.store("STOR disk/name", OLD)
            data = control.connect_data()
            control.command("STOR disk/name", 150)
            data.sendall(NEW[:7])
            net_has_read(data)
            os.kill(site.server.jail_of("alice").pid, 9)
            data.close()
        wait_for(lambda: not [p for p in site.server.processes("jail") if p.runs_as(site.uid)], 10,
                 "the end of the session")
        with site.login() as control:
            control.store("STOR disk/name", NEW)
            assert control.fetch("RETR disk/name") == NEW
            control.command("DELE disk/name", 250)
            assert visible(control) == []


def test_a_file_that_is_a_mount_of_its_own(site, mounts):
    """docker run -v /etc/app.conf:/home/app.conf: a rename gives EBUSY."""
    below = os.path.join(mounts.store, "app.conf")
    with open(below, "wb") as file:
        file.write(OLD)
    os.chown(below, site.uid, site.uid)
    path = site.put("app.conf")
    mounts.mount("mount", "--bind", below, at=path)
    inode = os.stat(path).st_ino
    with site.login() as control:
        cut(control, "STOR app.conf", NEW[:10])
        assert site.read("app.conf") == OLD, "the bytes arrive in a part"
        control.store("STOR app.conf", NEW)
        assert site.read("app.conf") == NEW and os.stat(path).st_ino == inode
        control.store("STOR app.conf", b"short")
        assert site.read("app.conf") == b"short"
    assert sorted(os.listdir(site.home)) == ["app.conf", "disk"]


def test_a_full_disk_leaves_the_old_version(site, mounts):
    """Of a file that is replaced, and of one that is copied into, whose room is reserved first."""
    ext4(mounts)
    with site.login() as control:
        for linked in (False, True):
            control.store("STOR disk/name", b"o" * 1000)
            if linked:
                os.link(os.path.join(mounts.point, "name"), os.path.join(mounts.point, "other"))
            space = os.statvfs(mounts.point)
            free = space.f_bavail * space.f_frsize
            with control.connect_data() as data:
                control.command("STOR disk/name", 150)
                with pytest.raises(OSError) if not linked else _nothing():
                    for _ in range(0, (free if not linked else free * 2 // 3) + 1, 65536):
                        data.sendall(b"n" * 65536)
                    if not linked:
                        raise OSError(errno.EPIPE, "")
            reply = control.reply()
            assert reply.code == 452, reply
            assert site.read("disk/name") == b"o" * 1000
            control.store("STOR disk/name", b"small")
            assert site.read("disk/name") == b"small"


class _nothing:
    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False
