"""Mandarin: one file for each subject, joined in `Mandarin`."""

from speech.spoken.zh.language import Mandarin

__all__ = ["Mandarin"]
