"""Settings: one YAML file, one class for each section, everything with a default that works on one machine.

Secrets never stand in the file: it names files or environment variables that hold them. Errors say the path of the key,
what stands there and what is allowed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from backend_client.connectors.settings import ConnectorSettings
from backend_client.messages.settings import MessageSettings
from backend_client.outbox.settings import OutboxSettings
from backend_client.settings import BackendSettings
from backend_client.store.settings import StoreSettings
from ivr.call.directory import read_span
from ivr.console.settings import ConsoleSettings
from ivr.edge.settings import EdgeSettings
from ivr.outbound.settings import OutboundSettings
from ivr.sip.settings import SipSettings
from speech.wire import Address

#: Numbers answered out of the box: the national government hotline number, and a name for SIP phones.
DEFAULT_NUMBERS = {"12345": "hotline", "hotline": "hotline"}
SHIPPED_TREES = Path(__file__).resolve().parent.parent / "menus" / "trees"


class SettingsError(ValueError):
    """The settings cannot be used. The message has one line for each key that is wrong."""


class Section(BaseModel):
    """Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MenuSettings(Section):
    """Which trees there are and which one a number leads to."""

    folder: Path = Field(SHIPPED_TREES, description="folder of the menu trees")
    published: bool = Field(
        True, description="serve what was published with `ivr menus publish`, if anything was; else the folder"
    )
    numbers: dict[Annotated[str, Field(pattern=r"^[0-9A-Za-z_.+*#-]{1,64}$")], str] = Field(
        default_factory=lambda: dict(DEFAULT_NUMBERS),
        min_length=1,
        description="number dialled -> id of the tree that answers it",
    )


class TransferSettings(Section):
    """The only numbers that the gateway ever dials."""

    targets: dict[
        Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")],
        Annotated[str, Field(pattern=r"^sips?:[^\s<>@]+@[^\s<>@]+$")],
    ] = Field(default_factory=dict, description="name used in menus -> SIP URI")
    hours: dict[str, str] = Field(
        default_factory=dict,
        description="name -> 每天可转接的时段 / span of the day, 08:30-17:30; others always",
    )
    most_per_hour: int = Field(
        120, ge=0, description="每个接线进程一小时最多转几次 / most transfers of one line worker in an hour"
    )

    @model_validator(mode="after")
    def _hours_of_targets(self) -> TransferSettings:
        for name, span in self.hours.items():
            if name not in self.targets:
                raise ValueError(f"hours.{name}: 没有这个转接目标 / there is no such target")
            read_span(span)
        return self


def _checked_address(worker: str) -> str:
    if worker:
        Address.parse(worker)
    return worker


class VoiceSettings(Section):
    """How prompts are spoken."""

    worker: str = Field("", description="address of a speech worker: unix:PATH or tcp:HOST:PORT; empty for our own")
    threads: int = Field(2, ge=1, le=64, description="threads of our own speech worker")

    @field_validator("worker")
    @classmethod
    def _is_address(cls, worker: str) -> str:
        return _checked_address(worker)


class HearingSettings(Section):
    """Whether and how callers may speak instead of pressing keys."""

    enabled: bool = Field(True, description="来电人可以说话 / callers may speak, where speech is understood")
    worker: str = Field("", description="address of the speech worker that hears; empty for the one that speaks")
    patience_ms: int = Field(
        1500,
        ge=200,
        le=10_000,
        description="话说完后最多等多久（毫秒）/ longest wait for a decision after speech; then keys alone",
    )

    turns: int = Field(8, ge=1, le=256, description="callers that our own speech worker hears at once")
    recognisers: dict[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], str] = Field(
        default_factory=dict,
        description="language -> address of another Wyoming server that recognises it, such as zh: tcp:10.0.0.5:10300",
    )

    @field_validator("worker")
    @classmethod
    def _is_address(cls, worker: str) -> str:
        return _checked_address(worker)

    @field_validator("recognisers")
    @classmethod
    def _are_addresses(cls, recognisers: dict[str, str]) -> dict[str, str]:
        return {language: _checked_address(address) for language, address in recognisers.items()}


class LogSettings(Section):
    """Where the calls are written."""

    database: str = Field("", description="SQLAlchemy URL of the call log; empty for SQLite in the data folder")
    format: Literal["lines", "json"] = Field("lines", description="lines for people, json for programs")
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="least level that is logged")


class LineSettings(Section):
    """How many calls at once, and how they are spread over processes."""

    count: int = Field(4, ge=1, le=2000, description="最多同时几路电话 / calls at once on this machine")
    port_first: int = Field(
        15061,
        ge=1024,
        le=65000,
        description="各接线进程的内部 SIP 端口从这里起 / first SIP port of workers behind the edge",
    )
    bind_to_cores: bool = Field(True, description="接线进程各绑一个处理器核 / bind each worker to a core, in turn")


