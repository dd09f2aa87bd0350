"""Small wrong edits of gateway/core. For each there is a test file that must fail."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Edit:
    file: str
    """Below gateway/core."""
    right: str
    """Occurs once in the file."""
    wrong: str
    caught_by: str
    """Below tests/core."""

    @property
    def name(self) -> str:
        return f"{self.file}: {self.right.strip()} -> {self.wrong.strip()}"


UNITS, DOSING, DECISION, CHAIN = "units.py", "dosing.py", "decision.py", "chain.py"
STEP, WAKE, SESSION = "step.py", "wake.py", "session.py"
CLOSING, CONTACTS, FILLING = "rules/closing.py", "rules/contacts.py", "rules/filling.py"
OBSERVE, TROUBLE, WAITING = "rules/observe.py", "rules/trouble.py", "rules/waiting.py"

ACCOUNTS, BALANCE, GRANTS = "accounts.py", "balance.py", "grants.py"
DRAWS, TOPPING_UP, ASKING = "draws.py", "topping_up.py", "rules/asking.py"

T_GRANTS, T_DRAWS, T_TOPPING_UP = "test_grants.py", "test_draws.py", "test_topping_up.py"
T_BALANCE, T_ASKING = "test_balance.py", "test_session_asking.py"
T_ANSWERS, T_CLOSING = "test_session_answers.py", "test_session_closing.py"
T_CONTACTS, T_DEVICES = "test_session_contacts.py", "test_session_devices.py"
T_LIMITS, T_STRAY = "test_session_limits.py", "test_session_stray.py"
T_SWEEP, T_TROUBLE, T_WAKE = "test_session_sweep.py", "test_session_trouble.py", "test_wake.py"
T_NOZZLE, T_TURNS = "test_session_nozzle.py", "test_session_turns.py"
T_UNITS, T_DOSING = "test_units.py", "test_dosing.py"
T_DECISION, T_CHAIN = "test_decision.py", "test_chain.py"

EDITS = [
    Edit(UNITS, "price_idr_per_l + ML_PER_L // 2)", "price_idr_per_l)", T_UNITS),
    Edit(UNITS, "+ ML_PER_L // 2)", "+ ML_PER_L // 2 - 1)", T_UNITS),
    Edit(UNITS, "((target_ml + 1) * self.pulses - 1)", "(target_ml * self.pulses)", T_UNITS),
    Edit(
        UNITS,
        "return -(-ML_PER_L * self.litres // self.pulses)",
        "return ML_PER_L * self.litres // self.pulses",
        T_UNITS,
    ),
    Edit(UNITS, "250 * self.litres", "251 * self.litres", T_UNITS),
    Edit(CHAIN, "canonical(entry)", "str(entry).encode()", T_CHAIN),
    Edit(DOSING, "self.valve_lag_ms + self.timer_hold_ms", "self.valve_lag_ms", T_DOSING),
    Edit(DOSING, "late_ms) + self.calibration.pulse_ml", "late_ms)", T_DOSING),
    Edit(DOSING, "self.valve_lag_ms) + self.calibration.pulse_ml", "0)", T_DOSING),
    Edit(
        DOSING,
        "min(stop_ml, self.chunk_ml) + self.stop_bound_ml",
        "min(stop_ml, self.chunk_ml)",
        T_DOSING,
    ),
    Edit(
        DOSING,
        "min(stop_ml, delivered_ml + self.chunk_ml)",
        "(delivered_ml + self.chunk_ml)",
        T_DOSING,
    ),
    Edit(
        DOSING,
        "covered_ml - delivered_ml > self.chunk_ml // 2",
        "covered_ml - delivered_ml >= self.chunk_ml // 2",
        T_DOSING,
    ),
    Edit(DOSING, "covered_ml >= stop_ml", "covered_ml > stop_ml", T_DOSING),
    Edit(DOSING, "reserved_ml - self.stop_bound_ml)", "reserved_ml)", T_DOSING),
    Edit(
        DOSING,
        "return -(-flow_ml_per_min * duration_ms // MS_PER_MINUTE)",
        "return flow_ml_per_min * duration_ms // MS_PER_MINUTE",
        T_DOSING,
    ),
    Edit(DECISION, "stop_ml < LEAST_FILL_ML", "stop_ml <= LEAST_FILL_ML", T_DECISION),
    Edit(
        DECISION,
        "question.remaining_ml - question.stop_bound_ml",
        "question.remaining_ml",
        T_DECISION,
    ),
    Edit(DECISION, "question.day_visits >= policy", "question.day_visits > policy", T_DECISION),
    Edit(DECISION, "open_hour <= local_hour <", "open_hour < local_hour <", T_DECISION),
    Edit(DECISION, "close_hour <= local_hour <", "close_hour < local_hour <", T_DECISION),
    Edit(DECISION, " or subject.blocked", "", T_DECISION),
    Edit(DECISION, "price.subsidised and not", "not", T_DECISION),
    Edit(DECISION, "and not question.online", "and question.online", T_DECISION),
    Edit(DECISION, "policy.day_ml - question.day_volume_ml", "policy.day_ml", T_DECISION),
    Edit(DECISION, ' or card.card != "vehicle"', "", T_DECISION),
    Edit(
        DECISION,
        "        (policy.uid_only_fill_ml - question.run_on_ml, Reason.LIMIT_FILL),\n",
        "",
        T_DECISION,
    ),
    Edit(STEP, "    session = observe(session, event, now_ns)\n", "", T_SWEEP),
    Edit(STEP, "wake_at(after, now_ns)", "wake_at(session, now_ns)", T_WAKE),
    Edit(WAKE, "yield since_ns + rules.start_ns", "pass", T_WAKE),
    Edit(WAKE, "if fill is None or fill.reserving", "if fill is None", T_SWEEP),
    Edit(SESSION, "self.fill.allowed.stop_ml + self.rules", "2**40 + self.rules", T_ANSWERS),
    Edit(SESSION, " and not self.fill.recording", "", T_STRAY),
    Edit(SESSION, "if self.fill.end_pulses is None else self.fill.end_pulses", "", T_CLOSING),
    Edit(
        CLOSING,
        "        return session, [ShutValve()]\n    first",
        "        return session, []\n    first",
        T_SWEEP,
    ),
    Edit(CLOSING, "breaks_first=first.other", "breaks_first=first", T_TURNS),
    Edit(CLOSING, "in_turn=unhurried", "in_turn=False", T_TURNS),
    Edit(CLOSING, "in_turn=False), [ShutValve()]", "in_turn=False), []", T_TURNS),
    Edit(WAITING, "makes_first=first.other", "makes_first=first", T_TURNS),
    Edit(FILLING, '"nozzle_hung", unhurried=True', '"nozzle_hung"', T_TURNS),
    Edit(
        CONTACTS,
        "(session.makes_first.other, session.makes_first)",
        "(session.makes_first, session.makes_first.other)",
        T_TURNS,
    ),
    Edit(CONTACTS, "if session.found is not None:", "if False:", T_TURNS),
    Edit(CONTACTS, "rules.turn_ns if session.in_turn else 0", "0", T_TURNS),
    Edit(TROUBLE, "ClearFound(), *actions", "*actions", T_TURNS),
    Edit(CLOSING, "and session.fill.ended_by is None", "", T_CLOSING),
    Edit(
        CLOSING,
        "max(session.last_pulse_ns, session.valve_since_ns)",
        "session.valve_since_ns",
        T_WAKE,
    ),
    Edit(CLOSING, "or fill.reserving", "", T_CLOSING),
    Edit(
        CLOSING,
        "end_pulses=session.pulses_total",
        "end_pulses=session.the_fill.start_pulses",
        T_CLOSING,
    ),
    Edit(CLOSING, "fill=fill, retry_ns=None)", "fill=fill)", T_SWEEP),
    Edit(CLOSING, "or (fault.locks and not session.fault.locks)", "", T_TROUBLE),
    Edit(
        CLOSING,
        "waiting_uid=None, override_by=None)\n    session, actions = shut(",
        "override_by=None)\n    session, actions = shut(",
        T_TROUBLE,
    ),
    Edit(
        CONTACTS,
        "    if session.pulses_total >= session.limit_pulses:\n",
        "    if session.pulses_total > session.limit_pulses:\n",
        T_CONTACTS,
    ),
    Edit(
        CONTACTS,
        "session.valve_since_ns < rules.contact_ns + rules.turn_ns",
        "session.valve_since_ns <= rules.contact_ns + rules.turn_ns",
        T_CONTACTS,
    ),
    Edit(CONTACTS, "rules.contact_ns + hold_ns", "rules.contact_ns", T_CONTACTS),
    Edit(CONTACTS, "elapsed_ns // FLOW_MARGIN", "elapsed_ns", T_CONTACTS),
    Edit(CONTACTS, ">= session.rules.run_on_ns", "> session.rules.run_on_ns", T_CONTACTS),
    Edit(
        FILLING,
        "session.pulses_total >= session.limit_pulses",
        "session.pulses_total > session.limit_pulses",
        T_LIMITS,
    ),
    Edit(FILLING, "event.uid == session.the_fill.allowed.card.uid", "True", T_CLOSING),
    Edit(FILLING, ">= rules.fill_ns", "> rules.fill_ns", T_WAKE),
    Edit(FILLING, "now_ns >= flow_deadline_ns", "now_ns > flow_deadline_ns", T_WAKE),
    Edit(FILLING, "replace(session, fill=None, store_code=None)", "session", T_CLOSING),
    Edit(OBSERVE, "event.reserved_ml >= fill.asked_ml", "True", T_ANSWERS),
    Edit(OBSERVE, "if flowed and not session.metering_fill", "if flowed", T_STRAY),
    Edit(OBSERVE, "stray_ml += volume_ml", "stray_ml = volume_ml", T_STRAY),
    Edit(OBSERVE, "now_ns if flowed else session.last_pulse_ns", "now_ns", T_WAKE),
    Edit(OBSERVE, "event.pulses_total < session.pulses_total", "False", T_STRAY),
    Edit(TROUBLE, "event.technician and not busy", "not busy", T_TROUBLE),
    Edit(TROUBLE, "and seen_wrong(session, now_ns) is None", "", T_TURNS),
    Edit(TROUBLE, "if event.fault is Fault.READER_SILENT:", "if False:", T_DEVICES),
    Edit(TROUBLE, "if event.fault.locks:", "if False:", T_TROUBLE),
    Edit(TROUBLE, "if runs_on(session)", "if False", T_CONTACTS),
    Edit(TROUBLE, "shut(session, now_ns, Reason.EMERGENCY_STOP.value)", "(session, [])", T_SWEEP),
    Edit(WAITING, "event.allowed.card.uid != session.asked_uid", "False", T_ANSWERS),
    Edit(WAITING, "event.allowed.stop_ml < dosing", "event.allowed.stop_ml <= dosing", T_LIMITS),
    Edit(WAITING, "if not session.nozzle_lifted or", "if", T_SWEEP),
    Edit(WAITING, " or session.must_hang:", ":", T_NOZZLE),
    Edit(WAITING, "must_hang=True", "must_hang=False", T_NOZZLE),
    Edit(FILLING, "(session, []) if session.must_hang else ", "", T_NOZZLE),
    Edit(OBSERVE, "nozzle_lifted=False, must_hang=False", "nozzle_lifted=False", T_NOZZLE),
    Edit(OBSERVE, "must_hang=session.nozzle_lifted", "must_hang=False", T_NOZZLE),
    Edit(WAITING, "opened=True, start_pulses=session.pulses_total", "opened=True", T_ANSWERS),
    Edit(WAITING, "session.stray_ml < least_ml", "session.stray_ml <= least_ml", T_STRAY),
    Edit(WAITING, "if session.stopping:\n        return session, []", "", T_ANSWERS),
    Edit(
        WAITING, "waited_ns >= session.rules.store_ns", "waited_ns > session.rules.store_ns", T_WAKE
    ),
    Edit(ACCOUNTS, " and not self.recalled", "", T_GRANTS),
    Edit(ACCOUNTS, 'holder if kind == "vehicle" else f"{kind}/{holder}"', "holder", T_GRANTS),
    Edit(BALANCE, "grant.grant_no <= self.high_water", "False", T_BALANCE),
    Edit(BALANCE, "self.holder_of.pop(grant_no, None)", "self.holder_of.get(grant_no)", T_GRANTS),
    Edit(BALANCE, "grant_no > self.high_water + 1", "False", T_GRANTS),
    Edit(BALANCE, "list(_without(self.never_held, grant_no))", "self.never_held", T_GRANTS),
    Edit(BALANCE, "grant.recalled or recalled", "grant.recalled", T_GRANTS),
    Edit(BALANCE, "if holder != sale.subject", "if False", T_DRAWS),
    Edit(GRANTS, "_never_held(grant_no) if grant_no in recalled else ", "", T_GRANTS),
    Edit(GRANTS, "facts += _leapt_over(high_water, grant_no)", "pass", T_GRANTS),
    Edit(GRANTS, "high_water == 0 or ", "", T_GRANTS),
    Edit(GRANTS, "> MAX_LEAP", ">= MAX_LEAP", T_GRANTS),
    Edit(GRANTS, "first=first, last=last", "first=first, last=first", T_GRANTS),
    Edit(GRANTS, "elif grant_no not in reserved_ml", "elif True", T_GRANTS),
    Edit(GRANTS, "elif not grant.recalled", "else", T_GRANTS),
    Edit(GRANTS, "grant.spent_ml + sold_ml.get(grant_no, 0)", "grant.spent_ml", T_GRANTS),
    Edit(GRANTS, "grant.recalled and grant_no not in busy", "grant.recalled", T_GRANTS),
    Edit(GRANTS, "grant.not_after < now_utc", "grant.not_after <= now_utc", T_GRANTS),
    Edit(GRANTS, "< now_utc and grant.grant_no not in busy", "< now_utc", T_GRANTS),
    Edit(GRANTS, "grant is None or grant.recalled:", "grant is None:", T_GRANTS),
    Edit(GRANTS, " - others_ml.get(grant_no, 0)", "", T_GRANTS),
    Edit(GRANTS, "if first <= now_utc", "if True", T_GRANTS),
    Edit(DRAWS, "if subject.emergency:", "if True:", T_DRAWS),
    Edit(DRAWS, "- held_ml.get(pump, 0)", "", T_DRAWS),
    Edit(DRAWS, "sum(held_ml.values()) + ", "", T_DRAWS),
    Edit(
        DRAWS, "left_ml if draw.most_ml is None else min(left_ml, draw.most_ml)", "left_ml", T_DRAWS
    ),
    Edit(DRAWS, "max(0, balance.remaining_ml(", "(balance.remaining_ml(", T_DRAWS),
    Edit(TOPPING_UP, "if left_ml < fill_ml", "if left_ml <= fill_ml", T_TOPPING_UP),
    Edit(TOPPING_UP, "asked_ago_ns >= PAUSE_NS", "asked_ago_ns > PAUSE_NS", T_TOPPING_UP),
    Edit(TOPPING_UP, "asked_ago_ns < ANSWER_NS", "asked_ago_ns <= ANSWER_NS", T_TOPPING_UP),
    Edit(ASKING, "if session.nozzle_lifted:", "if False:", T_ASKING),
    Edit(ASKING, "if not session.awaiting:", "if False:", T_ASKING),
    Edit(ASKING, "or event.uid != session.asked_uid", "", T_ASKING),
    Edit(CLOSING, "if now_ns < session.override_until_ns else None", "", T_ASKING),
    Edit(CLOSING, "if now_ns >= session.override_until_ns:", "if False:", T_ASKING),
]
