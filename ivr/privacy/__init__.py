"""What may be shown of a caller, and how the rest is kept: masks for people, a keyed hash to recognise a caller
again, and seals for what only some may read.

The law this serves: 个人信息保护法 (Personal Information Protection Law of the PRC), articles 51 and 73 on encryption
and de-identification.
"""

from ivr.privacy.callers import CallerKey, derived_key
from ivr.privacy.keyfile import KeyFileError
from ivr.privacy.masks import mask_identity, mask_number, plain_number
from ivr.privacy.sealed_files import SealedFiles
from ivr.privacy.seals import UnsealError

__all__ = [
    "CallerKey",
    "KeyFileError",
    "SealedFiles",
    "UnsealError",
    "derived_key",
    "mask_identity",
    "mask_number",
    "plain_number",
]
