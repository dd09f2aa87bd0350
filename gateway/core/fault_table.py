"""The README's table of faults: what each means, what follows, and what ends it.

`python -m gateway.core.fault_table` prints it; scripts/diagram.py puts it into README.md.
"""

from types import MappingProxyType

from gateway.core.reasons import Fault

MEANING = MappingProxyType(
    {
        Fault.CONTACT_WELDED: (
            "the Pi's relay reads made though it was not told to, at the next fill at the latest",
            "",
        ),
        Fault.LIMITER_WELDED: (
            "the second contact reads made though it was not told to, at the next fill at the "
            "latest",
            "",
        ),
        Fault.CONTACT_NOT_MADE: ("the Pi's relay was told to make and reads open", ""),
        Fault.LIMITER_NOT_MADE: (
            "the second contact was told to make and reads open",
            "not where the gateway stood still: see below",
        ),
        Fault.VALVE_NOT_SHUT: (
            "flow goes on 5 s after the valve was shut",
            "what flows on is unauthorised",
        ),
        Fault.VALVE_NOT_SLOW: (
            "a two-stage valve stays fast",
            "the reservation covers what still passes",
        ),
        Fault.PULSER_CHATTER: ("more pulses than the pump can give", ""),
        Fault.PULSER_CHANNEL: ("a channel of an A/B pulser is missing or does not alternate", ""),
        Fault.REVERSE_FLOW: ("an A/B pulser turns backwards", "nothing is subtracted from a sale"),
        Fault.INPUTS_DISAGREE: (
            "Pi and co-processor see nozzle or emergency stop differently for 1 s",
            "",
        ),
        Fault.TOTALISER_LOST: (
            "the co-processor's totaliser could not be read after a restart",
            "it begins anew; compare the dispenser's own",
        ),
        Fault.UNCOUNTED: (
            "the co-processor began anew in a fill: pulses may have passed that nobody counted",
            "compare the dispenser's own",
        ),
        Fault.LIMITER_FAULT: (
            "the co-processor tells a fault that this version does not know, or a count that grew "
            "faster than any pulser turns",
            "",
        ),
        Fault.PUMP_SILENT: ("the pump's contacts, nozzle or meter do not answer", ""),
        Fault.LIMITER_SILENT: (
            "the co-processor does not answer",
            "its lease runs out; the sale waits 60 s for its count",
        ),
        Fault.READER_SILENT: ("the card reader does not answer", "a fill that closes goes on"),
        Fault.STORE_SILENT: ("the ledger has not answered for 10 s", ""),
    }
)
"""What is seen, and what follows beside the response that all faults share; the latter may be
nothing."""


def markdown() -> str:
    """A table with one row a fault, without a trailing newline."""
    return "\n".join(
        [
            "| fault | what is seen | and | ends by |",
            "|---|---|---|---|",
            *(_row(fault) for fault in Fault),
        ]
    )


def _row(fault: Fault) -> str:
    seen, further = MEANING[fault]
    return f"| `{fault}` | {seen} | {further} | {'a card' if fault.locks else 'itself'} |"


if __name__ == "__main__":
    print(markdown())  # noqa: T201
