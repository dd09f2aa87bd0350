"""Wrong edits of how a start hears its witnesses and a fill waits for them, and who must notice."""

from tests.mutations.runner import Edit

VOUCHING, T_VOUCHING = "runtime/vouching.py", "test_vouching.py"
HEARING, T_HEARING = "runtime/witnessing.py", "test_witnessing.py"
OPENING, RECOVERING = "runtime/opening.py", "runtime/recovering.py"
FIRST, TILL, T_TILL = "runtime/first_reservation.py", "runtime/till.py", "test_till_witnessed.py"

EDITS = [
    Edit(VOUCHING, "any(telling.covers", "all(telling.covers", T_VOUCHING),
    Edit(VOUCHING, "now_ns < waiter.until_ns", "True", T_VOUCHING),
    Edit(VOUCHING, "now_ns < waiter.until_ns", "False", T_VOUCHING),
    Edit(VOUCHING, "waiter.failed(Reason.WITNESS_SILENT)", "waiter.done()", T_VOUCHING),
    Edit(VOUCHING, "            failed(self._refused)\n", "            done()\n", T_VOUCHING),
    Edit(VOUCHING, " or self._refused is not None", "", T_VOUCHING),
    Edit(VOUCHING, "self._acknowledged = self._receipt = None", "pass", T_VOUCHING),
    Edit(VOUCHING, 'if answer == "":', "if True:", T_VOUCHING),
    Edit(VOUCHING, "not self.covers(wanted) and ", "", T_VOUCHING),
    Edit(VOUCHING, "entry.type in TELLING", "False", T_VOUCHING),
    Edit(VOUCHING, "place if tell else None", "place", T_VOUCHING),
    Edit(VOUCHING, "self._high_water = high_water", "self._high_water = 0", T_VOUCHING),
    Edit(VOUCHING, "self._said, self._said_ns = wanted", "self._said_ns = wanted", T_VOUCHING),
    Edit(HEARING, "refused = refused or found.refused", "refused = found.refused", T_HEARING),
    Edit(HEARING, "            same = True\n", "            same = False\n", T_HEARING),
    Edit(HEARING, "ledger.hash_at(seen.sequence) if seen", "None if seen", T_HEARING),
    Edit(HEARING, "shelf.newest.applied is not None", "False", T_HEARING),
    Edit(HEARING, "shelf.newest.applied is not None", "True", T_HEARING),
    Edit(HEARING, "follows=shelf.newest.follows", "follows=()", T_HEARING),
    Edit(HEARING, 'fact.found == "blank"', 'fact.found != "other"', T_HEARING),
    Edit(OPENING, "shelf.blocked or testimony.refused", "shelf.blocked", T_HEARING),
    Edit(OPENING, "tell=testimony.may_tell", "tell=True", T_HEARING),
    Edit(OPENING, "refused=testimony.refused", "refused=None", T_HEARING),
    Edit(RECOVERING, '== "refuse" and not testimony.same', '== "refuse"', T_HEARING),
    Edit(RECOVERING, "unwitnessed=not self._testimony.same", "unwitnessed=True", T_HEARING),
    Edit(RECOVERING, ", *self._testimony.differed]", "]", T_HEARING),
    Edit(FIRST, "not self._ours or self.desk.session", "False and self.desk.session", T_TILL),
    Edit(FIRST, "            del self.books.rows[self.desk.number]\n", "", T_TILL),
    Edit(FIRST, "is self.row", "is not None", T_TILL),
    Edit(TILL, "self._vouch(first.witnessed, first.unwitnessed)", "first.witnessed()", T_TILL),
]
