"""Kamailio's configuration, made from a plan and checked by Kamailio itself before it starts.

What is the same everywhere is `routes.cfg` beside this module, to be read as it is. Only addresses, limits and lists
are generated, as definitions in front of it.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import stat
import subprocess
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path

from ivr.edge.addresses import ANY, LOOPBACK, local_address
from ivr.edge.settings import EdgeSettings

ROUTES = Path(__file__).with_name("routes.cfg")
#: Where Debian keeps daemons; an ordinary user's PATH does not look there.
_DAEMONS = "/usr/sbin:/usr/local/sbin"
_MODULES = ("/usr/lib/x86_64-linux-gnu/kamailio/modules", "/usr/lib/kamailio/modules", "/usr/lib64/kamailio/modules")
_CHECK_S = 20.0
#: How many workers an INVITE is offered to before the caller hears that all lines are busy.
_TRIES = 16
#: States of the dispatcher's list.
_ACTIVE, _DISABLED = 0, 4
_MEGABYTES_SHARED = 64
_MEGABYTES_PRIVATE = 8
#: Processes for each UDP socket. One routes several thousand requests a second.
_PROCESSES = 2


class EdgeError(Exception):
    """The edge cannot run; the message says why, and which command mends it."""


@dataclass(frozen=True)
class EdgePlan:
    """What is generated.

    Attributes:
        folder: where the files go.
        bind_address, port, transports, public_address: as in the settings of SIP.
        workers: name of each line worker of this machine to its `HOST:PORT`.
        lines: how many calls there can be at once; for the limit of new calls.
        targets: SIP URIs that workers may call, and nothing else.
        farewell_port: UDP port on loopback from which the supervisor ends calls of workers that have died; None where
            there is no supervisor.
    """

    folder: Path
    bind_address: str
    port: int
    transports: Sequence[str]
    public_address: str | None
    workers: Mapping[str, str]
    lines: int
    targets: Sequence[str] = ()
    farewell_port: int | None = None
    settings: EdgeSettings = field(default_factory=lambda: EdgeSettings())

    @property
    def configuration(self) -> Path:
        return self.folder / "kamailio.cfg"

    @property
    def control(self) -> Path:
        """Kamailio's datagram socket for JSON-RPC."""
        return self.folder / "kamailio.sock"

    @property
    def address(self) -> str:
        """Where callers and workers reach the edge, `HOST:PORT`."""
        return f"{self.public_address or local_address(self.bind_address)}:{self.port}"

    @property
    def local_address(self) -> str:
        """Where processes of this machine reach it, `HOST:PORT`."""
        return f"{LOOPBACK}:{self.port}"

    def command(self) -> list[str]:
        """The command line that runs Kamailio in the foreground, logging to standard error."""
        memory = ["-m", str(_MEGABYTES_SHARED), "-M", str(_MEGABYTES_PRIVATE)]
        return [find_kamailio(), "-DD", "-E", "-f", str(self.configuration), "-Y", str(self.folder), *memory]


def find_kamailio() -> str:
    """Kamailio's executable.

    Raises:
        EdgeError: it is not installed.
    """
    found = shutil.which("kamailio", path=f"{os.environ.get('PATH', '')}:{_DAEMONS}")
    if found is None:
        raise EdgeError(
            "四路以上需要 Kamailio，还没有安装，请执行 / "
            "more than four lines need Kamailio, which is not installed; run: "
            "apt-get install -y --no-install-recommends kamailio"
        )
    return found


def write(plan: EdgePlan, ready: Collection[str] = ()) -> None:
    """Write all files of the plan.

    Args:
        ready: names of the workers that take calls already.

    Raises:
        EdgeError: a certificate or key cannot be used.
        OSError: the folder cannot be written.
    """
    plan.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if plan.settings.key is not None:
        check_key(plan.settings.key)
        _check_tls_module()
    write_destinations(plan, ready)
    _write(plan.folder / "trunks", map(_trunk, plan.settings.trunks))
    if plan.settings.certificate is not None:
        _write(plan.folder / "tls.cfg", _tls(plan.settings))
    _write(plan.configuration, _configuration(plan))


