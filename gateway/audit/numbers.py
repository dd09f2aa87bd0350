"""A set of whole numbers that mostly follow one another, at about a bit each."""

_BITS = 1024


class Numbers:
    """Of which numbers have been seen; worst case, far apart, some hundred bytes each."""

    def __init__(self) -> None:
        self._pages: dict[int, int] = {}

    def add(self, number: int) -> bool:
        """False if it was there already. `number` >= 0."""
        page, bit = divmod(number, _BITS)
        bits = self._pages.get(page, 0)
        if bits >> bit & 1:
            return False
        self._pages[page] = bits | 1 << bit
        return True
