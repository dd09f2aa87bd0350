"""A co-processor as witness of the gateway's ledger: what it was told last, and telling it."""

import time

from gateway.core.witness import Witnessed
from hardware.ports import HardwareError
from hardware.pump.pico_link import LOOK_S, START_LOOKS, PicoLink
from hardware.pump.pico_talk import Order


class PicoReceipt:
    """Fits hardware.ports.Receipt."""

    def __init__(self, link: PicoLink, order: Order) -> None:
        self._link = link
        self._order = order

    @property
    def answer(self) -> str | None:
        if self._order.answer is None:
            self._link.listen()
        return self._order.answer


class PicoWitness:
    """Fits hardware.ports.Witness. Any thread may call."""

    def __init__(self, link: PicoLink, name: str) -> None:
        """`name`: which co-processor, for people."""
        self.name = name
        self._link = link

    @property
    def connections(self) -> int:
        return self._link.connections

    def read(self) -> Witnessed | None:
        """Waits up to 3 s of the machine's time, as for the first greeting; only at the start."""
        asked = PicoReceipt(self._link, self._link.order("ask", {"what": "witness"}))
        for _ in range(START_LOOKS):
            if asked.answer is not None:
                break
            time.sleep(LOOK_S)
        seen = self._link.heard("witness")
        if asked.answer != "" or seen is None:
            raise HardwareError(
                f"co-processor {self.name}: expected what it has witnessed of the ledger, found "
                f"{asked.answer or 'no answer'}; check its cable, its FRAM where it has one, and "
                "`takar pico status`"
            )
        if not seen["inc"]:
            return None
        return Witnessed(seen["inc"], seen["seq"], seen["hash"], seen["hwm"])

    def tell(self, place: Witnessed) -> PicoReceipt:
        fields = {
            "inc": place.incarnation,
            "seq": place.sequence,
            "hash": place.hash_start,
            "hwm": place.high_water,
        }
        return PicoReceipt(self._link, self._link.order("witness", fields))
