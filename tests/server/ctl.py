# SPDX-License-Identifier: BSD-2-Clause
"""wardctl as a test runs it, and raw questions to the control socket."""

import json
import os
import socket
import subprocess

import harness
from messages import Message, values
from proc import wait_for

WARDCTL = os.path.join(harness.BUILD, "wardctl")

ASK = Message("control_ask")
CONTROL_ASK, WHO = values("CONTROL_ASK", "CONTROL_WHO")


def run(server, *words, **keys):
    """Its exit code, what it printed, and what it complained of."""
    return subprocess.run([WARDCTL, "-s", server.path("control"), *words], capture_output=True, text=True, timeout=60,
                          **keys)


def ctl(server, *words):
    """Succeeds; what it printed."""
    done = run(server, *words)
    assert done.returncode == 0, (words, done)
    return done.stdout


def ask_json(server, *words):
    return json.loads(ctl(server, *words, "--json"))


def who(server):
    return ask_json(server, "who")


def wait_who(server, fits, what="who"):
    """The first session that fits, once there is one."""
    return wait_for(lambda: next((row for row in who(server) if fits(row)), None), 10, what)


def connect(server, timeout=20):
    client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    client.settimeout(timeout)
    client.connect(server.path("control"))
    return client


def question(verb, serial=1, number=0):
    return ASK.pack(head_type=CONTROL_ASK, head_serial=serial, verb=verb, number=number)
