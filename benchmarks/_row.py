"""A line of a benchmark's table."""


def row(
    what: str, ours: float, reference: float, name: str, unit: str, *, ratio_decimals: int = 2
) -> dict[str, object]:
    """`name` is the reference's; the ratio is above 1 where ours is the smaller figure."""
    return {
        "what": what,
        "ours": round(ours, 1),
        "reference": round(reference, 1),
        "reference_name": name,
        "ratio": round(reference / ours, ratio_decimals),
        "unit": unit,
    }
