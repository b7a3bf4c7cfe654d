# SPDX-License-Identifier: BSD-2-Clause
"""Certificates for tests, made by openssl: an authority, and what it signs."""

import os
import re
import subprocess


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def _key_arguments(kind):
    return ["-newkey", "rsa:2048"] if kind == "rsa" else ["-newkey", "ec", "-pkeyopt", f"ec_paramgen_curve:{kind}"]


def self_signed(directory, stem, name="localhost", kind="P-256", days=30,
                extensions=("basicConstraints=critical,CA:FALSE",)):
    """The paths of a certificate for a host and of its key."""
    certificate, key = os.path.join(directory, stem + ".pem"), os.path.join(directory, stem + ".key")
    kind_arguments = ["-newkey", "ed25519"] if kind == "ed25519" else _key_arguments(kind)
    openssl("req", "-x509", *kind_arguments, "-nodes", "-days", str(days), "-subj", f"/CN={name}",
            *(word for one in (f"subjectAltName=DNS:{name}", *extensions) for word in ("-addext", one)),
            "-keyout", key, "-out", certificate)
    os.chmod(key, 0o600)
    return certificate, key


def private_numbers(path):
    """What makes a key private, as it would stand in memory, either end first: an
    elliptic curve's number, or the primes of RSA."""
    text = subprocess.run(["openssl", "pkey", "-in", path, "-noout", "-text"], check=True, capture_output=True,
                          text=True).stdout
    found = re.findall(r"(?:priv|prime1|prime2):\n((?:\s+[0-9a-f:]+\n)+)", text)
    numbers = [bytes.fromhex(re.sub("[^0-9a-f]", "", digits)).lstrip(b"\0") for digits in found]
    assert numbers and all(len(number) > 28 for number in numbers)
    return [one for number in numbers for one in (number, number[::-1])]


class Authority:
    """Signs certificates; its own is in .certificate."""

    def __init__(self, directory, name):
        self.directory, self.name, self.count = directory, name, 0
        self.certificate, self.key = self._path("ca.pem"), self._path("ca.key")
        openssl("req", "-x509", *_key_arguments("P-256"), "-nodes", "-days", "30", "-subj", f"/CN={name}",
                "-keyout", self.key, "-out", self.certificate)

    def _path(self, ending):
        return os.path.join(self.directory, f"{self.name}-{self.count}-{ending}")

    def sign(self, subject, usage="clientAuth", authority=False):
        """subject as openssl has it, "/O=x/CN=alice"; the paths of the certificate and its key."""
        self.count += 1
        request, certificate, key = self._path("req"), self._path("pem"), self._path("key")
        with open(self._path("ext"), "w") as extensions:
            extensions.write("basicConstraints=critical,CA:TRUE\n" if authority else
                             f"basicConstraints=CA:FALSE\nextendedKeyUsage={usage}\n")
        openssl("req", "-new", "-utf8", *_key_arguments("P-256"), "-nodes", "-subj", subject, "-keyout", key,
                "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial",
                "-days", "30", "-extfile", self._path("ext"), "-out", certificate)
        os.chmod(key, 0o600)
        return certificate, key
