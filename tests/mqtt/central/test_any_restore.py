"""Cards die and centrals are restored at any time: no vehicle ever takes more than its quota.

The central is the real one; gateways are small models that keep the contract's rules.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from gateway.backup.importing import ImportRefused
from gateway.core.chain import GENESIS
from gateway.core.facts import (
    Charge,
    EpochAdopted,
    FormerLedger,
    GatewayRestored,
    GrantActivated,
    GrantClosed,
    GrantRequested,
)
from mqtt.central import epochs
from mqtt.central.database import open_database
from mqtt.central.decisions import DecisionRefused
from mqtt.central.lifting import lift
from mqtt.central.minting import mint
from mqtt.central.report_tables import sales
from mqtt.central.succession import begin_epoch
from mqtt.central.written_off import release
from mqtt.messages import DirectivesMessage
from mqtt.payloads import decode
from mqtt.seal import Seal
from tests.gateway.backup.importing.old_card import exported, taken_in
from tests.mqtt.central.city import NOW, PERIOD, QUOTA_ML, SUBJECTS, ZONE
from tests.mqtt.central.office import Office
from tests.mqtt.central.teller import Teller

which = strategies.sampled_from(["depot-1", "depot-2"])
vehicle = strategies.sampled_from(SUBJECTS)


@dataclass
class Pump:
    """A gateway as the contract wants it: its ledger, and what it may sell."""

    teller: Teller
    acknowledged: int = 0
    position: tuple[int, str] = (0, GENESIS)
    high_water: int = 0
    left_ml: dict[int, int] = field(default_factory=dict)
    given: dict[int, GrantActivated] = field(default_factory=dict)

    def sell(self, subject: str, volume_ml: int) -> int:
        """As much of it as one of its grants has; what was taken."""
        for number, left_ml in self.left_ml.items():
            if self.given[number].subject == subject and left_ml:
                taken_ml = min(left_ml, volume_ml)
                self.left_ml[number] -= taken_ml
                charges = [Charge(number, taken_ml)]
                self.teller.sell(taken_ml, subject=subject, charges=charges)
                return taken_ml
        asked = GrantRequested(kind="vehicle", subject=subject, period=PERIOD, wanted_ml=volume_ml)
        self.teller.tell(asked)
        return 0

    def hear(self, publications: Any) -> None:
        for one in publications:
            if one.topic.endswith("/ack"):
                seal = decode("ledger/ack", one.payload)
                assert isinstance(seal, Seal)
                if (seal.gateway, seal.incarnation) == (self.teller.name, self.teller.incarnation):
                    self._acknowledge(seal)
            elif one.topic == f"takar/v1/{self.teller.name}/directives":
                message = decode("directives", one.payload)
                assert isinstance(message, DirectivesMessage)
                if message.seal.epoch == self.teller.epoch:
                    self._apply(message)

    def _acknowledge(self, seal: Seal) -> None:
        entries = self.teller.entries
        assert seal.sequence <= len(entries)
        assert seal.head == (entries[seal.sequence - 1].hash if seal.sequence else GENESIS)
        if seal.epoch > self.teller.epoch:
            self.teller.tell(EpochAdopted(epoch=seal.epoch, through=seal.sequence))
            self.teller.epoch, self.acknowledged = seal.epoch, seal.sequence
            self.position = (0, GENESIS)
        elif seal.epoch == self.teller.epoch:
            self.acknowledged = max(self.acknowledged, seal.sequence)

    def _apply(self, message: DirectivesMessage) -> None:
        for entry in message.directives:
            assert (entry.sequence - 1, entry.prevhash) == self.position
            self.position = entry.sequence, entry.hash
            number = entry.data.get("grant_no", 0)
            if entry.type == "grant.put" and number > self.high_water:
                self.high_water = number
                wanted = {n: entry.data[n] for n in GrantActivated.__struct_fields__}
                self.given[number] = msgspec.convert(wanted, GrantActivated)
                self.left_ml[number] = entry.data["volume_ml"]
                self.teller.tell(self.given[number])
            elif entry.type == "grant.recall" and number in self.left_ml:
                spent_ml = self.given[number].volume_ml - self.left_ml.pop(number)
                self.teller.tell(GrantClosed(grant_no=number, spent_ml=spent_ml, why="recalled"))


class AnyRestore(RuleBasedStateMachine):
    """Steps in any order; `sold_ml` is what left the nozzles."""

    make: Callable[[Path], Office]
    done: Counter[str]
    """How often persons decided what, over all examples."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="takar-any-restore-"))
        self.office = type(self).make(self.folder)
        self.pumps = {name: Pump(one) for name, one in self.office.tellers.items()}
        self.sold_ml: Counter[str] = Counter()
        self.cards: dict[str, list[Teller]] = {name: [] for name in self.pumps}
        """Dead ones, with what they held at the end, oldest first."""
        self.lives = 0
        self.now = NOW
        self.backup = self._copied()

    def teardown(self) -> None:
        for _ in range(3):
            for name in self.pumps:
                self.talk(name)
        self.keep_the_quotas()
        with self.office.engine.connect() as connection:
            assert epochs.awaited(connection) == []
            known = set(connection.scalars(select(sales.c.sale)))
        kept = {
            entry.data["sale"]
            for pump in self.pumps.values()
            for entry in pump.teller.entries
            if entry.type == "sale.completed"
        }
        assert kept <= known
        self.office.engine.dispose()
        shutil.rmtree(self.folder)

    @rule(name=which, subject=vehicle, volume_ml=strategies.integers(1, 30_000))
    def sell(self, name: str, subject: str, volume_ml: int) -> None:
        self.sold_ml[subject] += self.pumps[name].sell(subject, volume_ml)

    @rule(name=which)
    def drink_dry(self, name: str) -> None:
        """One vehicle takes all that is here, asks for more, and takes that too."""
        self.talk(name)
        for _ in range(2):
            while taken_ml := self.pumps[name].sell(SUBJECTS[0], QUOTA_ML):
                self.sold_ml[SUBJECTS[0]] += taken_ml
            self.talk(name)

    @rule(name=which)
    def talk(self, name: str) -> None:
        """A connection: the ledger goes, acknowledgements and directives come."""
        pump = self.pumps[name]
        for _ in range(4):
            if len(pump.teller.entries) > pump.acknowledged:
                pump.hear(self.office.handle(pump.teller.ledger(pump.acknowledged + 1)))
            first, head = pump.position[0] + 1, pump.position[1]
            pump.hear(self.office.handle(pump.teller.request(first, head)))

    @rule(name=which)
    def lose_the_card(self, name: str) -> None:
        """It goes on with an empty ledger, and with what the technician still knows."""
        self.lives += 1
        former = self.pumps[name].teller
        self.cards[name].append(former)
        fresh = replace(former, incarnation=f"{self.lives:016x}", entries=[])
        fresh.tell(
            GatewayRestored(
                by="technician",
                version="1",
                configuration_hash="0" * 64,
                epoch=former.epoch,
                previous=FormerLedger(
                    incarnation=former.incarnation,
                    sequence=len(former.entries),
                    head=former.entries[-1].hash if former.entries else GENESIS,
                    found="state",
                ),
            )
        )
        self.pumps[name] = Pump(fresh)

    @rule(name=which, at=strategies.integers(0, 9), whole=strategies.booleans())
    def import_card(self, name: str, at: int, *, whole: bool) -> None:
        """A dead card is found and brought: all of it, or a copy of it that is older."""
        cards = [card for card in self.cards[name] if card.entries]
        if not cards:
            return
        card = cards[at % len(cards)]
        entries = card.entries if whole else card.entries[: 1 + at * len(card.entries) // 10]
        self.lives += 1
        path = exported(replace(card, entries=entries), self.folder / f"{self.lives}.jsonl")
        try:
            taken_in(self.office, path)
            self.done["imported"] += 1
        except ImportRefused:
            self.done["import refused"] += 1

    @rule(name=which)
    def lift(self, name: str) -> None:
        with self.office.engine.connect() as connection:
            held = [one for one in epochs.all_withheld(connection) if one.gateway == name]
        for one in held:
            try:
                with self.office.engine.begin() as connection:
                    lift(connection, name, one.incarnation, by="head", reason="found", now=NOW)
                self.done["lifted"] += 1
            except DecisionRefused:
                self.done["lift refused"] += 1

    @rule(name=which, between=strategies.integers(0, 2))
    def lose_both(self, name: str, between: int) -> None:
        """Cards die before and after central does: it never hears of those between."""
        self.talk(name)
        self.sell(name, SUBJECTS[0], QUOTA_ML)
        self.talk(name)
        self.back_up_central()
        for _ in range(between):
            self.lose_the_card(name)
            self.drink_dry(name)
        self.restore_central()
        self.lose_the_card(name)
        for one in self.pumps:
            self.talk(one)

    @rule(name=which)
    def find_all_cards(self, name: str) -> None:
        """What is left of them is brought, the months are opened, and a vehicle comes."""
        for at, card in enumerate(self.cards[name]):
            if card.entries:
                self.import_card(name, at, whole=True)
        self.lift(name)
        self.mint()
        for one in self.pumps:
            self.drink_dry(one)

    @rule(name=which)
    def release(self, name: str) -> None:
        try:
            with self.office.engine.begin() as connection:
                release(connection, name, by="head", reason="burnt", now=NOW)
            self.done["released"] += 1
        except DecisionRefused:
            pass  # nobody waits for it

    @rule()
    def mint(self) -> None:
        with self.office.engine.begin() as connection:
            mint(connection, PERIOD, ZONE, self.now)

    @rule()
    def back_up_central(self) -> None:
        self.backup = self._copied()

    @rule()
    def restore_central(self) -> None:
        self.office.engine.dispose()
        path = self.folder / f"restored-{self.lives}.sqlite3"
        self.lives += 1
        shutil.copy(self.backup, path)
        self.office.engine = open_database(path)
        self.now = self.now.replace(year=self.now.year + 1)
        with self.office.engine.begin() as connection:
            begin_epoch(connection, self.now)

    @invariant()
    def keep_the_quotas(self) -> None:
        for subject, sold_ml in self.sold_ml.items():
            assert sold_ml <= QUOTA_ML, f"{subject} took {sold_ml} ml of {QUOTA_ML} ml"

    def _copied(self) -> Path:
        self.lives += 1
        path = self.folder / f"backup-{self.lives}.sqlite3"
        with self.office.engine.connect() as connection:
            connection.commit()
        raw = self.office.engine.raw_connection()
        try:
            raw.cursor().execute("VACUUM INTO ?", (str(path),))
        finally:
            raw.close()
        return path


@pytest.mark.parametrize(
    "examples", [12, pytest.param(300, marks=pytest.mark.long)], ids=["some", "many"]
)
@pytest.mark.timeout(900)
def test_cards_die_and_centrals_are_restored_at_any_time(
    make_office: Callable[[Path], Office], examples: int
) -> None:
    done: Counter[str] = Counter()
    machine = type("Machine", (AnyRestore,), {"make": staticmethod(make_office), "done": done})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=20,
            deadline=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(f"{examples} searches of 20 steps: {dict(sorted(done.items()))}")
