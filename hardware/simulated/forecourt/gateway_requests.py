"""What the gateway's drivers can ask of the forecourt: its pins, its buses, its time."""

from typing import Any, assert_never

from hardware.simulated.forecourt import protocol as ask
from hardware.simulated.forecourt.world import World


def serve_gateway(world: World, request: ask.GatewayRequest) -> dict[str, Any] | None:
    """Do one request; None where the protocol gives no answer. ValueError says what is wrong."""
    match request:
        case ask.Advance():
            edges = world.advance(request.until_ns)
            return {"now_ns": world.now_ns, "edges": edges}
        case ask.Pin():
            world.drive(request.pin, request.level)
            return None
        case ask.Spi():
            answer = world.transfer(request.bus, request.device, bytes.fromhex(request.data))
            return {"data": answer.hex(), "now_ns": world.now_ns}
        case ask.Write():
            world.transfer(request.bus, request.device, bytes.fromhex(request.data))
            return None
        case ask.Sleep():
            if not world.simulated:
                raise ValueError("sleep: this forecourt runs in real time; sleep yourself")
            world.run(world.now_ns + request.ns)
            return None
        case ask.Output():
            world.make_output(request.pin)
            return None
        case ask.Input():
            world.make_input(request.pin)
            return None
    assert_never(request)
