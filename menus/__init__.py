"""The menu language: its model, the loader with line numbers, its checks, and the shipped trees.

This folder knows what a menu says. It must not know how a call is run, how anything is spoken, or that there is a
telephone at all: it imports nothing of ours.
"""
