"""From typed parts to playable files: joins the engine's parts to `speech` and to the prompt store. It must not know
who is calling.
"""
