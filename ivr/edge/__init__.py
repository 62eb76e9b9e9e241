"""The edge of a gateway: Kamailio, which keeps strangers out and spreads calls over line workers.

Makes Kamailio's configuration from settings, checks it, and talks to the running Kamailio. It knows neither calls nor
menus, and starts no process that stays: the supervisor does.
"""
