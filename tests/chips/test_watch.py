import numpy as np
import pytest

from chips.watch import Actions, Event, Mend, Watch, apart, due, watch

RELOAD, EPOCH = "reload", "epoch"


class Patient:
    """A chip as the watchdog sees it: some drifts cost accuracy, mends give some of it back."""

    def __init__(self, *lost, reload=0.0, epoch=0.0):
        self.accuracy, self._lost, self._gain = 0.95, list(lost), {RELOAD: reload, EPOCH: epoch}
        self.done = []

    def actions(self, most=3):
        return Actions(
            remember=lambda: self._do("remember", 0.0, 7),
            probe=lambda: (self.accuracy, 1),
            mends=(
                Mend(RELOAD, lambda: self._do(RELOAD, self._gain[RELOAD], 10)),
                Mend(EPOCH, lambda: self._do(EPOCH, self._gain[EPOCH], 100), most, learns=True),
            ),
            drift=lambda: self._do("drift", -self._lost.pop(0), 0),
        )

    def _do(self, what, gain, shots):
        self.done.append(what)
        self.accuracy += gain
        return shots


def kinds(log):
    return [event.kind for event in log]


def test_a_good_chip_is_only_probed():
    log = watch(Watch(drifts=3), Patient(0.0, 0.02, 0.0).actions())
    assert kinds(log) == ["remember", "drift", "drift", "drift"]
    assert log[-1].shots == 7 + 4


def test_a_reload_that_helps_ends_it():
    log = watch(Watch(drifts=2), Patient(0.3, 0.0, reload=0.3).actions())
    assert kinds(log) == ["remember", "drift", RELOAD, "drift"]
    assert log[2].accuracy == pytest.approx(0.95)


def test_epochs_follow_a_reload_that_does_not_and_new_weights_are_remembered():
    patient = Patient(0.3, reload=0.1, epoch=0.1)
    log = watch(Watch(drop=0.03), patient.actions())
    assert kinds(log) == ["remember", "drift", RELOAD, EPOCH, EPOCH]
    assert patient.done == ["remember", "drift", RELOAD, EPOCH, EPOCH, "remember"]
    assert log[-1].shots == 7 + 10 + 200 + 7 + 5


def test_epochs_end_with_their_number_and_bad_weights_are_not_remembered():
    patient = Patient(0.5, 0.0)
    log = watch(Watch(drifts=2), patient.actions(most=2))
    assert kinds(log) == ["remember", "drift", RELOAD, EPOCH, EPOCH, "drift", RELOAD, EPOCH, EPOCH]
    assert patient.done.count("remember") == 1


def test_what_comes_next_follows_from_the_log_alone():
    settings, patient = Watch(drifts=2), Patient(0.3, 0.2, reload=0.1, epoch=0.1)
    seen = []
    whole = watch(settings, patient.actions(), on_event=seen.append)
    assert [len(log) for log in seen] == list(range(1, len(whole) + 1))
    mends = patient.actions().mends
    for log in seen[:-1]:
        assert due(settings, mends, log) == whole[len(log)].kind
    assert due(settings, mends, whole) is None
    assert watch(settings, Patient().actions(), whole) == whole


def test_samples_that_decide_nothing_are_read_for_the_log_only():
    patient = Patient(0.0)
    actions = patient.actions()
    told = watch(Watch(), Actions(actions.remember, actions.probe, (), actions.drift, held_out=lambda: 0.5))
    assert told == (Event("remember", 0.95, 8, 0.5), Event("drift", 0.95, 9, 0.5))


@pytest.mark.parametrize(("samples", "expected"), [(30, 30), (100, 40)])
def test_probe_has_every_class_in_its_share(samples, expected):
    labels = np.repeat([0, 1, 2], [60, 40, 20])
    chosen = apart(np.random.default_rng(0).permutation(labels), samples)
    assert chosen.sum() == expected
    counts = np.bincount(np.random.default_rng(0).permutation(labels)[chosen], minlength=3)
    np.testing.assert_allclose(counts / expected, [0.5, 1 / 3, 1 / 6], atol=0.04)
