"""The gateway: it joins lines, menus, speech and backend into calls. `app.py`, `config.py` and `cli.py` compose the
rest; each sub-folder says what it must not know.
"""
