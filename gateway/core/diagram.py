"""The README's diagram of a session, drawn from the transition table.

`python -m gateway.core.diagram` prints it; scripts/diagram.py puts it into README.md.
"""

from collections.abc import Iterator

from gateway.core.session import State
from gateway.core.table import TABLE

INDENT = "    "


def mermaid() -> str:
    """A Mermaid stateDiagram-v2, without a trailing newline.

    Events that change no state are left out. A state that all others can lead to is drawn
    outside a frame, with one arrow from the frame.
    """
    framed = [state for state in State if not _from_everywhere(state)]
    lines = [
        "stateDiagram-v2",
        f"{INDENT}[*] --> {State.IDLE}",
        f'{INDENT}state "any of these" as any {{',
        *(f"{INDENT * 2}{line}" for line in _among(framed)),
        f"{INDENT}}}",
        *(f"{INDENT}{line}" for line in _around(framed)),
    ]
    return "\n".join(lines)


def _among(framed: list[State]) -> Iterator[str]:
    for source in framed:
        for target in framed:
            yield from _arrow(source.value, target, labels(source, target))


def _around(framed: list[State]) -> Iterator[str]:
    outside = [state for state in State if state not in framed]
    for target in outside:
        merged = dict.fromkeys(why for source in framed for why in labels(source, target))
        yield from _arrow("any", target, list(merged))
    for source in outside:
        for target in State:
            yield from _arrow(source.value, target, labels(source, target))


def _arrow(source: str, target: State, whys: list[str]) -> Iterator[str]:
    if whys:
        yield f"{source} --> {target}: {', '.join(whys)}"


def labels(source: State, target: State) -> list[str]:
    """What leads from one state to another; empty if nothing does, or if they are the same.

    An arrow that every state has is named by the rules that lead nowhere else.
    """
    if source is target:
        return []
    rules = [rule for rule in TABLE[source].values() if target in rule.targets]
    if _from_everywhere(target):
        rules = [rule for rule in rules if rule.targets <= {source, target}] or rules
    return list(dict.fromkeys(rule.why for rule in rules))


def _from_everywhere(target: State) -> bool:
    return all(
        state is target or any(target in rule.targets for rule in row.values())
        for state, row in TABLE.items()
    )


if __name__ == "__main__":
    print(mermaid())  # noqa: T201
