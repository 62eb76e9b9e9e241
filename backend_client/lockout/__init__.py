"""Who asks about a person with numbers that do not match is not told for ever: wrong tries are counted across calls.

Knows the operations that ask with somebody's identity number and telephone; nothing of menus and lines.
"""
