# SPDX-License-Identifier: BSD-2-Clause
"""The filters of the roles, as the program `arguments` tells of them (arguments.c)."""

import os
import subprocess

import harness

PROGRAM = os.path.join(harness.BUILD, "tests", "border", "arguments")

CONFINED = ("auth-before", "auth", "hash-pool", "hasher", "dialer", "keeper", "scribe", "control", "resolver",
            "greeter", "homes", "rehash", "checker", "events", "metrics", "net-zygote", "jail-zygote", "net",
            "jail-before", "jail")


def run(*arguments, text=""):
    done = subprocess.run([PROGRAM, *arguments], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1]
