"""What a connector's YAML file may say. `docs/connectors.md` explains it to those who write one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from backend_client.connectors.expressions import Expression, ExpressionError
from backend_client.operations import OPERATIONS

VERSION = 1


class MappingError(ValueError):
    """A mapping that cannot be used. The message has one line for each thing that is wrong, with its key's path."""


class Part(BaseModel):
    """Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Authentication(Part):
    """How the department's system knows the gateway. The secret stands in a file, never in the mapping.

    `bearer`: a token; `basic`: `user:password`; `header`: the secret in a header of its own.
    """

    kind: Literal["none", "bearer", "basic", "header"] = "none"
    secret_file: Path | None = None
    header: str = Field("", pattern=r"^[A-Za-z0-9-]{0,64}$")

    @model_validator(mode="after")
    def _is_whole(self) -> Authentication:
        if (self.kind != "none") != (self.secret_file is not None):
            raise ValueError("secret_file: needed for every kind but none")
        if (self.kind == "header") != bool(self.header):
            raise ValueError("header: needed for the kind header, and only there")
        return self


class RestSource(Part):
    """A system that speaks JSON over HTTP."""

    kind: Literal["rest"]
    base_url: str = Field(pattern=r"^https?://[^\s?#]+$")
    ca_file: Path | None = None
    authentication: Authentication = Authentication()
    size_limit: int = Field(1_000_000, ge=1000, le=20_000_000)


class SoapSource(Part):
    """A system that speaks XML over HTTP: SOAP 1.1, or plain XML."""

    kind: Literal["soap"]
    base_url: str = Field(pattern=r"^https?://[^\s?#]+$")
    ca_file: Path | None = None
    authentication: Authentication = Authentication()
    size_limit: int = Field(1_000_000, ge=1000, le=20_000_000)
    lists: list[str] = Field(default_factory=list, description="elements that are lists even when there is one of them")


HostKey = Annotated[str, Field(pattern=r"^(ssh|ecdsa|sk)-\S+ [A-Za-z0-9+/=]+( .*)?$")]


class CsvFiles(Part):
    """Files that a system puts into a folder, each a whole new state. The newest counts."""

    pattern: str = Field("*.csv", pattern=r"^[^/]+$")
    encoding: Literal["utf-8", "gb18030"] = "utf-8"
    separator: str = Field(",", min_length=1, max_length=1)


class CsvSource(CsvFiles):
    """Files in a folder of this machine."""

    kind: Literal["csv"]
    folder: Path


class SftpSource(CsvFiles):
    """Files in a folder of an SFTP server. One of `key_file`, `password_file` and `password_variable` says who asks.

    Attributes:
        host_keys: the server's public keys, as `ssh-keyscan` prints them behind the name of the host.
        key_file: a private key without a passphrase.
        password_variable: the environment variable that holds the password.
        look_every_s: how long the newest file is taken for the newest.
    """

    kind: Literal["sftp"]
    host: str = Field(min_length=1)
    port: int = Field(22, ge=1, le=65535)
    user: str = Field(min_length=1)
    host_keys: list[HostKey] = Field(min_length=1)
    key_file: Path | None = None
    password_file: Path | None = None
    password_variable: str = Field("", pattern=r"^[A-Z0-9_]*$")
    folder: str = Field(".", min_length=1)
    size_limit: int = Field(5_000_000, ge=1000, le=100_000_000)
    look_every_s: int = Field(60, ge=0, le=86_400)

    @model_validator(mode="after")
    def _is_whole(self) -> SftpSource:
        if sum(map(bool, (self.key_file, self.password_file, self.password_variable))) != 1:
            raise ValueError("one of key_file, password_file and password_variable is needed")
        return self


class RestRequest(Part):
    """What is asked. `{argument}` in a path is the argument; values of query and body are expressions on arguments."""

    method: Literal["GET", "POST"] = "GET"
    path: str = Field(pattern=r"^/[^\s?#]*$")
    query: dict[str, Expression] = Field(default_factory=dict)
    body: dict[str, Expression] = Field(default_factory=dict)


class SoapRequest(Part):
    """What is asked. `{argument}` in the body is the argument, escaped."""

    path: str = Field("/", pattern=r"^/[^\s?#]*$")
    action: str = ""
    body: str = Field(min_length=1)


class CsvRequest(Part):
    """Which rows are meant: column to an expression on arguments that it must be equal to."""

    where: dict[str, Expression] = Field(min_length=1)


class Example(Part):
    """What the department says, and what callers must be told then. Runs as a test in `ivr backend check`."""

    name: str = Field(min_length=1)
    arguments: dict[str, str]
    says: str = Field(min_length=1, description="the department's answer as it comes: JSON, XML, or a CSV file")
    gives: dict[str, Any] | None = Field(description="some fields of the answer; null when there is no such thing")


class OperationMapping(Part):
    """How one operation is answered.

    Attributes:
        found: whether the department has it; it has when the value is anything but null, false or empty.
        answer: field of the contract to where it comes from.
        owns: with this, the operation only fills these fields of another connector's answer.
        instead: what these fields hold when the department does not answer.
    """

    request: RestRequest | SoapRequest | CsvRequest
    found: Expression
    answer: dict[str, Expression] = Field(min_length=1)
    owns: bool = False
    instead: dict[str, Any] = Field(default_factory=dict)
    examples: list[Example] = Field(min_length=1)


class Mapping(Part):
    """A connector."""

    connector: Literal[1]
    department: Annotated[str, Field(min_length=1)]
    source: Annotated[RestSource | SoapSource | CsvSource | SftpSource, Field(discriminator="kind")]
    codes: dict[str, dict[str, str]] = Field(default_factory=dict)
    operations: dict[str, OperationMapping] = Field(min_length=1)

    @field_validator("operations")
    @classmethod
    def _are_known(cls, operations: dict[str, OperationMapping]) -> dict[str, OperationMapping]:
        for name, mapping in operations.items():
            if name not in OPERATIONS:
                raise ValueError(f"{name}: no such operation; docs/backend.md has all of them")
            fields = OPERATIONS[name].result.model_fields
            unknown = sorted(set(mapping.answer) - set(fields))
            if unknown:
                raise ValueError(f"{name}: the contract has no field {unknown[0]}; it has {', '.join(fields)}")
            missing = sorted(
                field for field, info in fields.items() if info.is_required() and field not in mapping.answer
            )
            if missing and not mapping.owns:
                raise ValueError(f"{name}: nothing says where {', '.join(missing)} come from")
            if set(mapping.instead) - set(mapping.answer) or (mapping.instead and not mapping.owns):
                raise ValueError(f"{name}: instead: only for fields of the answer, where `owns` is true")
        return operations

    @model_validator(mode="after")
    def _requests_fit(self) -> Mapping:
        wanted = {"rest": RestRequest, "soap": SoapRequest, "csv": CsvRequest, "sftp": CsvRequest}[self.source.kind]
        for name, mapping in self.operations.items():
            if not isinstance(mapping.request, wanted):
                raise ValueError(f"operations.{name}.request: not a request to a {self.source.kind} source")
        return self


def load_mapping(file: Path) -> Mapping:
    """Read a mapping. Paths in it are relative to its folder.

    Raises:
        MappingError: it cannot be read or used.
    """
    try:
        data = YAML(typ="safe", pure=True).load(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise MappingError(f"{file}: cannot be read: {error}") from error
    except YAMLError as error:
        raise MappingError(f"{file}: not YAML: {error}") from error
    try:
        mapping = Mapping.model_validate(data)
    except (ValidationError, ExpressionError) as error:
        problems = error.errors() if isinstance(error, ValidationError) else []
        lines = [f"{file}: {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in problems]
        raise MappingError("\n".join(lines) or f"{file}: {error}") from error
    return _below(file.parent, mapping)


def _below(folder: Path, mapping: Mapping) -> Mapping:
    source: Any = mapping.source
    changes: dict[str, Any] = {}
    if isinstance(source, CsvSource):
        changes["folder"] = folder / source.folder
    elif isinstance(source, SftpSource):
        files = {name: getattr(source, name) for name in ("key_file", "password_file")}
        changes |= {name: folder / file for name, file in files.items() if file}
    else:
        secret = source.authentication.secret_file
        if secret:
            changes["authentication"] = source.authentication.model_copy(update={"secret_file": folder / secret})
        if source.ca_file:
            changes["ca_file"] = folder / source.ca_file
    return mapping.model_copy(update={"source": source.model_copy(update=changes)})
