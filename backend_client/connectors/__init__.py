"""Department systems joined by YAML mappings: what each is asked, and how its answer becomes one of the contract.

It must not know calls or menus; the outbox and the answer store speak the contract only.
"""
