"""Make firmware/pio/words.py from firmware/pio/*.pio: what the chip loads, word by word.

python scripts/assemble_pio.py [--check]
"""

import sys
from pathlib import Path

import adafruit_pioasm

FOLDER = Path(__file__).parent.parent / "firmware" / "pio"
TARGET = FOLDER / "words.py"


def assemble() -> str:
    lines = [
        '"""The PIO programs: (words, first of the loop); made by scripts/assemble_pio.py."""',
        "",
    ]
    for source in sorted(FOLDER.glob("*.pio")):
        program = adafruit_pioasm.Program(source.read_text(encoding="utf-8"))
        options = dict(program.pio_kwargs)
        first = options.pop("wrap_target")
        if options != {"sideset_enable": 0, "wrap": len(program.assembled) - 1}:
            raise ValueError(f"{source}: expected a loop to its end and no side-set")
        lines += [f"{source.stem.upper()} = (", "    ("]
        lines += [f"        0x{word:04X}," for word in program.assembled]
        lines += ["    ),", f"    {first},", ")"]
    return "\n".join(lines) + "\n"


def main() -> int:
    made = assemble()
    if "--check" in sys.argv:
        return 0 if TARGET.read_text(encoding="utf-8") == made else 1
    TARGET.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
