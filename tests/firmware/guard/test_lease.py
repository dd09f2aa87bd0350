import pytest

from firmware.guard.lease import LEAST_US, MOST_US, Lease


@pytest.mark.parametrize("hold_us", [LEAST_US, 300_000, MOST_US])
def test_holds_for_its_time_from_each_renewal(hold_us: int) -> None:
    lease = Lease()
    assert not lease.fresh(0)
    lease.grant(5, hold_us, 1000)
    assert lease.fresh(1000 + hold_us - 1)
    lease.renew(1000 + hold_us - 1)
    assert lease.fresh(1000 + 2 * hold_us - 2)
    assert not lease.fresh(1000 + 2 * hold_us - 1)


@pytest.mark.parametrize("hold_us", [0, LEAST_US - 1, MOST_US + 1])
def test_refuses_a_length_out_of_bounds(hold_us: int) -> None:
    lease = Lease()
    with pytest.raises(ValueError, match=f"lease of {hold_us} us: expected 100000 to 1000000"):
        lease.grant(5, hold_us, 0)
    assert not lease.fresh(0)


def test_once_lapsed_or_given_up_it_is_not_renewed() -> None:
    lease = Lease()
    lease.grant(5, LEAST_US, 0)
    lease.renew(LEAST_US)
    assert not lease.fresh(LEAST_US)
    lease.grant(6, LEAST_US, LEAST_US)
    lease.give_up()
    lease.renew(LEAST_US)
    assert not lease.fresh(LEAST_US)
