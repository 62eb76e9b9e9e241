"""English: one file for each subject, joined in `English`."""

from speech.spoken.en.language import English

__all__ = ["English"]
