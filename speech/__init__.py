"""Speech in and out: spoken Chinese, voices, recognisers, the model catalogue and the speech worker. It knows sound
(`audio`) and must not know calls or menus.
"""
