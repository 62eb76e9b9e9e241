"""SIP and RTP, the only room that imports pjsua2. It must not know menus: it offers lines and carries out what the
driver asks.
"""
