"""Calls that the gateway places: callbacks that people asked for, and ratings of what was done for them.

Whom to call comes from the backend's list alone; whether, when and how often is decided here by rules that touch
nothing. Knows ports for the telephone side and the backend; nothing of SIP, menus and HTTP.
"""
