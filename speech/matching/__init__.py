"""From evidence to options: which of the things that can be said was said, and how sure that is.

`templates` writes wordings out; `sounds` compares them as pinyin, with the mergers of accents; `options` ranks;
`bands` turns a ranking into accept, confirm or none; `understanding` joins them. All of it is plain computation on text
and numbers.
"""