def write_destinations(plan: EdgePlan, ready: Collection[str]) -> None:
    """Write where calls may go. A worker of this machine gets none, and no probe, before it is ready; other machines
    are probed. What runs is told by `ivr.edge.dispatching`; this is for an edge that starts.
    """
    if plan.settings.destinations:
        lines = [f"1 sip:{place} {_ACTIVE}" for place in plan.settings.destinations]
    else:
        states = {name: _ACTIVE if name in ready else _DISABLED for name in plan.workers}
        lines = [f"1 sip:{place} {states[name]}" for name, place in plan.workers.items()]
    _write(plan.folder / "destinations", iter(lines))


def check(plan: EdgePlan) -> None:
    """Have Kamailio read what was written.

    Raises:
        EdgeError: Kamailio is not installed, or does not accept it.
    """
    command = [find_kamailio(), "-c", "-f", str(plan.configuration), "-Y", str(plan.folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_CHECK_S, check=False)
    if done.returncode != 0:
        wrong = [line for line in done.stderr.splitlines() if "ERROR" in line or "CRITICAL" in line]
        raise EdgeError("Kamailio 不接受配置 / Kamailio does not accept the configuration:\n" + "\n".join(wrong[:10]))


def check_ports(plan: EdgePlan) -> None:
    """See that nobody else has the ports, because Kamailio would say so late and obscurely.

    Raises:
        EdgeError: a port is taken, or the address is not of this machine.
    """
    wanted = [(plan.bind_address, plan.port, transport) for transport in plan.transports]
    if plan.settings.certificate is not None:
        wanted.append((plan.bind_address, plan.settings.tls_port, "tcp"))
    for place in plan.workers.values():
        host, _, port = place.rpartition(":")
        wanted.append((host, int(port), "udp"))
    if plan.farewell_port is not None:
        wanted.append((LOOPBACK, plan.farewell_port, "udp"))
    with ExitStack() as open_sockets:
        for address, number, transport in wanted:
            kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
            probe = open_sockets.enter_context(socket.socket(socket.AF_INET, kind))
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, number))
            except OSError as error:
                raise EdgeError(
                    f"不能监听 / cannot listen on {address}:{number}/{transport}: {error.strerror}"
                ) from error


def check_key(key: Path) -> None:
    """See that nobody else reads a private key.

    Raises:
        EdgeError: others can, or it cannot be read.
    """
    try:
        mode = key.stat().st_mode
    except OSError as error:
        raise EdgeError(f"edge.key: {error}") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise EdgeError(f"私钥别人也能读，请执行 / others can read the private key, run: chmod 600 {key}")


def _module_folder() -> Path | None:
    return next((Path(folder) for folder in _MODULES if Path(folder).is_dir()), None)


def _check_tls_module() -> None:
    folder = _module_folder()
    if folder is not None and not (folder / "tls.so").exists():
        raise EdgeError(
            "edge.certificate: Kamailio 的 TLS 模块还没有安装，请执行 / "
            "Kamailio's module for TLS is not installed; run: "
            "apt-get install -y --no-install-recommends kamailio-tls-modules"
        )


def _configuration(plan: EdgePlan) -> Iterator[str]:
    settings = plan.settings
    yield "#!KAMAILIO"
    yield "# Generated from the settings by ivr/edge/kamailio.py; changes are lost with the next start."
    if settings.trunks:
        yield "#!define WITH_TRUNKS"
    if settings.certificate is not None:
        yield "#!define WITH_TLS"
    if plan.farewell_port is not None:
        yield "#!define WITH_FAREWELL"
    for name, value in _definitions(plan).items():
        yield f'#!substdef "!{name}!{value}!g"'
    yield from _listening(plan)
    yield f"children={_PROCESSES}"
    yield f"tcp_children={_PROCESSES}"
    module_folder = _module_folder()
    if module_folder is not None:
        yield f'mpath="{module_folder}/"'
    yield f'include_file "{ROUTES}"'
    yield "event_route[htable:mod-init] {"
    for name, place in plan.workers.items():
        yield f'    $sht(workers=>{name}) = "sip:{place}";'
    for target in plan.targets:
        yield f"    $sht(targets=>{_target(target)}) = 1;"
    if not plan.workers and not plan.targets:
        yield "    return;"
    yield "}"


