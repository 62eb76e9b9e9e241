"""Who may do what. One table; every route names the permission that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

Permission = Literal[
    "signed_in",  # everybody with an account
    "calls",  # see calls, masked
    "reveal",  # see what is masked, with a reason
    "export",  # take lists of calls away
    "live",  # see the calls in progress
    "hang_up",  # end one of them
    "work",  # take, note and close what waits for people
    "work_of_others",  # also what others have taken; give it out
    "reports",  # counts and charts
    "menus",  # look at menus and their traffic
    "author",  # change menus
    "health",  # state of the machine
    "audit",  # who did what
    "people",  # accounts, roles, tokens of programs
]
PERMISSIONS: tuple[Permission, ...] = get_args(Permission)

ROLES: Mapping[str, frozenset[Permission]] = {
    "operator": frozenset({"signed_in", "calls", "reveal", "live", "work", "menus", "health"}),
    "author": frozenset({"signed_in", "calls", "menus", "author", "reports", "health"}),
    "supervisor": frozenset(
        {
            "signed_in",
            "calls",
            "reveal",
            "export",
            "live",
            "hang_up",
            "work",
            "work_of_others",
            "reports",
            "menus",
            "health",
        }
    ),
    "auditor": frozenset({"signed_in", "calls", "reports", "menus", "audit", "health"}),
    "administrator": frozenset({"signed_in", "calls", "live", "reports", "menus", "health", "audit", "people"}),
}

#: In Chinese and in English.
ROLE_NAMES: Mapping[str, tuple[str, str]] = {
    "operator": ("值班员", "operator"),
    "author": ("菜单编辑", "author"),
    "supervisor": ("班长", "supervisor"),
    "auditor": ("审计员", "auditor"),
    "administrator": ("管理员", "administrator"),
}


def may(role: str, permission: Permission) -> bool:
    """Whether a role has a permission; a role that does not exist has none."""
    return permission in ROLES.get(role, frozenset())
