"""What this machine's units may do beyond those of every station: addresses beyond private
networks, and a printer's devices."""

import socket
from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path

import gateway
from gateway.config.types import GatewayConfig
from gateway.setup.station.places import Installed
from gateway.store.durable import replace_file

SOURCES = Path(gateway.__file__).resolve().parents[1] / "systemd"
RESOLVER = Path("/etc/resolv.conf")
LOCAL = ("127.0.0.0/8", "::1/128", "169.254.0.0/16", "fe80::/64")
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
"""What the units allow already."""
REACH = """\
# Written by `takar setup`: what is beyond private networks and is needed all the same, which is
# the broker, central, and who knows their names. Addresses of names are those of that day: run it
# again when they change. A VPN needs none of this.
[Service]
"""
ON_A_CABLE = ("usb", "serial", "file")

Address = IPv4Address | IPv6Address
Tell = Callable[[str], None]


def write_drop_ins(places: Installed, settings: GatewayConfig, tell: Tell) -> None:
    """Write, or remove, what the configuration asks for. Where a name is not known now, what there
    is stays as it is, and that is told."""
    hosts = [settings.mqtt.host]
    if settings.enrolment is not None:
        hosts.append(settings.enrolment.host)
    reach = places.units / "takar-gateway.service.d" / "reach.conf"
    try:
        lines = [f"IPAddressAllow={address}" for address in public_addresses(hosts)]
        _put(reach, REACH + "\n".join(lines) + "\n" if lines else None)
    except OSError as error:
        tell(f"{reach} stays as it is: {error}. Run `takar setup` again when the network is up")
    printer = settings.receipt_printer
    plugged = printer is not None and printer.connection in ON_A_CABLE
    _put(
        places.units / "takar-console.service.d" / "printer.conf",
        (SOURCES / "printer.conf").read_text() if plugged else None,
    )


def _put(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, text.encode(), 0o644)


def public_addresses(hosts: Iterable[str], resolver: Path = RESOLVER) -> list[Address]:
    """Addresses of these hosts that the units do not allow, and of the name servers, where a name
    has to be asked for. OSError if one is not known."""
    hosts = list(hosts)
    found: set[Address] = set()
    for host in hosts:
        try:
            told = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise OSError(f"{host}: expected a name that can be resolved here: {error}") from error
        found.update(ip_address(str(one[4][0]).partition("%")[0]) for one in told)
    if not all(map(_is_address, hosts)):
        found.update(_name_servers(resolver))
    return sorted((one for one in found if not _is_allowed(one)), key=str)


def _name_servers(resolver: Path) -> Iterator[Address]:
    lines = resolver.read_text().splitlines() if resolver.exists() else []
    for words in map(str.split, lines):
        if len(words) > 1 and words[0] == "nameserver" and _is_address(words[1]):
            yield ip_address(words[1])


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_allowed(address: Address) -> bool:
    return any(address in ip_network(one) for one in (*LOCAL, *PRIVATE))
