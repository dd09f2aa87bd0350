"""The co-processor as witness, behind its port: the firmware's own code answers."""

import pytest

from gateway.core.witness import Witnessed
from hardware.ports import HardwareError, LinkLost
from hardware.pump.pico_witness import PicoReceipt, PicoWitness
from tests.hardware.pump.pico_bench import MS, PicoBench

PLACE = Witnessed("0123456789abcdef", 41, "fedcba9876543210", 7)


@pytest.fixture
def witness(pico: PicoBench) -> PicoWitness:
    return PicoWitness(pico.link, "bench")


def answer(pico: PicoBench, receipt: PicoReceipt) -> str | None:
    pico.pass_time(20 * MS)
    return receipt.answer


def test_a_new_one_has_witnessed_nothing(witness: PicoWitness) -> None:
    assert witness.read() is None


def test_what_it_was_told_it_says_again(pico: PicoBench, witness: PicoWitness) -> None:
    receipt = witness.tell(PLACE)
    assert answer(pico, receipt) == ""
    assert witness.read() == PLACE


def test_it_does_not_go_back(pico: PicoBench, witness: PicoWitness) -> None:
    assert answer(pico, witness.tell(PLACE)) == ""
    older = Witnessed(PLACE.incarnation, 40, PLACE.hash_start, 7)
    assert answer(pico, witness.tell(older)) == "behind"
    other = Witnessed(PLACE.incarnation, 41, "0" * 16, 7)
    assert answer(pico, witness.tell(other)) == "fork"
    assert witness.read() == PLACE


def test_it_remembers_over_a_loss_of_power(pico: PicoBench, witness: PicoWitness) -> None:
    before = witness.connections
    assert answer(pico, witness.tell(PLACE)) == ""
    pico.pass_time(6_000 * MS)
    pico.restart()
    for _ in range(10):
        pico.pass_time(20 * MS)
        pico.link.listen()
    assert witness.connections == before + 1
    assert witness.read() == PLACE


def test_a_pulled_cable(pico: PicoBench, witness: PicoWitness) -> None:
    pico.board.unplug()
    receipt = witness.tell(PLACE)
    assert receipt.answer is None
    with pytest.raises(LinkLost):
        witness.tell(PLACE)
    with pytest.raises(HardwareError):
        witness.read()
