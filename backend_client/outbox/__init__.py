"""The outbox: what callers leave behind, on disk before it is confirmed to them, delivered when the link is up, once.

Line workers put things in (`writer`), one process delivers them (`delivery`). It must not know calls or menus.
"""
