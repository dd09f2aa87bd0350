"""The two contacts in series in a valve's circuit, which take turns."""

from gateway.core.reasons import Fault
from gateway.core.units import NS_PER_MS
from gateway.core.valve import Contact, Found, has_lapsed
from hardware.ports import Clock
from hardware.pump.switched import SwitchedContact

TURN_NS = 300 * NS_PER_MS
"""The second contact breaks this long after the first at the latest, seen broken or not."""
LOOK_NS = 10 * NS_PER_MS
"""How often to look whether the first has followed."""
_WELDED = {Contact.ENABLE: Fault.CONTACT_WELDED, Contact.LIMITER: Fault.LIMITER_WELDED}


class Contacts:
    """Broken when created and when closed. Calls raise HardwareError naming the device.

    Not thread-safe: the pump holds the lock.
    """

    def __init__(
        self, enable: SwitchedContact, limiter: SwitchedContact | None, clock: Clock
    ) -> None:
        self._clock = clock
        self._fitted = {Contact.ENABLE: enable}
        if limiter is not None:
            self._fitted[Contact.LIMITER] = limiter
        self._left_ns = dict.fromkeys(self._fitted, clock.monotonic_ns())
        """When each was last told to break, or a timer last fed."""
        self._driven: set[Contact] = set()
        self._limiter_seen = False
        """The limiter's contact has followed since it was first told to make."""
        self._making: Contact | None = None
        """The one that goes first, until the other has been told to make too."""
        self._breaking: Contact | None = None
        self.found: Found | None = None
        """A contact that was made without being told to."""

    @property
    def driven(self) -> bool:
        """At least one is told to be made."""
        return bool(self._driven)

    @property
    def breaking(self) -> bool:
        """One was told to break, and the other waits for it."""
        return self._breaking is not None

    @property
    def moving(self) -> bool:
        """The second has yet to follow the first: call `follow` every 10 ms."""
        return self._making is not None or self._breaking is not None

    def make(self, first: Contact) -> None:
        """Make the first. Nothing is made while one reads made that should long have broken."""
        if Contact.LIMITER not in self._fitted:
            first = Contact.ENABLE
        self.read()  # nothing is made that could not be seen
        if self._is_welded(first) or self._is_welded(first.other):
            return
        self._breaking = None
        self._making = first if len(self._fitted) == 2 else None
        self._drive(first)

    def lapsed(self, hold_ns: int) -> bool:
        """The timer was not fed in time, while it was to keep its contact made."""
        if Contact.LIMITER not in self._driven or self._breaking is not None:
            return False
        fed_ago_ns = self._clock.monotonic_ns() - self._left_ns[Contact.LIMITER]
        made = self._made(Contact.LIMITER)
        self._limiter_seen = self._limiter_seen or made
        return has_lapsed(fed_ago_ns, hold_ns, opened=self._limiter_seen and not made)

    def feed(self) -> int:
        """Start a timer's hold again, unless its turn to make has not come; ns it was unfed."""
        if Contact.LIMITER not in self._driven:
            return 0
        before_ns = self._left_ns[Contact.LIMITER]
        self._drive(Contact.LIMITER)
        return self._clock.monotonic_ns() - before_ns

    def follow(self) -> None:
        """Make or break the second, once the first shows that it has followed."""
        if self._making is not None:
            first, second = self._making, self._making.other
            if self._is_welded(second):
                self.break_both()
            elif self._made(first) and not self._made(second):
                self._making = None
                self._drive(second)
        elif self._breaking is not None:
            waited_ns = self._clock.monotonic_ns() - self._left_ns[self._breaking]
            if waited_ns >= TURN_NS or not self._made(self._breaking):
                self.break_both()

    def break_in_turn(self, first: Contact) -> None:
        """Break one; `follow` breaks the other."""
        if len(self._driven) < 2:
            self.break_both()
            return
        self._let_go(first)
        self._breaking = first

    def break_both(self) -> None:
        """Let go of both; a failing one does not spare the other."""
        self._making = self._breaking = None
        try:
            self._let_go(Contact.ENABLE)
        finally:
            if Contact.LIMITER in self._fitted:
                self._let_go(Contact.LIMITER)

    def read(self) -> tuple[bool, bool | None]:
        """Read-backs of the enable relay and of the limiter's contact; None: none is fitted."""
        limiter = self._fitted.get(Contact.LIMITER)
        limiter_made = None if limiter is None else limiter.made
        return bool(self._fitted[Contact.ENABLE].made), limiter_made

    def close(self) -> None:
        for contact in self._fitted.values():
            contact.close()

    def _made(self, contact: Contact) -> bool:
        fitted = self._fitted.get(contact)
        return fitted is not None and bool(fitted.made)

    def _drive(self, contact: Contact) -> None:
        fitted = self._fitted[contact]
        if fitted.runs_out:
            self._left_ns[contact] = self._clock.monotonic_ns()
        fitted.make()
        if contact is Contact.LIMITER and contact not in self._driven:
            self._limiter_seen = False
        self._driven.add(contact)

    def _let_go(self, contact: Contact) -> None:
        fitted = self._fitted[contact]
        fitted.let_go()
        if contact in self._driven:
            self._driven.discard(contact)
            if not fitted.runs_out:
                self._left_ns[contact] = self._clock.monotonic_ns()

    def _is_welded(self, contact: Contact) -> bool:
        """Made, though it was not told to, for longer than it may take to break."""
        fitted = self._fitted.get(contact)
        if fitted is None or contact in self._driven:
            return False
        left_ns = self._clock.monotonic_ns() - self._left_ns[contact]
        if left_ns <= fitted.release_max_ns or not fitted.made:
            return False
        self.found = Found(
            _WELDED[contact],
            f"{fitted.name}: expected its contact to be broken, found it made; check for "
            "a welded or bridged contact before selling again",
        )
        return True
