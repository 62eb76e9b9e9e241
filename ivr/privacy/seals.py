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
TAG_BYTES = 16


class UnsealError(ValueError):
    """Something sealed was made with another key, or was changed."""


def derived(master: bytes, purpose: bytes, length: int = 32, salt: bytes | None = None) -> bytes:
    """A key for one purpose (HKDF, RFC 5869); it tells nothing of the master key or of other purposes."""
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=purpose).derive(master)


class Seal:
    """One key with one cipher, in Galois/Counter Mode.

    Args:
        cipher: the block cipher with a key derived for one purpose.
    """

    def __init__(self, cipher: BlockCipherAlgorithm) -> None:
        self._cipher = cipher

    def close(self, plain: bytes, context: bytes = b"") -> bytes:
        """Nonce, ciphertext and tag. `context` is not kept, but must be the same when it is opened."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self.close_with(nonce, plain, context)

    def close_with(self, nonce: bytes, plain: bytes, context: bytes) -> bytes:
        """Ciphertext and tag. The nonce (12 bytes) must never serve again with this key."""
        encryptor = Cipher(self._cipher, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(context)
        return encryptor.update(plain) + encryptor.finalize() + encryptor.tag

    def open(self, sealed: bytes, context: bytes = b"") -> bytes:
        """What was sealed.

        Raises:
            UnsealError: with another key, in another context, or changed.
        """
        return self.open_with(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context)

    def open_with(self, nonce: bytes, sealed: bytes, context: bytes) -> bytes:
        """What `close_with` sealed. Errors are those of `open`."""
        if len(nonce) < _NONCE_BYTES or len(sealed) < TAG_BYTES:
            raise UnsealError("too short")
        decryptor = Cipher(self._cipher, modes.GCM(nonce, sealed[-TAG_BYTES:])).decryptor()
        decryptor.authenticate_additional_data(context)
        try:
            return decryptor.update(sealed[:-TAG_BYTES]) + decryptor.finalize()
        except InvalidTag as error:
            raise UnsealError("another key, or changed") from error


#: Name in the key file to the block cipher, and the bytes of its key.
CIPHERS: Mapping[str, tuple[Callable[[bytes], BlockCipherAlgorithm], int]] = {
    "aes-256-gcm": (algorithms.AES, 32),
    "sm4-gcm": (algorithms.SM4, 16),
}
USUAL_CIPHER = "aes-256-gcm"


def seal_of(cipher: str, master: bytes, purpose: bytes, salt: bytes | None = None) -> Seal:
    """The seal of a master key for one purpose."""
    block_cipher, key_bytes = CIPHERS[cipher]
    return Seal(block_cipher(derived(master, purpose, key_bytes, salt)))
