"""Seals: authenticated encryption of short texts, with AES-256-GCM (NIST SP 800-38D) or, where the national ciphers are
asked for, SM4-GCM (GB/T 32907, RFC 8998 section 3.1).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12
_TAG_BYTES = 16


class UnsealError(ValueError):
    """Something sealed was made with another key, or was changed."""


def derived(master: bytes, purpose: bytes, length: int = 32) -> bytes:
    """A key for one purpose (HKDF, RFC 5869); it tells nothing of the master key or of other purposes."""
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=purpose).derive(master)


class Seal:
    """One key with one cipher.

    Args:
        block_cipher: makes the cipher from a derived key of `key_bytes`.
    """

    def __init__(self, master: bytes, block_cipher: Callable[[bytes], BlockCipherAlgorithm], key_bytes: int):
        self._cipher = block_cipher(derived(master, b"xiangyin caller seal", key_bytes))

    def close(self, plain: bytes, context: bytes = b"") -> bytes:
        """Nonce, ciphertext and tag. `context` is not kept, but must be the same when it is opened."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        encryptor = Cipher(self._cipher, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(context)
        return nonce + encryptor.update(plain) + encryptor.finalize() + encryptor.tag

    def open(self, sealed: bytes, context: bytes = b"") -> bytes:
        """What was sealed.

        Raises:
            UnsealError: with another key, in another context, or changed.
        """
        if len(sealed) < _NONCE_BYTES + _TAG_BYTES:
            raise UnsealError("too short")
        nonce, body, tag = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:-_TAG_BYTES], sealed[-_TAG_BYTES:]
        decryptor = Cipher(self._cipher, modes.GCM(nonce, tag)).decryptor()
        decryptor.authenticate_additional_data(context)
        try:
            return decryptor.update(body) + decryptor.finalize()
        except InvalidTag as error:
            raise UnsealError("another key, or changed") from error


def _aes(master: bytes) -> Seal:
    return Seal(master, algorithms.AES, 32)


def _sm4(master: bytes) -> Seal:
    return Seal(master, algorithms.SM4, 16)


#: Name in the key file to the seal of a master key.
CIPHERS: Mapping[str, Callable[[bytes], Seal]] = {"aes-256-gcm": _aes, "sm4-gcm": _sm4}
USUAL_CIPHER = "aes-256-gcm"
