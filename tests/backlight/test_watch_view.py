import pytest

from backlight import plots, watch_view


@pytest.fixture
def drift():
    """The drift section of training.json, of a chip that was reloaded once."""
    kinds = ("remember", "drift", "recalibrate", "reload")
    events = [
        {"kind": kind, "accuracy": read, "shots": 100 * k, "held_out": read - 0.01}
        for k, (kind, read) in enumerate(zip(kinds, (0.95, 0.5, 0.52, 0.94), strict=True), start=1)
    ]
    told = {"before": 0.94, "after": 0.49, "recalibrated": 0.51, "reloaded": 0.93, "trained": None, "recovered": 0.93}
    sizes = {"step_rad": 0.1, "steps": 1, "drop": 0.03, "probe_samples": 60, "held_out_samples": 120}
    return {**sizes, **told, "events": events}


def test_note_says_what_was_read_and_nothing_of_mends_that_were_not_needed(drift):
    note = watch_view.note(drift)
    assert "0.1 rad (standard deviation), once." in note
    assert "49.0 % after the drift" in note and "93.0 % after leading" in note and "400 shots" in note
    assert "epochs" not in note


def test_plot_marks_every_event(drift):
    svg = watch_view.plot(drift)
    assert [word in svg for word in ("remember", "drift", "recalibrate", "reload", "held out")] == [True] * 5
    long = drift | {"events": drift["events"] * 10}
    assert watch_view.plot(long).count(">recalibrate<") == 0
    assert watch_view.plot(long).count(">drift<") == 10


def test_an_architecture_without_held_out_readings_has_one_line(drift):
    events = [event | {"held_out": None} for event in drift["events"]]
    assert "held out" not in watch_view.plot(drift | {"events": events})


def test_marks_are_escaped():
    svg = plots.curves({"a": [1, 2]}, [0, 1], title="t", x_label="x", y_label="", marks={1.0: "a & b"})
    assert "a &amp; b" in svg
