"""The PIO programs: (words, first of the loop); made by scripts/assemble_pio.py."""

POSITION = (
    (
        0x2020,
        0x20A0,
        0x00C7,
        0x0044,
        0xA0C9,
        0x8000,
        0xC010,
        0x2020,
        0x00C1,
        0xA049,
        0x008B,
        0xA02A,
        0xA0C9,
        0x8000,
        0xC010,
    ),
    1,
)
PULSE_COUNTER = (
    (
        0x2020,
        0xE047,
        0x00C0,
        0x0082,
        0x20A0,
        0xE047,
        0x00C8,
        0x0004,
        0x0086,
        0x004A,
        0xA0C9,
        0x4002,
        0x8000,
        0xC010,
    ),
    0,
)
