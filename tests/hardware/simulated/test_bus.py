import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from hardware.simulated import bus


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    yield
    bus.uninstall()


def echo(number: int, device: int, data: bytes) -> bytes:
    return bytes((number, device)) + data[2:]


def test_transfers_reach_the_callable_with_their_address() -> None:
    bus.install(echo)
    import spidev

    spi = spidev.SpiDev()
    spi.open(1, 2)
    spi.max_speed_hz = 1_000_000
    spi.mode = 0
    assert spi.xfer2([0x89, 9, 3, 255]) == [1, 2, 3, 255]
    assert spi.xfer([0x89]) == [1]


def test_writes_go_their_own_way_and_answer_nothing() -> None:
    written: list[tuple[int, int, bytes]] = []
    bus.install(echo, lambda *write: written.append(write))
    import spidev

    spi = spidev.SpiDev()
    spi.open(0, 1)
    assert spi.xfer2([0x12, 0x34]) == [0, 0]
    assert written == [(0, 1, b"\x12\x34")]


def test_a_closed_device_and_bad_values_are_refused() -> None:
    bus.install(echo)
    import spidev

    spi = spidev.SpiDev()
    with pytest.raises(OSError, match="Bad file descriptor"):
        spi.xfer2([0])
    spi.open(0, 0)
    with pytest.raises(ValueError, match="expected 1 to 4096"):
        spi.xfer2([])
    with pytest.raises(ValueError, match="range"):
        spi.xfer2([256])
    spi.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        spi.xfer2([0])


def test_gpio_as_the_library_uses_it() -> None:
    bus.install(echo)
    from RPi import GPIO

    GPIO.setwarnings(False)
    assert GPIO.getmode() is None
    with pytest.raises(RuntimeError, match="setmode"):
        GPIO.setup(1, GPIO.OUT)
    GPIO.setmode(GPIO.BCM)
    assert GPIO.getmode() == GPIO.BCM
    with pytest.raises(ValueError, match="different mode"):
        GPIO.setmode(GPIO.BOARD)
    GPIO.setup(1, GPIO.OUT)
    GPIO.output(1, GPIO.HIGH)
    GPIO.output(1, GPIO.LOW)
    with pytest.raises(ValueError, match="no such pin"):
        GPIO.setup(99, GPIO.IN)
    with pytest.raises(ValueError, match="no such pin"):
        GPIO.output(99, GPIO.HIGH)
    GPIO.cleanup()
    assert GPIO.getmode() is None


@pytest.mark.parametrize("name", ["spidev", "RPi", "RPi.GPIO"])
def test_real_modules_are_never_replaced(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = ModuleType(name)
    monkeypatch.setitem(sys.modules, name, real)
    with pytest.raises(RuntimeError, match=f"{name} is imported already and is the real one"):
        bus.install(echo)
    bus.uninstall()
    assert sys.modules[name] is real


def test_a_second_install_is_refused_until_uninstalled() -> None:
    bus.install(echo)
    with pytest.raises(RuntimeError, match="uninstall first"):
        bus.install(echo)
    bus.uninstall()
    assert not {"spidev", "RPi", "RPi.GPIO", "mfrc522"} & set(sys.modules)
    bus.install(echo)


def test_the_library_imported_before_does_not_keep_the_old_bus() -> None:
    for answer in (0x11, 0x22):
        bus.install(lambda _bus, _device, data, answer=answer: bytes((answer,)) * len(data))  # type: ignore[misc]
        from mfrc522 import MFRC522

        assert MFRC522(bus=0, device=0).Read_MFRC522(0x37) == answer
        bus.uninstall()
