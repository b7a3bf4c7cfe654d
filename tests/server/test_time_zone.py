"""Law N6: LIST in the zone that `time_zone` names, machines' times in UTC always."""

import ftplib
import os

import pytest

ZONE = "/usr/share/zoneinfo/Asia/Kolkata"  # +5:30 the whole year


@pytest.mark.skipif(not os.path.exists(ZONE), reason="no zone files (Debian: tzdata)")
def test_n6_list_is_in_the_zone_and_mlsd_in_utc(make_server):
    server = make_server(config={"defaults": {"time_zone": "Asia/Kolkata"}})
    path = server.put("file")
    now = os.stat(path).st_mtime
    young = int(now) - 3600
    os.utime(path, (young, young))
    with ftplib.FTP() as ftp:
        ftp.connect(server.host, server.port, timeout=10)
        ftp.login("alice", server.user("alice").password)
        lines = []
        ftp.retrlines("LIST", lines.append)
        facts = dict(ftp.mlsd(facts=["modify"]))["file"]
    local, utc = young + 19800, young
    assert lines[0].split()[7] == f"{local // 3600 % 24:02}:{local // 60 % 60:02}"
    assert facts["modify"][8:12] == f"{utc // 3600 % 24:02}{utc // 60 % 60:02}"
