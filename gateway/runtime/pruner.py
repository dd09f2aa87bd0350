"""Room on the disk: old entries leave it while no fuel flows, and some space is held back."""

import logging
from datetime import tzinfo
from functools import partial
from pathlib import Path

from gateway.config.types import GatewayConfig
from gateway.core.checkpoint import Checkpoint
from gateway.core.clock import NS_PER_DAY
from gateway.runtime.keeper import Keeper
from gateway.runtime.wall import WallClock, utc_ns, utc_text
from gateway.store.durable import BYTES_PER_MB
from gateway.store.ledger import Ledger
from gateway.store.pruning import (
    ExportFailed,
    export_before,
    keep_at_most,
    next_checkpoint,
    told_before,
)

log = logging.getLogger(__name__)


class Pruner:
    """Lives in the writer's thread."""

    def __init__(
        self, ledger: Ledger, keeper: Keeper, config: GatewayConfig, wall: WallClock
    ) -> None:
        storage = config.storage
        self._ledger = ledger
        self._keeper = keeper
        self._wall = wall
        self._zone: tzinfo = wall.zone
        self._retention_ns = storage.retention_days * NS_PER_DAY
        self._keep_bytes = storage.export_keep_mb * BYTES_PER_MB
        self._floor_bytes = storage.free_floor_mb * BYTES_PER_MB
        self._folder: Path | None = None
        if storage.export == "file":
            folder = storage.export_dir or Path(config.gateway.state_dir) / "export"
            self._folder = Path(folder)

    def step(self) -> bool:
        """Hold space back, and prune; True if there may be more of it. StoreError: not now."""
        self.hold_back()
        return self.prune()

    def hold_back(self) -> None:
        """Take the space again that a full disk was given, as soon as there is room."""
        self._ledger.ballast.hold(self._floor_bytes)

    def prune(self) -> bool:
        """Prune one step if there is one; True if there may be more. StoreError: not now.

        Nothing while a fill is open. What is old is told by central's word alone, both now and
        when it was written: no clock of this machine's makes an entry old.
        """
        at_least = self._wall.at_least()
        if self._ledger.selling or at_least is None:
            return False
        now = self._wall.now()
        before = utc_text(max(0, utc_ns(at_least) - self._retention_ns))
        old_through = told_before(self._ledger, before)
        checkpoint = next_checkpoint(self._ledger, self._zone, old_through)
        if checkpoint is None:
            return False
        try:
            kept = self._export(checkpoint)
        except (OSError, ExportFailed) as error:
            log.error(
                "nothing is pruned, for its export failed: %s",
                error,
                extra={"event": "export_failed"},
            )
            return False
        entries = self._keeper.durably(partial(self._ledger.prune, checkpoint, now))
        self._keeper.answer(lambda: self._keeper.tell_committed(entries))
        log.info(
            "entries through %d are pruned; %s",
            checkpoint.through,
            kept,
            extra={"event": "ledger_pruned", "entry": checkpoint.through},
        )
        return True

    def _export(self, checkpoint: Checkpoint) -> str:
        if self._folder is None:
            return "central holds them"
        file = export_before(self._ledger, checkpoint, self._folder)
        for old in keep_at_most(self._folder, checkpoint.gateway, self._keep_bytes):
            log.info(
                "%s is deleted: there is room for newer ones only",
                old,
                extra={"event": "export_deleted"},
            )
        return f"they are in {file}"
