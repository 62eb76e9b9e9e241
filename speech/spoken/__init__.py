"""Values as people say them: numbers, dates, sums, telephone numbers, and free text with all of these inside.

`Speaker.say` is the one door. A value never raises: what it is not, it is said as text. `Lexicon.respelled`
then gives a voice the spelling that it reads right.
"""

from speech.spoken.errors import LanguageNotSpokenError, UnknownSayAsError
from speech.spoken.lexicon import Lexicon
from speech.spoken.speaker import SAY_AS, Speaker

__all__ = ["SAY_AS", "LanguageNotSpokenError", "Lexicon", "Speaker", "UnknownSayAsError"]
