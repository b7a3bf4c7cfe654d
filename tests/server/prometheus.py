# SPDX-License-Identifier: BSD-2-Clause
"""The metrics as a scraper reads them: the request, and the page by sample."""

import http.client
import re
import socket

SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\]|\\.)*",?)*)\})? (-?[0-9.]+(?:e[+-]?\d+)?)')


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def connection(at):
    if at.startswith("/"):
        return UnixConnection(at)
    host, _, port = at.rpartition(":")
    return http.client.HTTPConnection(host.strip("[]"), int(port), timeout=30)


def get(at, path="/metrics", method="GET", **headers):
    """Status, headers and text of one request."""
    one = connection(at)
    try:
        one.request(method, path, headers=headers)
        answer = one.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        one.close()


def parse(text):
    """{'name{label="value"}': number} of a page, each of whose lines must be a comment or a sample."""
    samples = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        match = SAMPLE.fullmatch(line)
        assert match, line
        name = match[1] + (f"{{{match[2]}}}" if match[2] else "")
        assert name not in samples, f"{name} twice"
        samples[name] = float(match[3])
    return samples


def scrape(at):
    status, headers, text = get(at)
    assert status == 200, text
    assert headers["Content-Type"].startswith("text/plain; version=0.0.4")
    return parse(text)
