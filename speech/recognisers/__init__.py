"""Recognisers: engines that tell what was said, and the choice of one for each language.

Each engine implements `base.Recogniser`. It gets 8 kHz speech of one utterance and the phrases that are expected, and
gives evidence: texts, and scores of phrases. What that evidence means is the business of `speech.matching`; when an
utterance begins and ends, that of `speech.turns`.
"""
