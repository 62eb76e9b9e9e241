"""The e-government backend: the contract, the client, and the demo backend. It must not know calls, menus or sound.

Nothing is imported here: settings are read by every command, and must not bring the whole client with them.
"""
