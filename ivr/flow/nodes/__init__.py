"""One file for each kind of node, and the one registry of them. Adding a kind adds a file and a line here."""

from __future__ import annotations

from ivr.flow.nodes.ask import AskKind
from ivr.flow.nodes.base import NodeKind
from ivr.flow.nodes.callback import CallbackKind
from ivr.flow.nodes.collect import CollectKind
from ivr.flow.nodes.hangup import HangUpKind
from ivr.flow.nodes.instant import BranchKind, CallKind, LanguageKind, SetKind
from ivr.flow.nodes.menu import MenuKind
from ivr.flow.nodes.query import QueryKind
from ivr.flow.nodes.rate import RateKind
from ivr.flow.nodes.record import RecordKind
from ivr.flow.nodes.remember import RememberKind
from ivr.flow.nodes.resume import ResumeKind
from ivr.flow.nodes.say import SayKind
from ivr.flow.nodes.send import SendKind
from ivr.flow.nodes.transfer import TransferKind

#: What is asked before the menu where an earlier call broke off.
RESUME_KIND = ResumeKind()

#: Kinds by their name in the menu language.
KINDS: dict[str, NodeKind] = {
    "say": SayKind(),
    "menu": MenuKind(),
    "collect": CollectKind(),
    "ask": AskKind(),
    "query": QueryKind(),
    "branch": BranchKind(),
    "set": SetKind(),
    "record": RecordKind(),
    "rate": RateKind(),
    "send": SendKind(),
    "transfer": TransferKind(),
    "callback": CallbackKind(),
    "remember": RememberKind(),
    "call": CallKind(),
    "language": LanguageKind(),
    "hangup": HangUpKind(),
}
