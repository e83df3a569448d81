"""What cannot be lowered is told with its place, what was found and what was expected."""

import numpy as np
import pytest

from chips.engine.lower import lower
from chips.settings import EXCESS_LOSS_DB
from compiler.netlist import Pin
from pdk import registry

MODELS = registry.get("generic").models()


@pytest.fixture(scope="module")
def line(judge):
    """Two straights and a shifter between two ports, a splitter whose ends are terminated beside."""
    return judge.flat_netlist(
        {
            "a": ("straight", {"length_nm": 1000}),
            "p": ("phase_shifter", {}),
            "c": ("mmi2x2", {}),
            "e": ("termination", {}),
            "f": ("termination", {}),
        },
        [("a,o2", "p,o1"), ("p,o2", "c,o2"), ("e,o1", "c,o1"), ("c,o4", "f,o1")],
        {"in": "a,o1", "out": "c,o3"},
    )


def lowered(netlist, models=MODELS, into=("in",), read=("out",), **told):
    return lower(netlist, models, into=list(into), read=list(read), **told)


def refused(*words):
    """ValueError whose text has all of the words."""
    return pytest.raises(ValueError, match="(?s)" + "".join(f"(?=.*{word})" for word in words))


def test_the_line_itself_is_well(line):
    assert lowered(line).coefficients().read.shape == (1,)


def test_light_that_leaves_where_nothing_is(judge):
    netlist = judge.flat_netlist({"a": ("straight", {}), "c": ("mmi1x2", {})}, [("a,o2", "c,o1")], {"in": "a,o1"})
    with refused("^c, port o3", "found no connection", "expected one", "enters by o1"):
        lowered(netlist, read=[Pin("c", "o2")])
    assert lowered(netlist, read=[Pin("c", "o2"), Pin("c", "o3")]).schedule.read_row.size == 2


def test_all_components_without_a_model(line, judge):
    models = {name: model for name, model in MODELS.items() if name not in ("phase_shifter", "straight")}
    with refused("straight", r"\(1 instances, first a\)", "expected one of .*mmi2x2"):
        lowered(line, models)
    split = judge.flat_netlist(
        {"s": ("mmi1x2", {}), "x": ("foo", {}), "y": ("foo", {}), "pad": ("bond_pad", {})},
        [("s,o2", "x,in"), ("s,o3", "y,in")],
        {"in": "s,o1"},
    )
    with refused(r"foo \(2 instances, first x\)", "(?!.*bond_pad)"):
        lowered(split, read=[])


def test_both_missing_models_are_named(judge):
    split = judge.flat_netlist(
        {"s": ("mmi1x2", {}), "x": ("foo", {}), "y": ("bar", {})}, [("s,o2", "x,in"), ("s,o3", "y,in")], {"in": "s,o1"}
    )
    with refused(r"bar \(1 instances, first y\)", r"foo \(1 instances, first x\)", "expected one of"):
        lowered(split, read=[])


def test_settings_without_a_value_are_left_out(judge):
    """As gdsfactory writes what a cell was not told."""
    plain, told = (
        judge.flat_netlist({"a": ("straight", settings)}, [], {"in": "a,o1", "out": "a,o2"})
        for settings in ({}, {"width": None, "cross_section": None})
    )
    assert np.array_equal(lowered(plain).coefficients().read, lowered(told).coefficients().read)


def test_a_model_that_gains_light(line):
    def loud(wl=1.55, length_nm=1):
        return {("o1", "o2"): 1.2 + 0 * wl, ("o2", "o1"): 0.9}

    with refused("^a, ports o1, o2", r"found 1\.2", "straight", "expected 1 at most"):
        lowered(line, MODELS | {"straight": loud})


def test_a_model_that_gains_only_together(line):
    def wrong(wl=1.55):
        return dict.fromkeys((("o1", "o3"), ("o1", "o4"), ("o2", "o3"), ("o2", "o4")), 0.8)

    with refused("^c, ports", r"found 1\.6", "mmi2x2", "expected 1 at most"):
        lowered(line, MODELS | {"mmi2x2": wrong})


def test_gain_at_later_settings(line):
    circuit = lowered(line)
    with refused("^p, ports o1, o2", "phase_shifter", "expected 1 at most"):
        circuit.coefficients(settings={"p": {"loss_db": np.array([0.1, -3.0])}})
    with refused("^p, ports", "expected 1 at most"):
        circuit.coefficients(settings={"p": {EXCESS_LOSS_DB: -3.0}})


def test_a_net_to_a_port_that_is_not_there(judge):
    netlist = judge.flat_netlist(
        {"a": ("straight", {}), "b": ("straight", {})}, [("a,o2", "b,o7")], {"in": "a,o1", "out": "b,o2"}
    )
    with refused("^b: found port o7 in a net", "expected one of straight: o1, o2"):
        lowered(netlist)


@pytest.mark.parametrize("what", ["into", "read"])
def test_unknown_pins(line, what):
    with refused("found port o9", "^a", f"in {what}", "o1, o2"):
        lowered(line, **{what: [Pin("a", "o9")]})
    with refused(rf"{what}\[0\]: found the instance z", "port o1", "expected the path of a device"):
        lowered(line, **{what: [Pin("z", "o1")]})
    with refused(rf"{what}\[0\]: found the port z", "expected a port of the chip: in, out"):
        lowered(line, **{what: ["z"]})


