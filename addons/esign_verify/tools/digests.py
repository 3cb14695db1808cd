"""Digests named in reports."""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes


def sm3(data: bytes) -> str:
    """SM3 (GB/T 32905-2016) of ``data``, hexadecimal. A digest for comparison, not an SM2 signature."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize().hex()
