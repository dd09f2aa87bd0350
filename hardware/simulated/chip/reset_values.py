"""Register contents after power-up or a soft reset (data sheet, section 9.3, each register)."""

from hardware.tag_reader.registers import Register

_RESET = {
    Register.COMMAND: 0x20,
    Register.COM_IRQ_ENABLE: 0x80,
    Register.COM_IRQ: 0x14,
    Register.WATER_LEVEL: 0x08,
    Register.COLL: 0xA0,
    Register.MODE: 0x3F,
    Register.TX_CONTROL: 0x80,
    0x16: 0x10,  # TxSelReg
    0x17: 0x84,  # RxSelReg
    0x18: 0x84,  # RxThresholdReg
    Register.DEMOD: 0x4D,
    0x1C: 0x62,  # MfTxReg
    0x1F: 0xEB,  # SerialSpeedReg
    Register.CRC_RESULT_HIGH: 0xFF,
    Register.CRC_RESULT_LOW: 0xFF,
    0x24: 0x26,  # ModWidthReg
    0x26: 0x48,  # RFCfgReg
    0x27: 0x88,  # GsNReg
    0x28: 0x20,  # CWGsPReg
    0x29: 0x20,  # ModGsPReg
}

READ_ONLY = frozenset(
    {
        Register.ERROR,
        Register.STATUS1,
        Register.CRC_RESULT_HIGH,
        Register.CRC_RESULT_LOW,
        Register.T_COUNTER_HIGH,
        Register.T_COUNTER_LOW,
        Register.VERSION,
    }
)


def reset_values(version: int) -> bytearray:
    values = bytearray(64)
    for address, value in _RESET.items():
        values[address] = value
    values[Register.VERSION] = version
    return values
