"""The engine of a call: a pure state machine from events to commands. It must not know clocks, sockets, threads,
randomness or files; all of those are in the events it is given.
"""
