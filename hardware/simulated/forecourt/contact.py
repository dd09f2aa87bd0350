"""A contact that follows its coil after a while, as relays and motors do."""

from dataclasses import dataclass


@dataclass(slots=True)
class Contact:
    make_after_ns: int
    break_after_ns: int
    closed: bool = False
    due_ns: int | None = None
    """When `closed` flips, unless the coil changes its mind before."""
    welded: bool = False

    @property
    def made(self) -> bool:
        return self.closed or self.welded

    def drive(self, now_ns: int, *, energised: bool) -> None:
        if energised == self.closed:
            self.due_ns = None
        elif self.due_ns is None:
            delay_ns = self.make_after_ns if energised else self.break_after_ns
            self.due_ns = now_ns + delay_ns
            self.pass_time(now_ns)

    def pass_time(self, now_ns: int) -> None:
        if self.due_ns is not None and now_ns >= self.due_ns:
            self.closed = not self.closed
            self.due_ns = None
