"""Wrong edits of how counts are compared with what was recorded, and who must notice them."""

from tests.mutations.runner import Edit

METER_EDITS = (
    Edit("recounting.py", "start.run != counter.run", "False", "test_recounting.py"),
    Edit("recounting.py", "counted_ml < row.metered_ml", "False", "test_recounting.py"),
    Edit(
        "recounting.py",
        "min(counted_ml, max(row.reserved_ml, row.metered_ml))",
        "counted_ml",
        "test_recounting.py",
    ),
    Edit("recounting.py", "end.run == start.run", "True", "test_recounting.py"),
    Edit("recounting.py", "guess.counter_start.run == counter.run", "True", "test_recounting.py"),
    Edit("recounting.py", "max(counted_ml, guess.metered_ml)", "counted_ml", "test_recounting.py"),
    Edit("recounting.py", "gap_ml = counted_ml - volume_ml", "gap_ml = 0", "test_recounting.py"),
    Edit("recounting.py", "gap_ml < -tolerance_ml", "gap_ml < 0", "test_recounting.py"),
    Edit("recounting.py", "reversed(guess.charges)", "guess.charges", "test_recounting.py"),
    Edit("recounting.py", "totaliser_ml += gap_ml", "pass", "test_recounting.py"),
    Edit("comparing.py", " - self.expected_ml", "", "test_recounting.py"),
    Edit("comparing.py", "> self.tolerance_ml", ">= self.tolerance_ml", "test_recounting.py"),
    Edit("comparing.py", "abs(self.gap_ml)", "self.gap_ml", "test_recounting.py"),
    Edit(
        "meters.py",
        "recorded_ml=recorded_ml, estimated=None",
        "recorded_ml=recorded_ml",
        "test_recounting.py",
    ),
    Edit(
        "meters.py",
        "meter.recorded_ml + flow.volume_ml",
        "meter.recorded_ml",
        "test_recounting.py",
    ),
    Edit("folding.py", "spent_ml=-charge.volume_ml", "spent_ml=0", "test_recounting.py"),
    Edit(
        "folding.py",
        "account.day.volume_ml - fact.returned_ml",
        "account.day.volume_ml",
        "test_recounting.py",
    ),
    Edit("calibrating.py", "!= DRAWS", "< DRAWS", "test_calibrating.py"),
    Edit("calibrating.py", "> MOST_SPREAD_PPM", ">= MOST_SPREAD_PPM", "test_calibrating.py"),
    Edit("calibrating.py", "> MOST_CHANGE_PPM", ">= MOST_CHANGE_PPM", "test_calibrating.py"),
    Edit("calibrating.py", "abs(error_before)", "error_before", "test_calibrating.py"),
    Edit("calibrating.py", "_rate([draw])", "Fraction(draw.pulses)", "test_calibrating.py"),
    Edit("calibrating.py", "refuse_reading(draw.can_ml)", "pass", "test_calibrating.py"),
    Edit(
        "calibrating.py",
        "error_before_ppm=round(error_before * PPM)",
        "error_before_ppm=-round(error_before * PPM)",
        "test_calibrating.py",
    ),
    Edit("meters.py", "fact.count <= meter.calibrations", "fact.count < 0", "test_recalibrated.py"),
    Edit("meters.py", "former_ml += before.volume_ml", "before.volume_ml", "test_recalibrated.py"),
    Edit("meters.py", "base = fact.counter", "base = meter.base", "test_recalibrated.py"),
    Edit(
        "meters.py", "None if fact.estimated else meter.base", "meter.base", "test_recalibrated.py"
    ),
    Edit(
        "meters.py",
        "meter.recorded_ml + fact.volume_ml",
        "meter.recorded_ml",
        "test_recalibrated.py",
    ),
    Edit("comparing.py", "counted_ml += meter.former_ml", "pass", "test_recalibrated.py"),
    Edit(
        "folding.py",
        "        TYPE_OF[CalibrationDrawn]: Folding.passed,\n",
        "",
        "test_recalibrated.py",
    ),
    Edit("people.py", "not awaited or ", "", "test_recalibrated.py"),
    Edit("people.py", "MOST_DRAWN_ML - stop_bound_ml", "MOST_DRAWN_ML", "test_recalibrated.py"),
    Edit(
        "meters.py",
        "meter = _unseen_of(meter, fact.unseen_ml)",
        "pass",
        "test_recalibrated.py",
    ),
    Edit(
        "rules/asking.py",
        "event.uid == session.asked_uid",
        "True",
        "test_session_asking.py",
    ),
)
