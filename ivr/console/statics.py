"""Style, script and pictures: files of ours, named one by one, so that no path leads anywhere else."""

from __future__ import annotations

from importlib import resources
from typing import Any

from twisted.web.server import Request

_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_FILES = {
    file.name: (file.read_bytes(), _TYPES[file.name[file.name.rindex(".") :]])
    for file in (resources.files("ivr.console") / "static").iterdir()
    if file.name.endswith(tuple(_TYPES))
}


def serve(request: Request, name: Any) -> bytes:
    """Send a static file. Its address changes with its content, so browsers may keep it."""
    found = _FILES.get(str(name))
    if found is None:
        request.setResponseCode(404)
        return b"404\n"
    content, kind = found
    request.setHeader("Content-Type", kind)
    request.setHeader("X-Content-Type-Options", "nosniff")
    request.setHeader("Cache-Control", "public, max-age=31536000, immutable")
    return content