def _definitions(plan: EdgePlan) -> dict[str, str]:
    settings = plan.settings
    return {
        "EDGE_SOCKET": str(plan.control),
        "EDGE_DESTINATIONS": str(plan.folder / "destinations"),
        "EDGE_TRUNKS": str(plan.folder / "trunks"),
        "EDGE_TLS": str(plan.folder / "tls.cfg"),
        "EDGE_BAN_S": str(settings.ban_s),
        "EDGE_SOURCE_REQUESTS": str(settings.requests_per_source),
        "EDGE_CALLS_PER_S": str(settings.calls_per_second or max(10, plan.lines // 4)),
        "EDGE_CALLER_CALLS": str(settings.calls_per_caller),
        "EDGE_STRIKES": str(settings.strikes),
        "EDGE_FAREWELL_PORT": str(plan.farewell_port or 0),
        "EDGE_TRIES": str(_TRIES),
    }


def _listening(plan: EdgePlan) -> Iterator[str]:
    """Where Kamailio listens. Workers are on loopback, and it must have a UDP socket there to speak to them."""
    if plan.bind_address == ANY and not plan.public_address:
        # Every address of the machine, loopback too, each with a socket of its own: a route must name a real one.
        yield f"port={plan.port}"
        if "tcp" not in plan.transports and plan.settings.certificate is None:  # TLS goes over TCP
            yield "disable_tcp=yes"
        if plan.settings.certificate is not None:
            yield "enable_tls=yes"
            yield f"tls_port_no={plan.settings.tls_port}"
        return
    outside = local_address(plan.bind_address)
    ports = [(transport, plan.port) for transport in plan.transports]
    if plan.settings.certificate is not None:
        yield "enable_tls=yes"
        ports.append(("tls", plan.settings.tls_port))
    if all(transport == "udp" for transport, _ in ports):
        # Its process for TCP has nothing to wait for then, and writes so into the log without end.
        yield "disable_tcp=yes"
    for transport, port in ports:
        advertised = f" advertise {plan.public_address}:{port}" if plan.public_address else ""
        yield f"listen={transport}:{outside}:{port}{advertised}"
    if outside != LOOPBACK or "udp" not in plan.transports:
        yield f"listen=udp:{LOOPBACK}:{plan.port}"


def _tls(settings: EdgeSettings) -> Iterator[str]:
    for section in ("server", "client"):
        yield f"[{section}:default]"
        yield "method = TLSv1.2+"
        yield "verify_certificate = no" if section == "server" else "verify_certificate = yes"
        yield f"certificate = {settings.certificate}"
        yield f"private_key = {settings.key}"
    yield "ca_list = /etc/ssl/certs/ca-certificates.crt"


def _trunk(network: str) -> str:
    """A line of the allow-list: group, address, length of the prefix. `ADDRESS/LENGTH` would be taken for a name."""
    place = ip_network(network)
    return f"1 {place.network_address} {place.prefixlen}"


def _target(uri: str) -> str:
    """`USER@HOST` of a SIP URI, as the routes look it up."""
    found = re.match(r"^sips?:([^@;?]+)@([^:;?>]+)", uri)
    return f"{found[1]}@{found[2]}" if found else "nobody"


def _write(file: Path, lines: Iterator[str]) -> None:
    draft = file.with_name(f".{file.name}.draft")
    draft.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    draft.chmod(0o600)
    draft.replace(file)
