"""Yield studies without a cluster: what is split, kept, resumed, summed up and written."""

from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from backlight.learning import prepare_lesson
from backlight.refusal import Refusal
from backlight.verbs.yield_ import imperfections
from backlight.yields import mesh, outcome
from backlight.yields.cluster import require_scheduler
from backlight.yields.records import checked, joined
from backlight.yields.run import run, tasks_of
from backlight.yields.store import Store
from backlight.yields.study import OtherVersionsError, Study, pack, unpack
from backlight.yields.trainers import TRAINERS, Trainer
from chips.data import Dataset
from chips.train import TrainConfig
from chips.variation import Imperfections
from compiler.compile import compile_circuit
from compiler.network import ChipSpec, Design, Layer, Network, TrainSpec
from pdk import registry


def records_of(seeds, epochs=3):
    """What a trainer gives, made up from each chip's seed alone."""
    rows = [np.random.default_rng(seed).random(epochs + 1) for seed in seeds]
    return {
        "seed": np.array(seeds),
        "test_accuracy": np.array([row[-1] for row in rows]),
        "shots": np.array([7 * seed for seed in seeds]),
        "epoch_test_accuracy": np.array([row[:epochs] for row in rows]),
    }


@pytest.fixture(scope="module")
def study():
    design = Design(Network("tiny", 2, (Layer(2),)), ChipSpec(ports=4), TrainSpec("moons"))
    netlist = compile_circuit(design, registry.get("generic"))
    dataset = Dataset("points", np.arange(8.0).reshape(4, 2), np.array([0, 1, 0, 1]), ("a", "b"), ("x", "y"))
    return Study(design, netlist, None, None, dataset, Imperfections.real(), epochs=3, seed=0, first_seed=5)


@pytest.fixture
def by_threes(monkeypatch):
    """Tasks of three chips."""
    monkeypatch.setitem(TRAINERS, "mesh", Trainer(3, lambda study: study, lambda study, seeds: records_of(seeds)))


class Workers:
    """Computes tasks in an order of its own, and remembers which."""

    def __init__(self, order=1, lose_after=None):
        self.order, self.lose_after, self.did = order, lose_after, []

    @contextmanager
    def __call__(self, packed, tasks):
        def finished():
            for first in list(tasks)[:: self.order]:
                if len(self.did) == self.lose_after:
                    raise Refusal("scheduler", "the connection lost", "one that runs")
                self.did.append(first)
                yield first, records_of(tasks[first])

        yield finished()


def equal(one, other):
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


@given(st.integers(1, 50), st.sampled_from([1, 3, 8]))
def test_tasks_hold_each_chip_once(chips, size):
    design = Design(Network("tiny", 2, (Layer(2),)), ChipSpec(), TrainSpec("moons"))
    study = Study(design, None, None, None, None, Imperfections.real(), epochs=3, seed=0, first_seed=5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TRAINERS, "mesh", replace(TRAINERS["mesh"], chips_per_task=size))
        tasks = tasks_of(study, chips)
    assert [seed for seeds in tasks.values() for seed in seeds] == list(range(5, 5 + chips))


@pytest.mark.parametrize("chips", [1, 3, 7])
def test_the_order_of_workers_does_not_matter(study, by_threes, tmp_path, chips):
    for order in (1, -1):
        store = Store(tmp_path)
        store.start("a study", {})
        assert equal(run(study, chips, store, Workers(order)), records_of(range(5, 5 + chips)))


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path)
    store.start("a study", {"chips": 7})
    return store


def test_what_is_lost_half_way_is_computed_alone(study, by_threes, store):
    seen = []
    with pytest.raises(Refusal):
        run(study, 7, store, Workers(order=-1, lose_after=2), lambda so_far: seen.append(so_far.chips))
    assert seen == [0, 1, 4]
    again = Workers()
    assert equal(run(study, 7, store, again), records_of(range(5, 12)))
    assert again.did == [0]


def test_more_chips_may_follow(study, by_threes, store):
    run(study, 7, store, Workers())
    more = Workers()
    assert equal(run(study, 9, store, more), records_of(range(5, 14)))
    assert more.did == [6]  # a task of one chip becomes one of three
    assert equal(run(study, 3, store, Workers(lose_after=0)), records_of(range(5, 8)))


@pytest.mark.parametrize(
    "spoil", [lambda b: b[:100], lambda b: b"", lambda b: b[:-30] + bytes(30), lambda b: b"x" * 50]
)
def test_a_damaged_part_is_computed_again(study, by_threes, store, spoil):
    run(study, 7, store, Workers())
    path = store.path / "chips-000003.npz"
    path.write_bytes(spoil(path.read_bytes()))
    again = Workers()
    assert equal(run(study, 7, store, again), records_of(range(5, 12)))
    assert again.did == [3]


def test_a_new_study_forgets_the_old(study, by_threes, store):
    run(study, 7, store, Workers())
    store.start("another", {"chips": 3})
    assert [path.name for path in store.path.iterdir()] == ["study.json"]
    assert store.told() == {"schema": 1, "study": "another", "chips": 3}


def test_no_study_to_resume(tmp_path):
    with pytest.raises(Refusal, match="found no study to resume"):
        Store(tmp_path).told()


