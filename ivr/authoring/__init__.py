"""What authors of menus do, without any page: drafts that are checked, rehearsed and published, a phone to try them,
and phrases that become synonyms. It must not know HTTP; `ivr.console.authoring` makes pages of it.
"""
