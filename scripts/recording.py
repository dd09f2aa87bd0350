"""What happens on a page, as an animated PNG: screenshots at their own pace."""

import base64
import io
import time
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from PIL import Image

from tests.browser.eyes import Eyes

FRAME_S = 0.1
COLOURS = 256
MOST_S = 60.0
RULES = (
    ".wallet, .below, .hands, .pump:not([data-pump='1']), .link, .state, "
    ".switch:not([data-switch=pi]) { display: none !important; }",
    ".pumps { grid-template-columns: 1fr !important; }",
    ".scene { grid-template-columns: 22rem 1fr !important; }",
    ".books { flex-direction: column; align-items: stretch !important; }",
    ".said { flex: none !important; }",
    ".books dl { justify-content: space-between; flex-wrap: nowrap !important; }",
    ".books dd { font-size: 2.4rem !important; }",
    "main { gap: .6rem !important; }",
    "#caption { font-size: 1.35rem; font-weight: 700; margin: 0; }",
)
"""What a small picture leaves out."""


class Recording:
    def __init__(self, eyes: Eyes) -> None:
        self._eyes = eyes
        self._frames: list[tuple[float, Image.Image]] = []
        eyes.run(
            "const [rules] = arguments; const sheet = document.styleSheets[0];"
            "for (const rule of rules) sheet.insertRule(rule, sheet.cssRules.length);"
            "const caption = Object.assign(document.createElement('p'), {id: 'caption'});"
            "document.querySelector('main').prepend(caption);",
            RULES,
        )

    def say(self, words: str) -> None:
        """Above the picture, from now on."""
        self._eyes.run("document.getElementById('caption').textContent = arguments[0]", words)

    def film(self, until: Callable[[float], bool]) -> None:
        """Until this holds; it is given the seconds since the first picture."""
        while not until(self.seconds):
            if self.seconds > MOST_S:
                raise SystemExit(f"the recording does not come to its end: {self._eyes.text()}")
            began_s = time.monotonic()
            shot = Image.open(io.BytesIO(self._shot()))
            self._frames.append((began_s, shot.convert("RGB")))
            time.sleep(max(0.0, FRAME_S - (time.monotonic() - began_s)))

    def write(self, path: Path) -> None:
        """As an animated PNG: each picture as long as it was so, then from the beginning."""
        palette = self._palette()
        few = [p.quantize(palette=palette, dither=Image.Dither.NONE) for _, p in self._frames]
        lasting = [b - a for (a, _), (b, _) in pairwise(self._frames)]
        few[0].save(
            path,
            save_all=True,
            append_images=few[1:],
            duration=[round(s * 1000) for s in [*lasting, FRAME_S]],
            loop=0,
        )

    def _palette(self) -> Image.Image:
        """The commonest colours: of a drawn page they are nearly all there is."""
        seen: Counter[tuple[int, ...]] = Counter()
        for _, picture in self._frames:
            for count, colour in picture.getcolors(picture.width * picture.height) or []:
                seen[colour] += count
        palette = Image.new("P", (1, 1))
        palette.putpalette([part for colour, _ in seen.most_common(COLOURS) for part in colour])
        return palette

    def _shot(self) -> bytes:
        how = {"format": "png", "optimizeForSpeed": True}
        taken = self._eyes.chrome.execute_cdp_cmd("Page.captureScreenshot", how)
        return base64.b64decode(taken["data"])

    @property
    def seconds(self) -> float:
        """Since the first picture."""
        return time.monotonic() - self._frames[0][0] if self._frames else 0.0
