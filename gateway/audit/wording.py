"""Words, figures and times of the page, in one language."""

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.audit.problems import Problem
from gateway.words import catalogue, litres, whole

MOST_CODES = 4


class Wording:
    """In a language of gateway/words, times in the city's zone."""

    def __init__(self, language: str, zone: ZoneInfo) -> None:
        self._language = language
        self._zone = zone

    def say(self, code: str, **values: str) -> str:
        return catalogue(self._language, "audit")[code].format(**values)

    def problem(self, problem: Problem) -> str:
        return problem.said(self._language)

    def number(self, number: int) -> str:
        return whole(number, self._language)

    def litres(self, volume_ml: int) -> str:
        return litres(volume_ml, 3, self._language)

    def time(self, utc: str) -> str:
        if not utc:
            return ""
        return f"{datetime.fromisoformat(utc).astimezone(self._zone):%Y-%m-%d %H:%M %Z}"

    def codes(self, counter: Counter[str]) -> str:
        if not counter:
            return self.say("none")
        top = [f"{code} {self.number(count)}" for code, count in counter.most_common(MOST_CODES)]
        more = ["…"] if len(counter) > MOST_CODES else []
        return self.say("counted", count=self.number(counter.total()), top=", ".join([*top, *more]))
