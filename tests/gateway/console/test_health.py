"""The page of the station's health: to who is signed in, from the doctor's own verdicts."""

from pathlib import Path

import pytest

from tests.gateway.console.asgi import played as run
from tests.gateway.console.conftest import Played


def test_only_who_is_signed_in_sees_it(played: Played) -> None:
    async def play() -> None:
        got = await played.browser().get("/kesehatan")
        assert (got.status, got.headers["location"]) == (303, "/masuk")

    run(play)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("id", ("Kesehatan", "Pembaca kartu, pompa 1", "tidak menjawab gateway", "pompa 2")),
        ("en", ("Health", "Card reader, pump 1", "it does not answer the gateway", "pump 2")),
    ],
)
def test_it_says_what_is_wrong_and_what_to_do(
    played: Played, language: str, said: tuple[str, ...]
) -> None:
    async def play() -> None:
        played.says(fault="reader_silent", state="faulted")
        browser = await played.signed_in()
        page = await browser.get(f"/kesehatan?bahasa={language}")
        assert page.status == 200
        for words in said:
            assert words in page.text
        assert "<code>sudo takar doctor</code>" in page.text, "how to try what cannot be tried now"
        assert 'class="note bad"' in page.text
        first = page.text.index('<li class="')
        assert page.text[first:].startswith('<li class="failed">'), "what is wrong comes first"
        tried, unchecked = page.text.split("<details>")
        assert 'class="not_checked"' not in tried
        assert unchecked.count('class="not_checked"') == unchecked.count("<li ")

    run(play)


def test_a_gateway_that_is_silent_is_said_and_files_are_read_all_the_same(
    played: Played, tmp_path: Path
) -> None:
    async def play() -> None:
        browser = await played.signed_in()
        played.console.feed._fresh = False
        page = await browser.get("/kesehatan?bahasa=en")
        assert "it holds its socket and says nothing" in page.text
        assert str(tmp_path) in page.text, "its disk"

    run(play)


def test_an_examination_that_breaks_is_said(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.doctor.aside.MODULE", "gateway.nothing")

    async def play() -> None:
        browser = await played.signed_in()
        page = await browser.get("/kesehatan?bahasa=en")
        assert page.status == 503
        assert "Something went wrong in the console" in page.text

    run(play)
