"""The settings of the telephone side: addresses, numbers, trunk, limits."""

from __future__ import annotations

import os
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

Transport = Literal["udp", "tcp"]
Encryption = Literal["off", "optional", "required"]
Port = int


class Settings(BaseModel):
    """Common to both: unknown keys are errors, nothing changes after start."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TrunkSettings(Settings):
    """The provider or PBX with which the gateway registers (RFC 3261 section 10, digest of section 22)."""

    registrar: str = Field(pattern=r"^sips?:", description="注册服务器 / such as sip:provider.example")
    user: str = Field(min_length=1, description="用户名 / user name")
    realm: str = Field("*", description="认证域，* 表示任意 / realm of the digest, * for any")
    password: SecretStr | None = Field(None, description="密码 / the password itself")
    password_file: Path | None = Field(None, description="存密码的文件 / a file that holds the password")
    password_environment: str | None = Field(None, description="存密码的环境变量 / environment variable that holds it")
    expires_s: int = Field(300, ge=30, le=86400, description="注册有效期（秒）/ how long a registration lasts")

    @model_validator(mode="after")
    def _one_password(self) -> TrunkSettings:
        given = [self.password, self.password_file, self.password_environment]
        if sum(source is not None for source in given) != 1:
            raise ValueError(
                "password、password_file、password_environment 三选一 / "
                "give exactly one of password, password_file and password_environment"
            )
        return self

    def secret(self) -> str:
        """The password, read now.

        Raises:
            OSError: the file cannot be read.
            KeyError: the environment variable is not set.
        """
        if self.password is not None:
            return self.password.get_secret_value()
        if self.password_file is not None:
            return self.password_file.read_text(encoding="utf-8").strip()
        return os.environ[self.password_environment or ""]


class SipSettings(Settings):
    """Everything that the telephone side can be told."""

    bind_address: str = Field("0.0.0.0", description="监听地址 / local address for SIP and RTP")
    port: Port = Field(5060, ge=1, le=65535, description="SIP 端口 / port for SIP")
    transports: tuple[Transport, ...] = Field(("udp", "tcp"), min_length=1, description="传输方式 / udp, tcp")
    public_address: str | None = Field(
        None, description="对外地址（在 NAT 后面时）/ address that callers see, behind address translation"
    )
    rtp_port_first: Port = Field(16384, ge=1024, le=65000, description="RTP 起始端口 / first port for RTP")
    rtp_port_count: int = Field(400, ge=20, le=40000, description="RTP 端口数 / number of ports for RTP and RTCP")
    srtp: Encryption = Field(
        "off",
        description="语音加密：off 不用，optional 对方要就用，required 不加密不接 / encrypted media (SRTP): "
        "taken where it is offered, or demanded; its keys are in the SDP, so signalling should be TLS up to the edge",
    )
    numbers: tuple[str, ...] = Field(
        ("*",), min_length=1, description="接听的号码，可用 * 和 ? / numbers answered; * and ? stand for digits"
    )
    max_calls: int = Field(4, ge=1, le=512, description="最多同时通话 / calls at once; PJSIP may allow fewer")
    media_timeout_s: float = Field(
        30.0, gt=0, description="收不到语音多久算断线（秒）/ seconds without RTP after which a call is lost"
    )
    session_expires_s: int = Field(1800, ge=90, description="会话定时器（秒）/ session timer, RFC 4028, at least 90")
    inband_keys: bool = Field(
        True, description="听语音里的按键音 / look for key tones in the audio until the call shows a better way"
    )
    nameservers: tuple[str, ...] | None = Field(
        None,
        description="域名服务器；不写用系统的 / name servers; those of the system if not given. An empty list asks the "
        "system's own resolver, which knows /etc/hosts but stops all calls while it waits",
    )
    trunk: TrunkSettings | None = Field(None, description="线路注册 / where to register")
    log_level: int = Field(
        0, ge=0, le=6, description="PJSIP 日志详细程度，5 以上含按键 / detail of PJSIP's log; 5 and more shows keys"
    )
    log_file: Path | None = Field(None, description="PJSIP 日志文件 / file for PJSIP's log")
    user_agent: str = Field("Xiangyin", description="自称 / the User-Agent header")

    def nameservers_in_use(self) -> tuple[str, ...]:
        """The name servers that PJSIP asks by itself, without stopping; empty for the system's resolver."""
        return system_nameservers() if self.nameservers is None else self.nameservers


def is_answered(number: str, patterns: Iterable[str]) -> bool:
    """True if this number is one of ours; `*` and `?` in a pattern stand for digits."""
    return any(fnmatchcase(number, pattern) for pattern in patterns)


def system_nameservers(file: Path = Path("/etc/resolv.conf")) -> tuple[str, ...]:
    """The IPv4 name servers of the system (resolv.conf(5)), at most four."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    words = [line.split() for line in lines]
    return tuple(word[1] for word in words if len(word) > 1 and word[0] == "nameserver" and ":" not in word[1])[:4]
