"""The demo backend: a small real server for the contract, with the services of a county that does not exist.

For trying out, for tests, and as an example for people who build the real one. It knows nothing of the client.
"""
