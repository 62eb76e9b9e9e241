"""The answer store: public content, fetched ahead of calls, so that the phone answers when the link is down.

One process (`ivr sync`) writes it; line workers only read. It must not know calls or menus, only the contract.
"""
