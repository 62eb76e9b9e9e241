"""Who is signed in, whether they may see a page, and whether the form that they send is one of ours."""

from __future__ import annotations

import hmac
from dataclasses import replace

from ivr.console.passwords import token_hash
from ivr.console.roles import Permission
from ivr.console.services import Services
from ivr.console.web import ForbiddenError, NotSignedInError, Visit


def admit(services: Services, visit: Visit, token: str, *, used: bool = True) -> Visit:
    """The visit with who is signed in, if anybody is; `used` as in `Accounts.session`."""
    if not token:
        return visit
    known = services.office.accounts.session(token_hash(token), services.idle, services.longest, used=used)
    return replace(visit, person=known[0], session=known[1]) if known else visit


def guard(visit: Visit, needs: Permission | None) -> None:
    """Let the visit pass, or not.

    Raises:
        NotSignedInError: somebody must sign in first.
        ForbiddenError: this person may not, or the form is not one of ours.
    """
    if needs is not None:
        if visit.person is None:
            raise NotSignedInError("请先登录", "sign in first")
        if not visit.may(needs):
            raise ForbiddenError("您的角色不能做这件事", "your role may not do this")
    if visit.method == "POST" and visit.session is not None:
        given = visit.form.get("form_key", "")
        if not hmac.compare_digest(given.encode(), visit.session.form_key.encode()):
            raise ForbiddenError(
                "这张表单过期了，请返回刷新页面再试", "this form is out of date: go back, reload the page, try again"
            )
