"""Which firmware this is; `takar pico status` shows it."""

FIRMWARE = "0.1.0"
