"""Drawings made on the server as SVG: they need no script, print well, and stand beside a table that says the same.

Colours are classes of the style sheet, because the content policy allows no styles in pages.
"""
