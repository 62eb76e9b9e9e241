"""Settings of the console."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class ConsoleSettings(BaseModel):
    """Where the console listens, and for how long somebody stays signed in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = Field(True, description="随网关启动 / started together with the gateway")
    host: str = Field("127.0.0.1", description="监听地址 / address to listen on; this machine only by default")
    port: int = Field(8080, ge=0, le=65535, description="端口 / port")
    certificate: Path | None = Field(None, description="TLS 证书链，PEM / certificate chain; with it, HTTPS only")
    certificate_key: Path | None = Field(None, description="证书的私钥，PEM / its private key")
    idle_minutes: int = Field(30, ge=1, le=24 * 60, description="多久不用就要重新登录 / signed out when unused")
    session_hours: int = Field(12, ge=1, le=24 * 7, description="登录最长多久 / signed out at the latest")
    metrics_open: bool = Field(True, description="/metrics 本机可读 / readable without a token from this machine")
