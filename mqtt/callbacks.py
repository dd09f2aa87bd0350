"""What the link tells the gateway."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.core.facts import KeyStatement
from gateway.core.log import Entry
from mqtt.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCallbacks:
    """What the gateway is told, always from the link's thread; quick, for the link waits.

    on_ack(epoch, through)  central has committed every entry up to this one, as it says in this
                            epoch: void where a newer one has been adopted meanwhile
    on_time(through, time)  it was this time (UTC text) when it acknowledged that entry; told
                            before on_ack
    on_directives(entries)  directives that continue the applied ones, in order; if it raises
                            they are asked for again
    on_snapshot(snapshot)   what all directives up to its own say, in place of ours; likewise
    on_complete()           every directive that central has was handed over, as its head says
    on_epoch(epoch, through)  adopt a new epoch of central's, durably: it has our ledger up to
                            `through`, and begins its directives anew; if it raises it is
                            called again
    on_keys(statements)     what the root says of central's keys, not yet checked; True if that was
                            news, and seals may now be good that were not; if it raises it is
                            called again
    on_forked(detail)       central holds another history of our ledger: stop selling
    on_unreadable(detail)   central sealed directives that this version cannot read, and so cannot
                            pass by: a block of a card may be in them, so sell nothing
    on_state(online, why)   online is: connected, and no acknowledgement overdue
    """

    on_ack: Callable[[int, int], None]
    on_time: Callable[[int, str], None] = lambda _through, _time: None
    on_directives: Callable[[list[Entry]], None]
    on_snapshot: Callable[[Snapshot], None]
    on_complete: Callable[[], None]
    on_epoch: Callable[[int, int], None]
    on_keys: Callable[[list[KeyStatement]], bool] = lambda _statements: False
    on_forked: Callable[[str], None]
    on_unreadable: Callable[[str], None]
    on_state: Callable[[bool, str], None]
