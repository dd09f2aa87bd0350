"""What can be wrong with the gateway's durable state, and what to do about it."""

from gateway.core.reasons import Reason


class StoreError(Exception):
    """Base: `code` is shown to people, `detail` says what is wrong, `remedy` what to do."""

    def __init__(self, code: Reason, detail: str, remedy: str) -> None:
        super().__init__(f"{code}: {detail}. {remedy}")
        self.code = code
        self.detail = detail
        self.remedy = remedy


class LedgerDamaged(StoreError):
    """The ledger is missing, unreadable, edited, or shorter or other than its anchor."""

    def __init__(self, detail: str, remedy: str = "") -> None:
        super().__init__(
            Reason.LEDGER_DAMAGED,
            detail,
            remedy
            or "Keep all files of the state folder as they are, run `takar ledger verify` on "
            "it, and call the office: sales go on only with a fresh incarnation",
        )


class LedgerForked(StoreError):
    """Central holds another history of this ledger: two gateways wrote it, or it was put back."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            Reason.LEDGER_FORKED,
            detail,
            "This incarnation sells no more, after a restart either. Keep all files of the state "
            "folder and call the office: only a new incarnation sells again",
        )


class LedgerInUse(Exception):
    """Another process writes this ledger."""


class StoreFailed(StoreError):
    """A write did not become durable as a whole; sell nothing on it."""

    def __init__(
        self, code: Reason, detail: str, remedy: str, *, committed: bool, reopen: bool
    ) -> None:
        super().__init__(code, detail, remedy)
        self.committed = committed
        """The entries are in the ledger all the same; only their anchor is missing."""
        self.reopen = reopen
        """Nothing more is written until the ledger has been opened anew."""


class AllocationDamaged(StoreError):
    """The allocation cache is missing, cut, edited, or of another gateway."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            Reason.ALLOCATION_DAMAGED,
            detail,
            "Nothing is sold until central has sent all directives again from the first; "
            "connect the gateway to the broker, or run `takar gateway` with the network up",
        )


class AllocationExpired(StoreError):
    """The cache is whole, but older than what the ledger says was applied."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            Reason.ALLOCATION_EXPIRED,
            detail,
            "An older file was put back. Nothing is sold until the missing directives have "
            "come from central; connect the gateway to the broker",
        )
