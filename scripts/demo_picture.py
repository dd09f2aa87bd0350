"""Make docs/demo.svg: the demo's own picture, taken from a run while two vehicles fill.

.venv/bin/python scripts/demo_picture.py
"""

import io
import re
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from rich.console import Console  # noqa: E402

from gateway.demo.hands import Hands  # noqa: E402
from gateway.demo.picture import Picture  # noqa: E402
from gateway.demo.scenario import Card, read_cards  # noqa: E402
from gateway.demo.stage import PRODUCTS, Stage  # noqa: E402
from gateway.demo.watch import pump_of  # noqa: E402
from gateway.runtime.status import Snapshot  # noqa: E402
from gateway.setup.configurations import ZONE  # noqa: E402
from mqtt.central.periods import period_of  # noqa: E402

TARGET = ROOT / "docs" / "demo.svg"
COLUMNS = 104
WITHIN_S = 30.0


def take() -> None:
    period = period_of(datetime.now(UTC), ZoneInfo(ZONE))
    picture = Picture()
    with (
        tempfile.TemporaryDirectory() as folder,
        Stage(Path(folder) / "demo", seed=3, period=period, time="real") as stage,
    ):
        stage.start_gateway()
        cards = read_cards(stage.folder / "cards.json")
        hands = Hands(stage, cards, picture.tell)
        for number, product in PRODUCTS.items():
            hands.tap(number, a_car(cards, product))
            wait(stage, lambda s, n=number: bool(pump_of(s, n).state == "authorised"))
            hands.take_card(number)
            hands.lift(number)
            hands.squeeze(number)
        hands.network(1)
        wait(stage, lambda s: pump_of(s, 1).volume_ml >= 12_340 and not s.online)
        console = Console(record=True, width=COLUMNS, file=io.StringIO())
        console.print(
            picture.render(stage.watch.newest, 1, cable_whole=stage.cable.whole, keys=True)
        )
    TARGET.write_text(without_fonts(console.export_svg(title="./takar demo")), encoding="utf-8")


def a_car(cards: list[Card], product: str) -> Card:
    return next(
        card
        for card in cards
        if card.vehicle == "car" and card.status == "active" and card.product == product
    )


def wait(stage: Stage, wanted: Callable[[Snapshot], bool]) -> None:
    if not stage.watch.wait(wanted, WITHIN_S):
        raise SystemExit(
            f"the demo did not come to the moment of the picture: {stage.watch.newest}"
        )


def without_fonts(svg: str) -> str:
    """Nothing is loaded from elsewhere: any monospaced font will do."""
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


if __name__ == "__main__":
    take()
