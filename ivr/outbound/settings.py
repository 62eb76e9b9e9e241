"""Settings of the calls that the gateway places."""

from __future__ import annotations

from datetime import time
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ivr.call.directory import read_span


class OutboundSettings(BaseModel):
    """Off unless it is switched on. Only numbers on the backend's list that fit a pattern are called, by one trunk."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = Field(False, description="打电话回访 / place the calls on the backend's list")
    uri: str = Field(
        "",
        pattern=r"^$|^sips?:[^\s<>@{}]*\{number\}[^\s<>@{}]*@[^\s<>@{}]+$",
        description="从哪条线路打，{number} 是号码 / the trunk, such as sip:{number}@provider.example",
    )
    numbers: tuple[Annotated[str, Field(pattern=r"^[1-9?\[][0-9?*\[\]-]*$|^0[1-9?\[][0-9?*\[\]-]*$")], ...] = Field(
        ("1[3-9]?????????",),
        description="可以打的号码，不能是国际长途 / numbers that may be called; ? and [3-9] are digits; never abroad",
    )
    hours: str = Field("09:00-11:30", description="几点到几点打 / the span of the day in which calls are placed")
    weekends: bool = Field(False, description="周末也打 / on Saturdays and Sundays, too")
    most_tries: int = Field(3, ge=1, le=10, description="一件事最多打几次 / tries for one matter at most")
    pause_min: int = Field(120, ge=10, le=10_080, description="再打要隔多久（分钟）/ minutes between two tries")
    most_per_hour: int = Field(30, ge=0, le=1000, description="一小时最多打几个 / calls in an hour at most")
    ring_s: int = Field(30, ge=10, le=90, description="最多响多久（秒）/ longest ringing")
    look_every_s: int = Field(60, ge=1, le=3600, description="多久看一次名单（秒）/ how often the list is read")
    port: int = Field(5062, ge=1, le=65535, description="自己的 SIP 端口 / its own port for SIP")
    rtp_port_first: int = Field(15900, ge=1024, le=65000, description="RTP 起始端口 / first port for RTP")
    trees: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], str] = Field(
        default_factory=lambda: {"callback": "outbound", "rating": "outbound"},
        description="为什么打 -> 用哪棵菜单树 / purpose -> id of the tree",
    )

    @field_validator("hours")
    @classmethod
    def _is_span(cls, hours: str) -> str:
        read_span(hours)
        return hours

    @model_validator(mode="after")
    def _has_a_trunk(self) -> OutboundSettings:
        if self.enabled and not self.uri:
            raise ValueError("uri: 打电话要写从哪条线路打 / a trunk is needed to place calls")
        return self

    @property
    def span(self) -> tuple[time, time]:
        """The hours as two times of the day."""
        return read_span(self.hours)
