"""One call: the driver that joins one engine to one line, the ports it needs, and the journal. It must not know
pjsua2, SQL or HTTP.
"""
