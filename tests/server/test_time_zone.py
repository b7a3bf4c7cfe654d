# SPDX-License-Identifier: BSD-2-Clause
"""Law N6: LIST in the zone that `time_zone` names, machines' times in UTC always."""

import ftplib
import os
import signal

import pytest

from harness import User, group_server

pytestmark = pytest.mark.skipif(not os.path.exists("/usr/share/zoneinfo/Asia/Kolkata"),
                                reason="no zone files (Debian: tzdata)")


def shown(server, name):
    """An hour-old file of the user: its time in LIST, in UTC, and in MLSD, as seconds of the day."""
    path = server.put("file", user=name)
    young = int(os.stat(path).st_mtime) - 3600
    os.utime(path, (young, young))
    with ftplib.FTP() as ftp:
        ftp.connect(server.host, server.port, timeout=10)
        ftp.login(name, server.user(name).password)
        lines = []
        ftp.retrlines("LIST", lines.append)
        facts = dict(ftp.mlsd(facts=["modify"]))["file"]["modify"]
    hours, minutes = lines[0].split()[7].split(":")
    minute = young // 60 % 1440
    assert facts[8:12] == f"{minute // 60:02}{minute % 60:02}"
    return (int(hours) * 60 + int(minutes) - minute) % 1440


def test_n6_list_is_in_the_zone_and_mlsd_in_utc(make_server):
    server = make_server(config={"defaults": {"time_zone": "Asia/Kolkata"}})
    assert shown(server, "alice") == 330


def test_n6_each_user_and_group_has_its_zone(make_server):
    """None of these has a summer time."""
    users = [User("alice", 5001), User("bob", 5002), User("carol", 5003)]
    server = group_server(make_server, users, "ward-zone:x:5900:bob,carol\n",
                          config={"defaults": {"time_zone": "Asia/Kolkata"},
                                  "group ward-zone": {"time_zone": "Asia/Tokyo"}, "user carol": {"time_zone": "UTC"}})
    assert [shown(server, user.name) for user in users] == [330, 540, 0]


def test_n6_a_reload_brings_another_zone(make_server):
    server = make_server(config={"defaults": {"time_zone": "Asia/Kolkata"}})
    assert shown(server, "alice") == 330
    server.overrides["defaults"] = {"time_zone": "UTC"}
    server.overrides["user bob"] = {"time_zone": "Asia/Tokyo"}
    server.write_config()
    server.signal(signal.SIGHUP)
    server.wait_log("configuration reloaded")
    assert [shown(server, name) for name in ("alice", "bob")] == [0, 540]
