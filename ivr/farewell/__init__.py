"""Ends calls whose process has died: what a BYE needs is kept on the disk while a call goes on.

Without it a caller hears nothing and waits, and their telephone goes on sending to ports that the next caller gets. It
knows nothing of PJSIP and of processes.
"""
