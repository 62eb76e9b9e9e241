"""The model catalogue: which files the voices and recognisers need, where they come from, and how they get here.

`catalogue` is data, `store` tells what is installed, `install` brings what is missing; `http` and `packages` are the
two ways by which files travel. Nothing here knows what a model does.
"""
