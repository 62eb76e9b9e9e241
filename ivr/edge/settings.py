"""The settings of the edge: who may call, how often, and where calls go."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class EdgeSettings(BaseModel):
    """Limits hold only where there is an edge: with more than one line worker, or for `ivr edge`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    trunks: tuple[str, ...] = Field(
        (),
        description="只接这些地址或网段来的电话；空为不限 / only these addresses or networks may call; empty for all",
    )
    destinations: tuple[str, ...] = Field(
        (), description="别的机器上的网关 HOST:PORT / gateways on other machines, for `ivr edge`"
    )
    calls_per_second: int = Field(
        0,
        ge=0,
        description="每秒最多接几个新电话；0 按线路数 / new calls a second; 0: a quarter of the lines, at least 10",
    )
    calls_per_caller: int = Field(
        20, ge=1, description="一个号码每分钟最多打几次 / most calls of one number in a minute"
    )
    requests_per_source: int = Field(
        200,
        ge=10,
        description="一个地址两秒内最多几个请求 / most requests of one address in two seconds; trunks are free",
    )
    strikes: int = Field(
        10,
        ge=1,
        description="一分钟内几次可疑请求后拦截 / suspicious requests in a minute before an address is kept out",
    )
    ban_s: int = Field(600, ge=1, description="拦截多久（秒）/ how long it is kept out, in seconds")
    certificate: Path | None = Field(None, description="TLS 证书 / certificate chain for TLS, PEM")
    key: Path | None = Field(None, description="TLS 私钥 / private key for TLS, PEM, readable by its owner only")
    tls_port: int = Field(5061, ge=1, le=65535, description="TLS 端口 / port for SIP over TLS")

    @field_validator("trunks")
    @classmethod
    def _are_networks(cls, trunks: tuple[str, ...]) -> tuple[str, ...]:
        for trunk in trunks:
            ip_network(trunk)
        return trunks

    @field_validator("destinations")
    @classmethod
    def _are_places(cls, destinations: tuple[str, ...]) -> tuple[str, ...]:
        for destination in destinations:
            host, colon, port = destination.rpartition(":")
            if not (host and colon and port.isdecimal() and 0 < int(port) < 65536):
                raise ValueError(f"{destination!r} 不是 HOST:PORT / is not HOST:PORT")
        return destinations

    @model_validator(mode="after")
    def _both_or_none(self) -> EdgeSettings:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate 和 key 要一起给 / certificate and key belong together")
        return self
