"""Voices: engines that turn words into sound, and the line in which they stand in for one another.

Each engine implements `base.Synthesiser`. They get words only: numbers, dates and signs were made words before
(`speech.spoken`). They give plain PCM at their own rate; telephones are the business of `audio`.
"""
