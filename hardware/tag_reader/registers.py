"""Registers of the MFRC522 that Takar touches, named as in NXP's data sheet (rev. 3.9)."""

from enum import IntEnum, IntFlag


class Register(IntEnum):
    """Addresses; the comment gives the data sheet's section."""

    COMMAND = 0x01  # 9.3.1.2
    COM_IRQ_ENABLE = 0x02  # 9.3.1.3
    COM_IRQ = 0x04  # 9.3.1.5
    DIV_IRQ = 0x05  # 9.3.1.6
    ERROR = 0x06  # 9.3.1.7
    STATUS1 = 0x07  # 9.3.1.8
    STATUS2 = 0x08  # 9.3.1.9
    FIFO_DATA = 0x09  # 9.3.1.10
    FIFO_LEVEL = 0x0A  # 9.3.1.11
    WATER_LEVEL = 0x0B  # 9.3.1.12
    CONTROL = 0x0C  # 9.3.1.13
    BIT_FRAMING = 0x0D  # 9.3.1.14
    COLL = 0x0E  # 9.3.1.15
    MODE = 0x11  # 9.3.2.2
    TX_MODE = 0x12  # 9.3.2.3
    RX_MODE = 0x13  # 9.3.2.4
    TX_CONTROL = 0x14  # 9.3.2.5
    TX_ASK = 0x15  # 9.3.2.6
    DEMOD = 0x19  # 9.3.2.10
    CRC_RESULT_HIGH = 0x21  # 9.3.3.2
    CRC_RESULT_LOW = 0x22  # 9.3.3.2
    T_MODE = 0x2A  # 9.3.3.10
    T_PRESCALER = 0x2B  # 9.3.3.10
    T_RELOAD_HIGH = 0x2C  # 9.3.3.11
    T_RELOAD_LOW = 0x2D  # 9.3.3.11
    T_COUNTER_HIGH = 0x2E  # 9.3.3.12
    T_COUNTER_LOW = 0x2F  # 9.3.3.12
    VERSION = 0x37  # 9.3.4.8


class Command(IntEnum):
    """Values for the command register (section 10.3)."""

    IDLE = 0x0
    CALC_CRC = 0x3
    TRANSMIT = 0x4
    NO_CHANGE = 0x7
    RECEIVE = 0x8
    TRANSCEIVE = 0xC
    MF_AUTHENT = 0xE
    SOFT_RESET = 0xF


class ComIrq(IntFlag):
    """Bits of COM_IRQ. Writing with SET marks bits, writing without it clears them."""

    SET = 0x80
    TX = 0x40
    RX = 0x20
    IDLE = 0x10
    HIGH_ALERT = 0x08
    LOW_ALERT = 0x04
    ERROR = 0x02
    TIMER = 0x01


class ErrorBits(IntFlag):
    """Bits of ERROR."""

    WRITE = 0x80
    TEMPERATURE = 0x40
    BUFFER_OVERFLOW = 0x10
    COLLISION = 0x08
    CRC = 0x04
    PARITY = 0x02
    PROTOCOL = 0x01


FLUSH_FIFO = 0x80
"""Bit of FIFO_LEVEL."""
START_SEND = 0x80
"""Bit of BIT_FRAMING."""
TIMER_AUTO = 0x80
"""Bit of T_MODE: the timer starts by itself at the end of each transmission."""
TX_ANTENNA_ON = 0x83
"""TX_CONTROL with both antenna drivers on, other bits as after a reset."""
TX_ANTENNA_OFF = 0x80
"""TX_CONTROL as after a reset: no field."""

GENUINE_VERSIONS = frozenset({0x91, 0x92})
"""NXP's silicon versions 1.0 and 2.0 (section 9.3.4.8)."""
CLONE_VERSIONS = frozenset({0x88, 0x89, 0xB2})
"""Fudan's FM17522 family, sold on most "RC522" boards and register compatible; the values are
those the Arduino_MFRC522v2 library knows as Version_FM17522, _FM17522E and _FM17522_1."""
KNOWN_VERSIONS = GENUINE_VERSIONS | CLONE_VERSIONS