def test_records_of_other_chips_are_refused():
    good = records_of([1, 2])
    assert checked(good, (1, 2)) is good
    for records in (good, good | {"seed": np.array([1, 1])}, {"seed": good["seed"]}):
        with pytest.raises(ValueError, match="other chips"):
            checked(records, (1, 2, 3) if records is good else (1, 2))
    with pytest.raises(ValueError, match="shots: found other shapes"):
        checked(good | {"shots": np.zeros(3)}, (1, 2))


def test_a_study_travels(study):
    again = unpack(pack(study))
    assert again.name == study.name
    assert again.seeds(2, 3) == (7, 8, 9)


@pytest.fixture(scope="module")
def whole(study):
    """The same with enough points to be split."""
    points = np.random.default_rng(0).standard_normal((40, 2))
    return replace(study, dataset=Dataset("points", points, np.arange(40) % 2, ("a", "b"), ("x", "y")))


def test_chips_share_data_and_start(whole):
    course = mesh.prepare(whole)
    assert course.lesson_of(5) is course.lesson_of(6)
    assert (course.lesson.config.seed, course.lesson.config.epochs) == (0, 3)


def test_fresh_data_is_what_train_does_with_a_seed(whole):
    own = mesh.prepare(replace(whole, fresh_data=True)).lesson_of(6)
    config = TrainConfig.of(whole.design, seed=6, epochs=3)
    trained = prepare_lesson(
        whole.design, whole.netlist, own.pdk, dataset=whole.dataset, config=config, imperfections=Imperfections.real()
    )
    assert own.config == trained.config
    assert np.array_equal(own.split.test_x, trained.split.test_x)
    assert not np.array_equal(own.split.test_x, mesh.prepare(whole).lesson.split.test_x)


def test_other_versions_are_refused(study, monkeypatch):
    packed = pack(study)
    monkeypatch.setattr("backlight.yields.study.version", lambda name: "0.0.1")
    with pytest.raises(OtherVersionsError, match=r"jax 0.0.1.*expected backlight"):
        unpack(packed)


def test_all_that_numbers_depend_on_names_a_study(study):
    others = [
        replace(study, epochs=4),
        replace(study, seed=1),
        replace(study, first_seed=6),
        replace(study, fresh_data=True),
        replace(study, imperfections=Imperfections.ideal()),
        replace(study, dataset=replace(study.dataset, features=1 + study.dataset.features)),
        replace(study, netlist=replace(study.netlist, electrical={"chip": {"wire": ["a,e1", "b,e1"]}})),
    ]
    assert len({study.name, *(other.name for other in others)}) == 1 + len(others)
    assert replace(study).name == study.name


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share(case):
    passed, chips = case
    low, high = outcome.wilson(passed, chips)
    assert 0 <= low <= passed / chips <= high <= 1
    mirrored = outcome.wilson(chips - passed, chips)
    assert np.allclose((1 - high, 1 - low), mirrored)


def test_a_known_interval():
    # Brown, Cai, DasGupta, Statistical Science 16, 101 (2001): the Wilson interval needs no more than n, x and z.
    low, high = outcome.wilson(90, 100)
    assert (low, high) == pytest.approx((0.8256, 0.9448), abs=1e-4)


def test_the_summary():
    accuracy = np.array([0.9, 0.95, 0.96, 1.0])
    found = outcome.summary({"seed": np.arange(4), "test_accuracy": accuracy}, 0.95)
    assert (found["passed"], found["yield"], found["chips"]) == (3, 0.75, 4)
    assert (found["median"], found["lowest"]) == (pytest.approx(0.955), 0.9)
    assert found["epochs_percentiles"] == {}
    assert outcome.summary({"seed": np.arange(1), "test_accuracy": accuracy[:1]}, 0.5)["standard_deviation"] is None


@pytest.mark.parametrize("first", [0, 2**31 - 2, 2**32 - 1])
def test_the_file_holds_the_records(tmp_path, first):
    records = joined([records_of([first, first + 1]), records_of([first + 2])])
    path = tmp_path / "yield.nc"
    outcome.write_netcdf(path, records, {"title": "t", "target": 0.95})
    with xr.open_dataset(path) as data:
        assert dict(data.sizes) == {"chip": 3, "epoch": 3}
        assert all(np.array_equal(data[name].values, array) for name, array in records.items())
        assert data.attrs == {"title": "t", "target": 0.95}
        assert data["test_accuracy"].attrs["long_name"].startswith("share of the held-out")
    before = path.read_bytes()
    outcome.write_netcdf(path, records, {"title": "t", "target": 0.95})
    assert path.read_bytes() == before


def test_no_epochs(tmp_path):
    path = tmp_path / "yield.nc"
    outcome.write_netcdf(path, records_of([1, 2], epochs=0), {})
    with xr.open_dataset(path) as data:
        assert dict(data.sizes) == {"chip": 2}


def test_chips_vary_as_a_file_says(tmp_path):
    path = tmp_path / "clean.yml"
    path.write_text("splitter_imbalance_rad: 0.001\n")
    assert imperfections(None, path) == replace(Imperfections.real(), splitter_imbalance_rad=0.001)
    assert imperfections(True, None) == Imperfections.ideal()
    assert imperfections(None, None) is None


@pytest.mark.parametrize("address", ["nonsense", "host:", "http://host:1", "a b:1", "", "127.0.0.1:99999", "host:port"])
def test_what_is_no_address(address):
    with pytest.raises(Refusal, match="expected HOST:PORT"):
        require_scheduler(address)
