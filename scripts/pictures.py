"""Make the README's pictures from a running demo, with headless Chromium; docs/plug.png too.

.venv/bin/python scripts/pictures.py      after ./takar test has installed Chromium
"""

import io
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from PIL import Image  # noqa: E402
from recording import Recording  # noqa: E402

from tests.browser.eyes import Eyes  # noqa: E402
from tests.browser.newcomer import Demo, Hands, books, take  # noqa: E402
from tests.demo.conftest import TAKAR  # noqa: E402

DOCS = ROOT / "docs"
DISPLAY = (960, 600)
PAGE = (1280, 880)
PULLED_S, PUT_BACK_S, LENGTH_S = 2.5, 4.5, 10.0
"""Of the recording."""
PLUG = "document.querySelector('[data-switch=pi]').click()"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="takar-") as temporary:
        folder = Path(temporary) / "demo"
        demo, eyes = Demo("--keep", str(folder)), Eyes()
        try:
            take_all(demo, eyes, folder)
        finally:
            eyes.close()
            demo.end()


def take_all(demo: Demo, eyes: Eyes, folder: Path) -> None:
    shift(folder, "open")
    open_page(eyes, demo, *PAGE)
    first, second = Hands(eyes, 1), Hands(eyes, 2)
    first.begin(nth=3)
    hang(first)
    first.begin()
    second.begin(60)
    first.filled(7)
    keep(eyes, "forecourt")
    eyes.base = demo.console
    sign_in(eyes, demo)
    eyes.wide(1280, 760)
    eyes.until("litres", "document.querySelectorAll('.state.flow').length === 2")
    keep(eyes, "console")
    eyes.wide(*DISPLAY)
    eyes.open("/layar/1?bahasa=id")
    eyes.until("litres", "document.querySelector('.flow .number')")
    keep(eyes, "display-filling")

    open_page(eyes, demo, *PAGE)
    for pump in (first, second):
        hang(pump)
    take(eyes, "Unknown")
    first.press("[data-tap]")
    first.state("REFUSED")
    eyes.base = demo.console
    eyes.wide(*DISPLAY)
    eyes.open("/layar/1?bahasa=id")
    eyes.until("a refusal", "document.querySelector('.screen.refused')")
    keep(eyes, "display-refused")

    record_the_plug(demo, eyes)
    shift(folder, "close")
    eyes.base = demo.console
    eyes.wide(900)
    sign_in(eyes, demo)
    eyes.open("/giliran/1?bahasa=id")
    eyes.until("the sheet", "document.querySelector('table')")
    eyes.wide(900, eyes.run("return document.documentElement.scrollHeight"))
    keep(eyes, "shift-sheet")


def record_the_plug(demo: Demo, eyes: Eyes) -> None:
    """Fuel flows, the Pi's plug is pulled, put back, the nozzle hung: equal to the pulse."""
    open_page(eyes, demo, 880, 640)
    pump = Hands(eyes, 1)
    books(eyes, "equal")
    pump.take(1)
    pump.press("[data-tap]")
    pump.state("AUTHORISED")
    pump.press("[data-simple=lift]")
    pump.press('[data-percent="60"]')
    recording = Recording(eyes)
    recording.say("Fuel flows.")
    recording.film(lambda at_s: at_s > PULLED_S)
    recording.say("The Raspberry Pi's plug is pulled: gateway and console are dead.")
    eyes.run(PLUG)
    recording.film(lambda at_s: at_s > PUT_BACK_S)
    recording.say("Plugged in again. The co-processor has counted on.")
    eyes.run(PLUG)
    recording.film(
        lambda _: bool(eyes.run("return document.querySelector('.books').dataset.kind") == "equal")
    )
    recording.say("Dispensed, recorded, at central: equal to the pulse.")
    ended_s = recording.seconds
    recording.film(lambda at_s: at_s > max(LENGTH_S, ended_s + 2))
    pump.press("[data-simple=hang]")
    recording.write(DOCS / "plug.png")
    said("plug.png")


def hang(pump: Hands) -> None:
    pump.press("[data-simple=hang]")
    pump.state("IDLE")


def open_page(eyes: Eyes, demo: Demo, width: int, height: int) -> None:
    eyes.base = demo.page
    eyes.wide(width, height)
    eyes.open("/")
    eyes.until("the page to be ours", "document.getElementById('yours').disabled === false")


def sign_in(eyes: Eyes, demo: Demo) -> None:
    eyes.open("/masuk?bahasa=id")
    eyes.run(
        f"document.getElementById('name').value = 'demo'; "
        f"document.getElementById('code').value = '{demo.code}'; "
        "document.querySelector('[action=\"/masuk/kode\"]').submit()"
    )
    eyes.until("the pumps", "document.querySelector('.pumps')")


def shift(folder: Path, what: str) -> None:
    configuration = str(folder / "gateway.toml")
    subprocess.run(  # noqa: S603  # our own program, no shell
        [*TAKAR, "shift", what, "--config", configuration, "--by", "Ama Nalle"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def keep(eyes: Eyes, name: str) -> None:
    """The page as it is seen."""
    time.sleep(0.4)  # fonts and transitions come to rest
    shot = Image.open(io.BytesIO(eyes.chrome.get_screenshot_as_png())).convert("RGB")
    shot.save(DOCS / f"{name}.png", optimize=True)
    said(f"{name}.png")


def said(name: str) -> None:
    print(f"docs/{name}: {(DOCS / name).stat().st_size // 1000} kB")  # noqa: T201


if __name__ == "__main__":
    main()
