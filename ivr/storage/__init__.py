"""The call log in a database, the only room of the gateway that imports sqlalchemy. It reads journals; it must not
know how a call is run.
"""
