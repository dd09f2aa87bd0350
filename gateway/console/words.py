"""Sentences, quantities and times as a page in one language says them."""

from collections import ChainMap
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.words import catalogue, litres, rupiah, whole

BOOKS = ("console", "paper", ".")
LEAST_SHOWN_ML = 40
"""Less is shown as nothing: it may be a drop in the hose."""
ZONE_NAMES = {25_200: "WIB", 28_800: "WITA", 32_400: "WIT"}
"""By seconds east of Greenwich."""


class Words:
    def __init__(self, language: str, zone: ZoneInfo) -> None:
        self.language = language
        self._zone = zone
        self._sentences = ChainMap(*(catalogue(language, book) for book in BOOKS))

    def __call__(self, code: str, **values: str) -> str:
        """A sentence of pages, papers or the pump's display; KeyError if there is none."""
        return self._sentences[code].format(**values)

    def has(self, code: str) -> bool:
        return code in self._sentences

    def ended(self, by: str) -> str:
        """Why a fill ended."""
        code = next((c for c in (f"ended_{by}", by) if self.has(c)), "ended_other")
        return self(code)

    def filled(self, code: str, values: Mapping[str, int | str]) -> str:
        """A sentence with values as they are counted: `_ml` and `_idr` at a name's end are its
        unit. KeyError for a value that is not there."""
        said = {}
        for name, value in values.items():
            match name.rpartition("_"):
                case (bare, _, "ml"):
                    said[bare] = self.exact(int(value))
                case (bare, _, "idr"):
                    said[bare] = self.rupiah(int(value))
                case _:
                    said[name] = str(value)
        return self(code, **said)

    def why(self, code: str | None, values: Mapping[str, int | str]) -> str:
        """Why the gateway refused a request; also where it is of another version than these
        words."""
        known = next((c for c in (f"why_{code}", f"{code}") if self.has(c)), "why_refused")
        try:
            return self.filled(known, values)
        except (KeyError, ValueError):
            return self("why_refused")

    def litres(self, volume_ml: int, decimals: int = 2) -> str:
        return litres(volume_ml, decimals, self.language)

    def exact(self, volume_ml: int) -> str:
        """With as many decimals as it needs, and one at least."""
        decimals = 3 if volume_ml % 10 else 2 if volume_ml % 100 else 1
        return self.litres(volume_ml, decimals)

    def metered(self, volume_ml: int) -> str:
        """Litres as a pump shows them, without their unit."""
        shown_ml = volume_ml if volume_ml >= LEAST_SHOWN_ML else 0
        return self.litres(shown_ml).removesuffix(" L")

    def rupiah(self, amount_idr: int) -> str:
        return rupiah(amount_idr)

    def whole(self, number: int) -> str:
        return whole(number, self.language)

    def name(self, slug: str) -> str:
        """A subject's or a department's name in entries, as people read it."""
        return slug.replace("-", " ").upper()

    def date(self, utc: str) -> str:
        """Such as `30 Nov`."""
        local = self._local(utc)
        return f"{local.day} {self('months').split()[local.month - 1]}"

    def clock(self, utc: str) -> str:
        """Such as `14:05:09 WITA`."""
        local = self._local(utc)
        return f"{local:%H:%M:%S} {_zone_name(local)}".rstrip()

    def moment(self, utc: str) -> str:
        """Such as `22 Nov 14:05`."""
        return f"{self.date(utc)} {self._local(utc):%H:%M}"

    def stamp(self, utc: str) -> str:
        """Such as `22 Nov 2026 14:05 WITA`."""
        local = self._local(utc)
        return f"{self.date(utc)} {local.year} {local:%H:%M} {_zone_name(local)}".rstrip()

    def hour(self, utc: str) -> str:
        """Such as `14:05`, of today."""
        return f"{self._local(utc):%H:%M}"

    def age(self, since_utc: str, now_utc: str) -> str:
        """How long ago, roughly."""
        past = datetime.fromisoformat(now_utc) - datetime.fromisoformat(since_utc)
        minutes = max(0, int(past.total_seconds()) // 60)
        if minutes < 1:
            return self("age_now")
        if minutes < 120:
            return self("age_minutes", count=str(minutes))
        if minutes < 48 * 60:
            return self("age_hours", count=str(minutes // 60))
        return self("age_days", count=str(minutes // (24 * 60)))

    def _local(self, utc: str) -> datetime:
        return datetime.fromisoformat(utc).astimezone(self._zone)


def _zone_name(local: datetime) -> str:
    offset = local.utcoffset()
    return ZONE_NAMES.get(int(offset.total_seconds()) if offset is not None else 0, "")
