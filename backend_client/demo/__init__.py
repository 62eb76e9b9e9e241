"""A small honest HTTP server for the contract, with a database of its own, so that everything can be tried without a
county.
"""
