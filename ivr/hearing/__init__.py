"""Hearing for calls: asks the speech worker over the Wyoming protocol what callers say. It must not know lines or
menus, nor how recognition is done.
"""
