"""Split a quota among gateways for a month: first grants, and a reserve kept at central.

The reasoning. A litre granted to a gateway serves there whether or not the network is up, and
nowhere else until that gateway has closed the grant. A litre in the reserve serves wherever
the network is up, and nowhere else. So:

- **Home station first.** A vehicle fills mostly where it filled before. Each gateway's part
  follows the litres taken there, with one fill spread evenly for what is not known yet.
- **A reserve, as far as gateways can come for it.** Of a gateway's part KEPT_PERMILLE stays
  here if it always has a link, and none if it never has. In between it falls with the square of
  the time with a link: at 90 % offline `takar bench split` shows that even a small reserve
  costs fills, and that with few outages recalls make up for one that is too small.
- **No crumbs.** A part that does not make half a fill serves nobody, and litres lie idle
  there. It goes to the home station and to the reserve instead.

What turns out to be in the wrong place is put right by top-ups and recalls (`topups.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

KEPT_PERMILLE = 300
"""Found with `takar bench split`, whose figures change little between 100 and 500."""
UNKNOWN_ONLINE_PERMILLE = 500


@dataclass(frozen=True, slots=True)
class Place:
    """A gateway, as one holder of a quota knows it."""

    gateway: str
    taken_ml: int = 0
    """What the holder took there in the months before."""
    online_permille: int = UNKNOWN_ONLINE_PERMILLE
    """How often it had a link when someone filled there."""


@dataclass(frozen=True, slots=True)
class Split:
    first_ml: Mapping[str, int]
    """By gateway, in the order given; 0 where it gets nothing before it asks."""
    reserve_ml: int


def split(quota_ml: int, places: Sequence[Place], fill_ml: int) -> Split:
    """First grants and reserve: none negative, together exactly the quota.

    `fill_ml` is a usual fill of the holder. A single gateway gets everything. ValueError if
    there is no gateway, one stands twice, or a number is negative.
    """
    names = [place.gateway for place in places]
    if not names or len(set(names)) != len(names):
        raise ValueError(f"cannot split among {names}: expected each gateway once")
    if min(quota_ml, fill_ml, *(place.taken_ml for place in places)) < 0:
        raise ValueError(f"cannot split {quota_ml} ml in fills of {fill_ml} ml: negative")
    if not all(0 <= place.online_permille <= 1000 for place in places):
        raise ValueError("expected each gateway to be online 0 to 1000 permille of the time")
    if len(names) == 1:
        return Split({names[0]: quota_ml}, 0)
    weights = [len(places) * place.taken_ml + fill_ml + 1 for place in places]
    home = weights.index(max(weights))
    first_ml, reserve_ml = [], 0
    for place, weight in zip(places, weights, strict=True):
        part_ml = quota_ml * weight // sum(weights)
        kept_ml = part_ml * KEPT_PERMILLE * place.online_permille**2 // 1000**3
        if weight < weights[home] and 2 * (part_ml - kept_ml) < fill_ml:
            kept_ml = part_ml * place.online_permille**2 // 1000**2
            first_ml.append(0)
        else:
            first_ml.append(part_ml - kept_ml)
        reserve_ml += kept_ml
    first_ml[home] += quota_ml - reserve_ml - sum(first_ml)
    return Split(dict(zip(names, first_ml, strict=True)), reserve_ml)
