"""When two numbers of papers are the same one, however they were typed."""


def paper_number(typed: str) -> str:
    """Its letters and digits, in capitals: `A-1`, `a 1` and `A1` are one paper. What was typed is
    kept beside it, to be shown."""
    return "".join(sign for sign in typed.upper() if sign.isascii() and sign.isalnum())
