"""Text messages: an SMS provider over HTTP, and a queue on the disk for when it cannot be reached.

Line workers send (`messenger`), the process that delivers the outbox sends later what waits (`waiting`). It must not
know calls or menus, and writes neither numbers nor texts into logs.
"""