class RetentionSettings(Section):
    """How long what is kept of calls is kept; `ivr retention run` deletes what is older."""

    # Article 21 of the Cybersecurity Law of the PRC: network logs are kept for six months at least.
    calls_days: int = Field(730, ge=184, le=36500, description="通话记录保存多少天，至少半年 / calls and their steps")
    recordings_days: int = Field(184, ge=1, le=36500, description="录音保存多少天 / recordings")
    transcripts_days: int = Field(
        184,
        ge=1,
        le=36500,
        description="办结以后，记下的原话保存多少天 / what was written down of recordings, once the work is done",
    )


class Settings(Section):
    """All settings of a gateway."""

    sip: SipSettings = Field(default_factory=SipSettings)
    lines: LineSettings = Field(default_factory=lambda: LineSettings())
    edge: EdgeSettings = Field(default_factory=lambda: EdgeSettings())
    menus: MenuSettings = Field(default_factory=lambda: MenuSettings())
    backend: BackendSettings = Field(default_factory=lambda: BackendSettings())
    answers: StoreSettings = Field(default_factory=lambda: StoreSettings())
    connectors: ConnectorSettings = Field(default_factory=lambda: ConnectorSettings())
    outbox: OutboxSettings = Field(default_factory=lambda: OutboxSettings())
    messages: MessageSettings = Field(default_factory=lambda: MessageSettings())
    transfer: TransferSettings = Field(default_factory=lambda: TransferSettings())
    outbound: OutboundSettings = Field(default_factory=lambda: OutboundSettings())
    voice: VoiceSettings = Field(default_factory=lambda: VoiceSettings())
    hearing: HearingSettings = Field(default_factory=lambda: HearingSettings())
    log: LogSettings = Field(default_factory=lambda: LogSettings())
    retention: RetentionSettings = Field(default_factory=lambda: RetentionSettings())
    console: ConsoleSettings = Field(default_factory=lambda: ConsoleSettings())


class DataFolder:
    """Where a gateway keeps what it makes. Everything below one folder, so that it is easy to back up and to move.

    Args:
        root: the folder; it is made when something is written into it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.models = self.root / "models"
        self.prompts = self.root / "prompts"
        self.journal = self.root / "journal"
        self.log = self.root / "log"
        self.menus = self.root / "menus"
        self.run = self.root / "run"
        self.live = self.run / "live"
        self.waiting = self.run / "waiting.sqlite"
        self.keys = self.root / "keys"
        self.demo_database = self.root / "demo" / "backend.sqlite"
        self.edge = self.run / "edge"
        self.dialogs = self.run / "dialogs"
        self.control = self.run / "control.sock"
        self.template = self.run / "template.sock"
        self.speech_socket = self.run / "speech.sock"
        self.recordings = self.root / "recordings"
        self.recordings_under_way = self.run / "recordings"
        self.callers = self.root / "callers" / "callers.sqlite"
        self.caller_key = self.keys / "caller.key"
        self.outbound = self.root / "outbound" / "outbound.sqlite"
        self.outbox = self.root / "outbox"
        self.messages = self.outbox / "messages.sqlite"
        self.answers = self.root / "answers" / "content.sqlite"
        self.known_answers = self.root / "answers" / "known"
        self.answers_key = self.keys / "answers.key"
        self.wrong_tries = self.root / "answers" / "wrong-tries.sqlite"

    def database_url(self, settings: Settings) -> str:
        return settings.log.database or f"sqlite:///{self.log / 'calls.sqlite'}"

    def speech_address(self, settings: Settings) -> str:
        return settings.voice.worker or f"unix:{self.speech_socket}"

    def hearing_address(self, settings: Settings) -> str:
        return settings.hearing.worker or self.speech_address(settings)


def load_settings(path: Path | None) -> Settings:
    """Read settings, or take the defaults when there is no file.

    Raises:
        SettingsError: the file cannot be read, is not YAML, or has keys or values that are not allowed.
    """
    if path is None:
        return Settings()
    try:
        data = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}") from error
    except YAMLError as error:
        raise SettingsError(f"{path}: not YAML: {error}") from error
    try:
        return Settings.model_validate({} if data is None else data)
    except ValidationError as error:
        lines = [f"{path}: {_describe(problem)}" for problem in error.errors()]
        raise SettingsError("\n".join(lines)) from error


def _describe(problem: Any) -> str:
    """One wrong key as a line: its path, what is wrong, and what stands there."""
    where = ".".join(str(part) for part in problem["loc"]) or "(top level)"
    if problem["type"] == "extra_forbidden":
        return f"{where}: no such setting; docs/settings.md has all of them"
    allowed = problem["msg"].removeprefix("Value error, ")
    hidden = isinstance(problem["input"], dict | list) or problem["loc"][-1:] == ("password",)
    shown = "" if hidden else f" (found {problem['input']!r})"
    return f"{where}: {allowed}{shown}"
