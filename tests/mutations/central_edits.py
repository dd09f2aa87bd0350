"""Wrong edits of how central takes a group of messages. For each there is a test that must fail."""

from tests.mutations.runner import Edit

TAKING, HANDLING, KNOWN = "central/taking.py", "central/handling.py", "central/known.py"
PIECES, MANY, APPLYING = "central/pieces.py", "central/many.py", "central/applying.py"
T_JOINED, T_FAILING, T_POISON = "test_joined.py", "test_failing.py", "test_poison.py"

EDITS = [
    Edit(TAKING, "for seal in piece.seals:", "for seal in piece.seals[:1]:", T_JOINED),
    Edit(
        PIECES, "[seal for piece in pieces for seal in piece.seals]", "pieces[-1].seals", T_JOINED
    ),
    Edit(PIECES, "(last.sequence + 1, last.hash)", "(last.sequence + 1, other.prevhash)", T_JOINED),
    Edit(MANY, "done += count", "done += count + 1", T_JOINED),
    Edit(
        KNOWN,
        "self._known: dict[str, Known] = {}",
        'self._known = vars(Gateways.__init__).setdefault("kept", {})',
        T_POISON,
    ),
    Edit(
        HANDLING,
        "                return self._answers(taking)\n            except",
        "                answers = self._answers(taking)\n                connection.rollback()\n"
        "                return answers\n            except",
        T_FAILING,
    ),
    Edit(
        HANDLING,
        "passes(error):\n                    raise\n",
        "passes(error):\n                    return self._answers(taking)\n",
        T_FAILING,
    ),
    Edit(HANDLING, "raise _Odd from error", "return self._answers(taking)", T_POISON),
]

MORE = [
    Edit(PIECES, "and not alone", "", T_JOINED),
    Edit(MANY, "rows %= count", "rows -= count", T_JOINED),
    Edit(TAKING, "if began or rotated or not", "if began or not", T_JOINED),
    Edit(TAKING, "TYPE_OF[EpochAdopted], TYPE_OF[GatewayBooted]", "", T_JOINED),
    Edit(TAKING, "self.answers.begin_anew(name)", "pass", T_JOINED),
    Edit(TAKING, "self.gateways.advanced(name, last.sequence, last.hash)", "pass", T_JOINED),
    Edit(APPLYING, "new = told[known:]", "new = told", T_JOINED),
]
"""Tried with --long only."""
