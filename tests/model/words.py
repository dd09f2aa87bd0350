"""A trace of the model as sentences, for a person who has to understand a violation."""

from collections.abc import Sequence

from tests.model.states import Move

SENTENCES = {
    "mint": "central mints grant {grant} of {amount} for gateway {at}",
    "write off": "central closes all open grants of gateway {at} at full volume: declared lost",
    "time out": "central takes back grant {grant} of gateway {at}, less the {amount} reported",
    "Report arrives": "central hears gateway {at}'s Report of grant {grant}: {amount}",
    "Close arrives": "central hears gateway {at}'s Close of grant {grant}: {amount} spent",
    "Grant arrives": "grant {grant} arrives at gateway {at}",
    "Recall arrives": "a recall of grant {grant} arrives at gateway {at}",
    "CloseAck arrives": "gateway {at} hears the CloseAck of grant {grant} and forgets it",
    "record lost": "gateway {at} loses the closed record of grant {grant}",
    "expire": "grant {grant} expires at gateway {at}, which closes it",
    "Close durable": "gateway {at} has its Close of grant {grant} on disk",
    "ask": "a card taps at gateway {at}: it asks its disk for a first unit of grant {grant}",
    "ask more": "gateway {at} asks its disk for {amount} of grant {grant} in all",
    "reserve": "gateway {at} has {amount} of grant {grant} reserved on disk and opens that far",
    "refuse": "gateway {at} refuses {amount} of grant {grant}, which is closed or recalled",
    "flow": "one unit of grant {grant} flows at gateway {at}",
    "hang": "the fill at gateway {at} ends: {amount} of grant {grant} recorded",
    "crash": "gateway {at} loses power",
    "start": "gateway {at} starts again and closes what was open",
    "restore": "gateway {at} is restored with a fresh incarnation",
    "copy the card": "the SD card of gateway {at} is copied",
    "old image": "gateway {at} starts from the old copy of its card",
}
"""One for every kind of move."""


def told(trace: Sequence[tuple[int, Move]]) -> str:
    """One numbered line a step; the gateways are called A and B."""
    return "\n".join(
        f"{number:3}. "
        + SENTENCES[move.kind].format(grant=move.grant, amount=move.amount, at="AB"[gateway])
        for number, (gateway, move) in enumerate(trace, start=1)
    )
