"""The page of a stage that is set up, from what it shows and what it does."""

from threading import Event

from starlette.applications import Starlette

from gateway.demo.hands import Hands
from gateway.demo.page.app import build
from gateway.demo.page.deeds import Deeds
from gateway.demo.page.look import Look
from gateway.demo.page.news import News
from gateway.demo.page.tanks import Tanks
from gateway.demo.page.theirs import Receipts
from gateway.demo.stage import Stage
from gateway.demo.wallet import read_wallet


def page_of(stage: Stage, hands: Hands, news: News, yours: Event) -> Starlette:
    """`yours`: the guided tour is over. Closes what it looks with when its lifespan ends."""
    wallet = read_wallet(stage.folder / "cards.json")
    tanks, receipts = Tanks(), Receipts()
    deeds = Deeds(hands, stage, wallet, tanks, receipts, yours)
    look = Look(stage, wallet, tanks, receipts, news, yours)
    return build(stage, wallet, deeds, look)
