"""Wrong edits of what a bypass key means."""

from tests.mutations.runner import Edit

BYPASS, CLOSING, TROUBLE = "rules/bypass.py", "rules/closing.py", "rules/trouble.py"
RECOUNTING, BYPASSES, METERS = "recounting.py", "bypasses.py", "meters.py"
T_BYPASS, T_KEYED = "test_session_bypass.py", "test_recounting_keyed.py"
T_BYPASSES = "test_bypasses.py"

KEY_EDITS = [
    Edit(BYPASS, "left_ml = MAX_SAFE_INTEGER", "pass", T_BYPASS),
    Edit(BYPASS, "must_hang=session.must_hang or session.nozzle_lifted,", "", T_BYPASS),
    Edit(BYPASS, "min(flowed_ml, session.bypass_left_ml)", "flowed_ml", T_BYPASS),
    Edit(BYPASS, "max(0, session.bypass_left_ml - volume_ml)", "session.bypass_left_ml", T_BYPASS),
    Edit(BYPASS, "now_ns < session.bypass_ns + session.rules.shuts_ns", "True", T_BYPASS),
    Edit(BYPASS, "session.bypass_on or session.bypass_left_ml\n", "session.bypass_on\n", T_BYPASS),
    Edit(BYPASS, "max(covered, least)", "covered", T_BYPASS),
    Edit(BYPASS, " or session.fill is not None", "", T_BYPASS),
    Edit(BYPASS, "session.last_pulse_ns + PAUSE_NS", "session.bypassed_ns + BYPASSED_NS", T_BYPASS),
    Edit(CLOSING, "if session.the_fill.cut_pulses is not None:", "if False:", T_BYPASS),
    Edit(TROUBLE, "if not told or session.stop_pressed:", "if not told:", T_BYPASS),
    Edit(BYPASSES, "(turn.since, since)", "(turn.since, turn.since)", T_BYPASSES),
    Edit(BYPASSES, "min((turn.away", "max((turn.away", T_BYPASSES),
    Edit(METERS, "voucher.volume_ml - counted_ml", "voucher.volume_ml", T_KEYED),
    Edit(RECOUNTING, "counter is not None and before.run == counter.run:", "True:", T_KEYED),
]
