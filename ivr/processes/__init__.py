"""The processes of a gateway on one machine: started, watched, drained, started again, ended in order.

Knows processes, not what they do: neither SIP nor calls nor menus.
"""
