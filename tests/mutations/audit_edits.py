"""Wrong edits of the audit, and who must notice them: what it overlooks, nobody else finds."""

from tests.mutations.runner import Edit

RATIOS, T_RATIOS = "ratios.py", "test_ratios.py"
SUCCESSION, T_SUCCESSION = "succession.py", "test_succession.py"
PAPERS, T_PAPERS = "papers.py", "test_papers.py"
KEYED, T_KEYED = "keyed.py", "test_keyed.py"
OVERRIDES, T_OVERRIDES = "overrides.py", "test_overrides.py"

EDITS = [
    Edit(f"audit/{RATIOS}", "fact.count != last + 1", "fact.count < last", T_RATIOS),
    Edit(f"audit/{RATIOS}", "self._whole or before is not None", "before is not None", T_RATIOS),
    Edit(f"audit/{RATIOS}", "before.ratio != fact.before", "False", T_RATIOS),
    Edit(f"audit/{RATIOS}", "max(last, fact.count)", "fact.count", T_RATIOS),
    Edit(f"audit/{RATIOS}", "sale.ended_by == ENDED_BY", "False", T_RATIOS),
    Edit(f"audit/{RATIOS}", "start.run == end.run and ", "", T_RATIOS),
    Edit(f"audit/{RATIOS}", "> ROUNDED_ML", "> 1_000 * ROUNDED_ML", T_RATIOS),
    Edit(f"audit/{RATIOS}", "said.get(pump) != self._known.get(pump)", "False", T_RATIOS),
    Edit(f"audit/{RATIOS}", "self._known |= {one.pump: one for one in kept}", "pass", T_RATIOS),
    Edit(f"audit/{RATIOS}", "        self._known = kept_in(meters)\n", "", T_RATIOS),
    Edit(f"audit/{SUCCESSION}", "if count < last.count:", "if False:", T_RATIOS),
    Edit(f"audit/{SUCCESSION}", "here[pump].ratio != last.ratio", "False", T_RATIOS),
    Edit(f"audit/{SUCCESSION}", "if heir != incarnation:", "if False:", T_SUCCESSION),
    Edit(
        f"audit/{SUCCESSION}",
        "lowest <= before.grants[1]",
        "lowest < before.grants[1]",
        T_SUCCESSION,
    ),
    Edit(f"audit/{SUCCESSION}", "if before.through < at:", "if False:", T_SUCCESSION),
    Edit(f"audit/{SUCCESSION}", "before.hashes[at] != former.head", "False", T_SUCCESSION),
    Edit(f"audit/{SUCCESSION}", 'former.found == "state"', "False", T_SUCCESSION),
    Edit(f"audit/{PAPERS}", "if number in self._serials:", "if False:", T_PAPERS),
    Edit(f"audit/{PAPERS}", "serials ^ self._serials", "serials - self._serials", T_PAPERS),
    Edit(f"audit/{PAPERS}", "sale, self._sale = self._sale, None", "sale = self._sale", T_PAPERS),
    Edit(f"audit/{PAPERS}", "if said != _of(sale, DECLARED_MODE):", "if False:", T_PAPERS),
    Edit(f"audit/{PAPERS}", "        elif sale is not None:", "        elif False:", T_PAPERS),
    Edit(f"audit/{KEYED}", "fact.on == self._bypasses.is_on(fact.pump)", "False", T_KEYED),
    Edit(f"audit/{KEYED}", " or fact.pump in self._ended", "", T_KEYED),
    Edit(f"audit/{KEYED}", "self._ended.discard(fact.pump)", "pass", T_KEYED),
    Edit(f"audit/{OVERRIDES}", "if fact.sale in self._granted:", "if False:", T_OVERRIDES),
    Edit(f"audit/{OVERRIDES}", "sale.started >= self._since", "True", T_OVERRIDES),
    Edit(f"audit/{OVERRIDES}", "> grant.ceiling_ml", ">= grant.ceiling_ml", T_OVERRIDES),
]
