"""The pictures show the pins that the code uses."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_the_pictures_are_drawn_from_the_pins_as_they_are() -> None:
    subprocess.run([sys.executable, ROOT / "scripts/wiring_picture.py", "--check"], check=True)
