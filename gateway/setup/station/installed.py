"""A gateway's settings where an installed one keeps its things."""

from msgspec.structs import replace

from gateway.config.types import GatewayConfig
from gateway.setup.station.places import CONSOLE, GATEWAY, Installed


def installed(settings: GatewayConfig, places: Installed) -> GatewayConfig:
    """The same gateway, with state, keys and sockets in the places of its units."""
    state = places.state(GATEWAY)
    return replace(
        settings,
        gateway=replace(
            settings.gateway, state_dir=str(state), status_socket=str(places.status_socket)
        ),
        hardware=replace(settings.hardware, forecourt_socket=str(places.forecourt_socket)),
        keys=replace(
            settings.keys,
            private_file=str(places.private(GATEWAY)),
            statements_dir=str(places.statements),
        ),
        console=replace(settings.console, receipts_dir=str(places.state(CONSOLE))),
    )
