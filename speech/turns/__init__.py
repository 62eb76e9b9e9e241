"""Turn taking: when a caller begins and ends to speak, and what of the line is not the caller.

`voice` finds speech in sound; `echo` takes out what comes back of our own prompt; `taker` joins them to pauses, ends
and the guard against coughs. All of it is plain computation on samples: no clock, no sockets, no recogniser.
"""
