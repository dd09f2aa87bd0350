"""Wrong edits of shifts' sums, of how paper vouchers are charged and of receipts' codes, and who
must notice them."""

from tests.mutations.runner import Edit

RUNNING, SHIFT, T_SHIFT = "running.py", "shift.py", "test_shift.py"

SHIFT_EDITS = (
    Edit(RUNNING, "fills=line.fills + 1", "fills=line.fills", T_SHIFT),
    Edit(RUNNING, 'data["mode"] == METERED_MODE', "True", T_SHIFT),
    Edit(RUNNING, "            self._guesses.pop(pump, None)\n", "", T_SHIFT),
    Edit(RUNNING, 'guess.sale != data["sale"]', "False", T_SHIFT),
    Edit(RUNNING, "        del self._guesses[pump]\n", "", T_SHIFT),
    Edit(RUNNING, "len(self._sold) < MOST_LINES", "len(self._sold) <= MOST_LINES", T_SHIFT),
    Edit(RUNNING, "self._sold.get(_REST, none)", "none", T_SHIFT),
    Edit(RUNNING, "- guess.metered_ml", "", T_SHIFT),
    Edit(RUNNING, ', uncounted_ml=data["unseen_ml"]', "", T_SHIFT),
    Edit(RUNNING, "self._sold, self._pumps, self._refusals = {}, {}, {}", "pass", T_SHIFT),
    Edit(
        RUNNING,
        "        self._estimated = self._overridden = Part()\n",
        "",
        T_SHIFT,
    ),
    Edit(RUNNING, 'if line["unauthorised"]]', "if False]", T_SHIFT),
    Edit(SHIFT, "if shift.begun is not None:", "if False:", T_SHIFT),
    Edit(SHIFT, "max(now_ml, self.readings.get(pump, 0))", "now_ml", T_SHIFT),
    Edit(SHIFT, "number=shift.number + 1", "number=shift.number", T_SHIFT),
    Edit(SHIFT, " + line.drawn_ml", "", T_SHIFT),
    Edit(SHIFT, "rest = line.product is None", "rest = False", T_SHIFT),
)

T_UNMETERED = "test_unmetered.py"
UNMETERED_EDITS = (
    Edit("draws.py", "min(volume_ml, held_ml), moment", "volume_ml, moment", T_UNMETERED),
    Edit("folding.py", "and began < account.day.day", "and False", T_UNMETERED),
    Edit(
        "folding.py",
        'self.vouchers.setdefault(paper_number(entry.data["serial"]), entry.sequence)',
        'self.vouchers[paper_number(entry.data["serial"])] = entry.sequence',
        T_UNMETERED,
    ),
    Edit("meters.py", "    if sale.mode != METERED_MODE:\n        return meter\n", "", T_UNMETERED),
    Edit("meters.py", "                (VoucherEntered, _given),\n", "", T_UNMETERED),
)

T_FINDING = "test_finding.py"
FINDING_EDITS = (
    Edit("finding.py", ">> (32 - 5 * CHECK_CHARACTERS)", ">> 6", T_FINDING),
    Edit("finding.py", 'str.maketrans("ILO", "110")', 'str.maketrans("IL", "11")', T_FINDING),
)
