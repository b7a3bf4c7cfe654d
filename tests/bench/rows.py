# SPDX-License-Identifier: BSD-2-Clause
"""What is measured: one row each, with the load that `wardftp bench` puts on a server, and the target.

The targets and the figures of the peers stand for one machine (2 virtual CPUs); on any other the
ratios to the peers, measured in the same run, are what counts.
"""

import dataclasses

SMALL, BULK = "bench", "bulk"  # directories of the home, see servers.fill_home()


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    mix: str                       # of wardftp bench
    unit: str                      # what CPU is reported per: op, GiB, session
    sessions: int = 1
    options: tuple = ()
    directory: str = SMALL
    seconds: float = 3.0
    quick: bool = True             # also in --quick
    user: str = "bench"            # of wardftpd: direct, atomic or synced uploads
    only_ward: bool = False
    target_cpu: float | None = None   # microseconds for an op, seconds for a GiB or a long listing
    target_rate: float | None = None  # operations a second
    without: tuple = ()            # servers that don't know the command
    slow: bool = False             # CPU is reported in seconds

    @property
    def tls(self):
        return "--tls" in self.options


TLS = ("--tls",)

ROWS = (
    Row("connect to greeting, 50 at once", "connect", "op", 50, target_cpu=500, target_rate=3500),
    Row("log in and out, 50 at once", "login", "op", 50, target_cpu=1000, target_rate=2000),
    Row("log in and out, TLS, 20 at once", "login", "op", 20, TLS, target_cpu=1900, target_rate=650),
    Row("RETR 1 KiB, 1 session", "retr-small", "op", target_cpu=29, target_rate=17000),
    Row("RETR 1 KiB, 16 sessions", "retr-small", "op", 16, target_cpu=42, target_rate=23000),
    Row("STOR 1 KiB, direct, 1 session", "stor-small", "op", target_cpu=33),
    Row("STOR 1 KiB, direct, 16 sessions", "stor-small", "op", 16),
    Row("STOR 1 KiB, atomic, 1 session", "stor-small", "op", user="atomic", only_ward=True, target_cpu=42),
    Row("STOR 1 KiB, atomic and synced, 1 session", "stor-small", "op", user="synced", only_ward=True),
    Row("RETR 1 KiB, TLS resumed, 16 sessions", "retr-small", "op", 16, TLS, target_cpu=450, target_rate=1700),
    Row("RETR 1 GiB", "retr-large", "GiB", directory=BULK, seconds=6, target_cpu=0.30, slow=True),
    Row("STOR 1 GiB", "stor-large", "GiB", directory=BULK, seconds=8, target_cpu=0.66, slow=True),
    Row("RETR 1 GiB, TLS", "retr-large", "GiB", options=TLS, directory=BULK, seconds=8, target_cpu=0.67, slow=True),
    Row("STOR 1 GiB, TLS", "stor-large", "GiB", options=TLS, directory=BULK, seconds=12, target_cpu=1.14, slow=True),
    Row("LIST, 100,000 entries", "list", "op", options=("--entries", "100000"), directory="list-100000", seconds=8,
        target_cpu=0.15, target_rate=1 / 0.24, slow=True),
    Row("MLSD, 100,000 entries", "mlsd", "op", options=("--entries", "100000"), directory="list-100000", seconds=8,
        target_cpu=0.13, target_rate=1 / 0.16, slow=True, without=("vsftpd",)),
    Row("LIST, 10 entries", "list", "op", options=("--entries", "10"), directory="list-10", target_cpu=38),
    Row("MLSD, 10 entries", "mlsd", "op", options=("--entries", "10"), directory="list-10", without=("vsftpd",)),
    Row("NLST, 100,000 entries", "nlst", "op", options=("--entries", "100000"), directory="list-100000", seconds=8,
        slow=True),
    Row("NOOP", "noop", "op", target_cpu=4.3),
    Row("SIZE", "size", "op"),
    Row("MDTM", "mdtm", "op"),
    Row("CWD", "cwd", "op", target_cpu=11),
    Row("ramp to 3,000 sessions", "idle", "session", 3000, seconds=0.2, target_rate=1800, slow=True),
)

# Private memory of an idle session in KiB, plain and under TLS; system calls for EPSV and RETR of 1 KiB.
TARGET_MEMORY = {False: 180, True: 350}
TARGET_CALLS = 24
