"""What a person at a shell, or the demo, can do and see at the forecourt."""

from typing import Any, assert_never

from gateway.core.units import Calibration
from hardware.simulated.cards import card_from
from hardware.simulated.forecourt import protocol as ask
from hardware.simulated.forecourt.flow import NL_PER_ML
from hardware.simulated.forecourt.motorist import Outcome
from hardware.simulated.forecourt.station import Position
from hardware.simulated.forecourt.world import World

Answer = dict[str, Any]


def control(world: World, request: ask.ControlRequest, *, gateway_connected: bool) -> Answer:
    """Do one request; ValueError says why it cannot be done."""
    match request:
        case ask.Stop():
            world.press_stop(pressed=request.pressed)
        case ask.Mains():
            world.switch_mains(on=request.on)
        case ask.Fault():
            world.set_fault(request.pump, request.name, on=request.on, value=request.value)
        case ask.Status():
            return _status(world, gateway_connected=gateway_connected)
        case ask.Scenario():
            _queue(world, request)
        case ask.ScenarioStatus():
            return _scenario_status(world)
        case ask.Elapse():
            if not world.simulated or gateway_connected:
                raise ValueError("elapse: only in simulated time and with no gateway connected")
            world.run(world.now_ns + request.ns)
            world.edges.clear()  # nobody was there to see them
        case _:
            _at_pump(world.position(request.pump), request)
    return {}


def _at_pump(
    position: Position,
    request: ask.Tap | ask.Remove | ask.Lift | ask.Squeeze | ask.Release | ask.Hang | ask.Bypass,
) -> None:
    pump = position.pump
    match request:
        case ask.Tap():
            position.reader.tap(request.cards)
        case ask.Remove():
            position.reader.remove()
        case ask.Lift():
            pump.lift()
        case ask.Squeeze():
            if not pump.lifted:
                raise ValueError(f"squeeze: the nozzle of pump {request.pump} hangs; lift it first")
            pump.squeeze(request.free_ml, request.percent)
        case ask.Release():
            pump.release()
        case ask.Hang():
            pump.hang()
        case ask.Bypass():
            pump.turn_bypass(on=request.on)
        case _:
            assert_never(request)
    position.let_motorist_act()


def _queue(world: World, request: ask.Scenario) -> None:
    for visit in request.visits:  # all or none
        world.position(visit.pump)
        for card in visit.cards:
            card_from(card)
    for visit in request.visits:
        world.position(visit.pump).motorist.invite(world.now_ns, visit)


def _scenario_status(world: World) -> Answer:
    motorists = [position.motorist for position in world.positions.values()]
    ended = [outcome for motorist in motorists for outcome in motorist.outcomes]
    return {
        "done": all(motorist.done for motorist in motorists),
        "visits": sum(motorist.visits for motorist in motorists),
        "visits_done": len(ended),
        "outcomes": {outcome.value: ended.count(outcome) for outcome in Outcome},
    }


def _status(world: World, *, gateway_connected: bool) -> Answer:
    return {
        "now_ns": world.now_ns,
        "utc_ns": world.utc_ns,
        "time": world.settings.time,
        "release": world.settings.release,
        "gateway": gateway_connected,
        "stop": {"pressed": world.stop.pressed, "wire_broken": world.stop.wire_broken},
        "mains": None if world.settings.ups_pin is None else world.mains,
        "picos": [
            {
                "serial": pico.settings.serial,
                "port": str(pico.link.path),
                "pumps": pico.settings.pumps,
                "faults": pico.faults,
            }
            for pico in world.picos
        ],
        "pumps": [_pump(world, number, position) for number, position in world.positions.items()],
    }


def _pump(world: World, number: int, position: Position) -> Answer:
    pump = position.pump
    physics = pump.physics
    calibration: Calibration = physics.calibration
    dispensed_nl = world.dispensed_nl(number)
    dispensed_ml = dispensed_nl // NL_PER_ML
    left_nl = pump.fuel_left_nl
    return {
        "pump": number,
        "nozzle": "lifted" if pump.lifted else "hung",
        "lever": "squeezed" if pump.squeezed else "released",
        "enable_made": pump.enable.made,
        "limiter_made": pump.limiter.made,
        "bypass": pump.bypassed,
        "flow_ml_per_min": pump.flow_ml_per_min,
        "dispensed_nl": dispensed_nl,
        "dispensed_ml": dispensed_ml,
        "totaliser_ml": physics.totaliser_start_ml + dispensed_ml,
        "pulses": pump.pulses,
        "pulse_ml": calibration.pulse_ml,
        "station_tank_ml": None if left_nl is None else left_nl // NL_PER_ML,
        "lamps": position.lamps,
        "cards": position.reader.uids,
        "faults": pump.faults,
    }
