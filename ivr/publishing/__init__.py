"""Publishing menus: what must be so before they are published, what differs between two revisions in words, and the
copy on this machine that calls are served from. It must not know SIP; `local` must not know a database, because line
workers import it.
"""
