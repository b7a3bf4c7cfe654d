# SPDX-License-Identifier: BSD-2-Clause
"""What a forger asks the keeper to sign: certificates and revocations, shaped like the text of a TLS 1.2 handshake.

A server signs two randoms of 32 bytes, its curve and its point (RFC 8422
section 5.4).  Here the same bytes are what the issuer of a certificate signs.
Fields of free content lie where the handshake has fixed bytes.
"""

import os
import subprocess

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from authority import openssl

KINDS = ("rsa", "P-256", "P-384", "ed25519")

RSA_SHA256 = bytes.fromhex("300b06092a864886f70d01010b")  # without the NULL: room is scarce
ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
ED25519 = bytes.fromhex("300506032b6570")

TYPE_AT = 64  # where the handshake has the curve, behind the randoms


def element(tag, content):
    size = len(content)
    length = [size] if size < 128 else [0x81, size] if size < 256 else [0x82, size >> 8, size & 255]
    return bytes([tag, *length]) + content


def sequence(*parts):
    return element(0x30, b"".join(parts))


def integer(content):
    return element(0x02, content)


def time(year):
    return element(0x17, f"{year:02}0101000000Z".encode())


def name(text):
    """Of one attribute, with the shortest of types: 1.2.3."""
    return sequence(element(0x31, sequence(bytes.fromhex("06022a03"), element(0x13, text))))


NO_NAME = sequence()
VALIDITY = sequence(time(20), time(49))


class Victim:
    """A certificate that may sign others, and whose clients trust it.  Its subject is empty, which
    leaves the forger most room."""

    def __init__(self, directory, kind):
        self.kind, self.directory = kind, directory
        self.certificate, self.key = os.path.join(directory, kind + ".pem"), os.path.join(directory, kind + ".key")
        make = {"rsa": ["rsa:2048"], "ed25519": ["ed25519"]}.get(kind, ["ec", "-pkeyopt", f"ec_paramgen_curve:{kind}"])
        openssl("req", "-x509", "-newkey", *make, "-nodes", "-days", "30", "-subj", "/", "-keyout", self.key,
                "-out", self.certificate)
        os.chmod(self.key, 0o600)
        with open(self.key, "rb") as file:
            self.private = load_pem_private_key(file.read(), None)
        self.algorithm = {"rsa": RSA_SHA256, "ed25519": ED25519}.get(kind, ECDSA_SHA256)
        self.scheme = {"rsa": 0x0401, "ed25519": 0x0807}.get(kind, 0x0403)

    def print(self):
        """As key_print() of daemon/protocol/key_print.c."""
        public = self.private.public_key()
        if isinstance(public, ed25519.Ed25519PublicKey):
            return int.from_bytes(public.public_bytes(Encoding.Raw, PublicFormat.Raw)[-4:], "big")
        numbers = public.public_numbers()
        return (numbers.n if isinstance(public, rsa.RSAPublicKey) else numbers.x) & 0xffffffff

    def sign(self, text):
        """As the keeper would if it did."""
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return self.private.sign(text)
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(text, padding.PKCS1v15(), hashes.SHA256())
        return self.private.sign(text, ec.ECDSA(hashes.SHA256()))

    def verify(self, text, signature):
        """Raises InvalidSignature."""
        public = self.private.public_key()
        if isinstance(public, ed25519.Ed25519PublicKey):
            public.verify(signature, text)
        elif isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
        else:
            public.verify(signature, text, ec.ECDSA(hashes.SHA256()))

    def is_believed(self, text, signature):
        """Does a client that trusts the certificate take what was forged?"""
        path = os.path.join(self.directory, "forged.der")
        with open(path, "wb") as file:
            file.write(sequence(text, self.algorithm, element(0x03, b"\0" + signature)))
        for command in (["verify", "-CAfile", self.certificate, path],
                        ["crl", "-noout", "-CAfile", self.certificate, "-in", path]):
            done = subprocess.run(["openssl", *command], capture_output=True, text=True)
            if done.returncode == 0 and "OK" in done.stdout + done.stderr:
                return True
        return False


def _own_key():
    key = ed25519.Ed25519PrivateKey.generate().public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _shaped(build, size, curve):
    """The text of this size that build() makes around a field of free content, with the curve in that field."""
    text = next(text for text in map(lambda n: build(b"x" * n), range(size)) if len(text) == size)
    assert text[TYPE_AT:TYPE_AT + len(curve)] == b"x" * len(curve)
    return text[:TYPE_AT] + curve + text[TYPE_AT + len(curve):]


def on_no_curve(victim):
    """A certificate for a host: its "point" is as long as it comes out.  The serial number is the free field."""
    host = element(0x04, sequence(element(0x82, b"bank.example")))
    extensions = element(0xa3, sequence(sequence(bytes.fromhex("0603551d11"), host)))
    key = _own_key()
    return _shaped(lambda free: sequence(bytes.fromhex("a003020102"), integer(free), victim.algorithm, NO_NAME,
                                         VALIDITY, name(b"host"), key, extensions), 220,
                   b"\x03\0\x17" + bytes([220 - 68]))


def on_x448(victim):
    """A certificate in which curve and point are right: any 56 bytes are a point.  The subject is the free field."""
    key = _own_key()
    return _shaped(lambda free: sequence(integer(b"\1"), victim.algorithm, NO_NAME, VALIDITY, name(free), key),
                   TYPE_AT + 4 + 56, b"\x03\0\x1e\x38")


def on_x25519(victim):
    """A list that revokes a certificate; any 32 bytes are a point.  The revoked serial number is the free field."""
    return _shaped(lambda free: sequence(victim.algorithm, NO_NAME, time(20),
                                         sequence(sequence(integer(free), time(20)))),
                   TYPE_AT + 4 + 32, b"\x03\0\x1d\x20")


SHAPES = (on_no_curve, on_x448, on_x25519)
