"""The pages of authors: trees with their checks, the editor, the phone, publishing, and phrases that become synonyms.

`routes` is the list of these pages. What they do is in `ivr.authoring`.
"""
