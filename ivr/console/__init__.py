"""The web console for operators, authors, supervisors and auditors: pages made on the server, and the HTTP API.

A page is a plain function from a `Visit` to an `Answer`, run in a thread because it may ask the database; `routes.py`
is the one list of pages with the permission that each needs. This room must not know how a call is run: it reads the
call log, and what line workers publish on their sockets.
"""
