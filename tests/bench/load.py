# SPDX-License-Identifier: BSD-2-Clause
"""Runs `wardftp bench` against a server and reads the server's clocks at its marks."""

import json
import os
import subprocess
import tempfile

from servers import BUILD, PASSWORD


class Failed(Exception):
    pass


class Load:
    """One run.  at(mark) is called at each mark: r all sessions stand, m measuring begins, s it ends."""

    def __init__(self, server, mix, user="bench", sessions=1, directory="bench", seconds=2.0, warmup=0.5, options=(),
                 at=None):
        self.server, self.at = server, at or (lambda mark: None)
        self.clocks, self.popen = {}, None
        self.command = [os.path.join(BUILD, "wardftp"), "bench", "--json", "--no-setup", f"--mix={mix}",
                        f"--sessions={sessions}", f"--directory={directory}", f"--duration={seconds}",
                        f"--warmup={warmup}", *options]
        self.target = f"{server.login(user)}@127.0.0.1:{server.port}"

    def _mark(self, mark):
        self.clocks[mark] = self.server.group.cpu()
        self.at(mark)

    def run(self):
        password_out, password_in = os.pipe()
        marks_out, marks_in = os.pipe()
        os.write(password_in, PASSWORD.encode() + b"\n")
        os.close(password_in)
        self.clocks["start"] = self.server.group.cpu()
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            self.popen = subprocess.Popen([*self.command, f"--password-fd={password_out}", f"--marks-fd={marks_in}",
                                           self.target],
                                          stdout=output, stderr=errors, pass_fds=(password_out, marks_in))
            os.close(password_out)
            os.close(marks_in)
            while mark := os.read(marks_out, 1):
                self._mark(mark.decode())
            os.close(marks_out)
            self.popen.wait()
            output.seek(0)
            errors.seek(0)
            text = output.read()
            if not text:
                raise Failed(f"{self.server.name}: {errors.read().decode(errors='replace').strip()}")
        return self._result(json.loads(text))

    def _result(self, report):
        name, row = next(iter(report["operations"].items()))
        if row["count"] == 0:
            raise Failed(f"{self.server.name}: {name}: {report['first_error'] or 'nothing was done'}")
        begin, end = ("start", "r") if name == "idle" else ("m", "s")
        return {"count": row["count"], "errors": row["errors"] + report["sessions_broken"], "rate": row["per_second"],
                "cpu": (self.clocks[end] - self.clocks[begin]) / row["count"], "p50_ms": row["p50_ms"],
                "p99_ms": row["p99_ms"], "client_cpu": report["client_cpu_seconds"], "resumed": report["data_resumed"],
                "full": report["data_full"], "first_error": report["first_error"]}