def test_the_same_input_twice(line):
    with refused("^a, port o1", r"into\[0\] and into\[2\]", "expected it once"):
        lowered(line, into=["in", Pin("p", "o1"), Pin("a", "o1")])


def test_settings_that_a_model_does_not_take(line, judge):
    with refused("^p: found the setting phase", "expected one of phase_shifter: phase_rad, loss_db"):
        lowered(line, settings={"p": {"phase": 1.0}})
    with refused("^p: found the setting phase", "expected one of"):
        lowered(line).coefficients(settings={"p": {"phase": 1.0}})
    netlist = judge.flat_netlist({"a": ("straight", {"length": 1.0})}, [], {"in": "a,o1", "out": "a,o2"})
    with refused("^a: found the setting length", "length_nm"):
        lowered(netlist)


@pytest.mark.parametrize("told", [{"q": {"phase_rad": 1.0}}, {"layer1.p": {}}])
def test_settings_for_nobody(line, told):
    with refused(f"settings: found {next(iter(told))}", "expected the path of a device"):
        lowered(line, settings=told)
    with refused(f"settings: found {next(iter(told))}", "expected the path of a device"):
        lowered(line).coefficients(settings=told)


@pytest.mark.parametrize("value", [np.nan, np.inf, np.array([0.0, np.nan])])
def test_settings_that_are_not_finite(line, value):
    for key in ("phase_rad", EXCESS_LOSS_DB):
        with refused(f"^p, setting {key}", "expected finite numbers"):
            lowered(line, settings={"p": {key: value}})
        with refused(f"^p, setting {key}", "expected finite numbers"):
            lowered(line).coefficients(settings={"p": {key: value}})


def test_settings_of_a_wrong_sort(line):
    with refused("^p, setting phase_rad", "found 'high'", "expected a number"):
        lowered(line, settings={"p": {"phase_rad": "high"}})
    with refused("^p, setting phase_rad", "found {}", "expected a number"):
        lowered(line, settings={"p": {"phase_rad": {}}})


def test_wavelengths(line):
    for wl_um in (np.nan, np.inf, 0.0, -1.55):
        with refused("wl_um: found", "expected positive finite"):
            lowered(line, wl_um=wl_um)
        with refused("wl_um: found", "expected positive finite"):
            lowered(line).coefficients(wl_um=np.array([1.55, wl_um]))
    with refused(r"wl_um: found the shape \(1, 1\)"):
        lowered(line, wl_um=np.array([[1.55]]))
    with refused("wl_um: found 1.7", "expected 1.5 to 1.6"):
        lowered(line, wl_um=1.7, wavelength_range_um=(1.5, 1.6))
    with refused("wl_um: found 1.49", "expected 1.5 to 1.6"):
        lowered(line, wavelength_range_um=(1.5, 1.6)).coefficients(wl_um=[1.49, 1.55])


def test_a_model_that_is_not_finite(line):
    def short(wl=1.55, length_nm=1):
        inside = np.sqrt(1.6 - wl) if not hasattr(wl, "aval") else (1.6 - wl) ** 0.5
        return {("o1", "o2"): inside, ("o2", "o1"): inside}

    circuit = lowered(line, MODELS | {"straight": short})
    with refused("^a, port o1 to o2", "found .*nan", "straight at 1.7", "expected a finite amplitude"):
        circuit.coefficients(wl_um=np.array([1.55, 1.7]))
    with refused("^a, port o1 to o2", "found .*nan"):
        lowered(line, MODELS | {"straight": short}, wl_um=1.7)


def test_an_entry_that_was_zero(line):
    circuit = lowered(line)
    with refused("^f, port o1 to o1", "found a nonzero", "expected 0", "`lower` settings"):
        circuit.coefficients(settings={"f": {"reflection": 0.1}})
    circuit.coefficients(settings={"e": {"reflection": 0.1}})
    assert lowered(line, settings={"f": {"reflection": 0.1}}, read=["out", "in"]).coefficients().read.shape == (2,)


def test_slots(line):
    with refused("slots: found z", "expected the path of a device"):
        lowered(line, slots={"z": 0})
    with refused("slots: found -1 for p", "0 or more"):
        lowered(line, slots={"p": -1})


def test_arrays(line):
    circuit = lowered(line)
    with refused("arrays: found foo", "expected a component that light passes: .*straight"):
        circuit.coefficients(arrays={"foo": {"x": np.zeros(1)}})
    with refused("arrays for phase_shifter, setting phase_rad", r"found the shape \(3,\)", r"expected \(…, 1\)"):
        circuit.coefficients(arrays={"phase_shifter": {"phase_rad": np.zeros(3)}})
    with refused("arrays for phase_shifter: found the setting phase", "expected one of"):
        circuit.coefficients(arrays={"phase_shifter": {"phase": np.zeros(1)}})
    with refused("^p: found it in `settings` and phase_shifter in `arrays`"):
        circuit.coefficients(settings={"p": {}}, arrays={"phase_shifter": {"phase_rad": np.zeros(1)}})
