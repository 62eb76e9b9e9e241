"""The e-government backend: the contract, the client, and the demo backend. It must not know calls, menus or sound."""
