"""The eight ways to break the grant protocol, in the order of quota-protocol.md."""

from enum import Enum


class Mutation(Enum):
    """A switch in the model's rules; the value says what is done wrong."""

    TIME_OUT = "the server takes litres back on a time-out, not on Close"
    VALVE_FIRST = "the valve opens before the reservation is durable"
    CHARGE_METERED = "after a crash only the last metered value is charged"
    CLOSE_FIRST = "Close is sent before it is durable"
    DELTAS = "reports are deltas, not cumulative"
    NO_HIGH_WATER = "no high-water mark"
    CLOSE_FORGOTTEN = "Close(0) is answered for a grant whose closed record was forgotten"
    OLD_IMAGE = "an old SD-card image is used without a fresh incarnation"
