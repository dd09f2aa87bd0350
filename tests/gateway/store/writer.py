"""A gateway that only writes: `python writer.py LEDGER`. A line for each durable commit."""

import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.open_session import OpenSession
from gateway.core.recovery import close_estimated
from gateway.store.ledger import Ledger
from tests.gateway.store.samples import GATEWAY, TIME, refusal, session


def main(path: Path) -> None:
    """Fills one after another until killed; first closes the one that the last kill left."""
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    ledger = Ledger.open(path, private, gateway=GATEWAY)
    for left in ledger.open_sessions():
        assert isinstance(left, OpenSession)
        facts = close_estimated(
            left,
            boot=ledger.boot,
            uptime_ms=0,
            clock="good",
            counted=False,
            single_channel=False,
        )
        ledger.commit([(fact, TIME) for fact in facts], drop_session=left.pump, seal=True)
    while True:
        number = ledger.next_session_no()
        ledger.commit(put_session=session(number))
        print(f"reserved {number}", flush=True)
        ledger.commit([(refusal(number), TIME)], drop_session=1, seal=True)
        print(f"recorded {number} {ledger.head.sequence} {ledger.head.hash}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
