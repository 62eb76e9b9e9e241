"""Calls without a telephone: the real engine and the real session on a clock that only moves when told to. Authors try
menus here, and rehearsals run here. It must not know SIP, sockets or the wall clock.
"""
