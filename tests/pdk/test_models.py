"""The models: passive, reciprocal, as symmetric as the devices claim, on the ports that the cells have."""

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pdk.conform.models import RANGES
from pdk.generic import dimensions
from pdk.registry import get

PROCESS = get("generic")
MODELS = dict(PROCESS.models())


def settings_of(name: str) -> list[str]:
    return [setting for setting in inspect.signature(MODELS[name]).parameters if setting != "wl"]


def optical_ports(name: str) -> list[str]:
    if name == "straight":
        return ["o1", "o2"]
    return [port.name for port in PROCESS.devices[name].ports if port.kind == "optical"]


def matrix(name: str, **values) -> np.ndarray:
    """S (..., port out, port in)."""
    sdict = MODELS[name](**values)
    names = optical_ports(name)
    shape = next(iter(sdict.values())).shape
    s = np.zeros((*shape, len(names), len(names)), complex)
    for (a, b), value in sdict.items():
        s[..., names.index(b), names.index(a)] = np.asarray(value)
    return s


@st.composite
def cases(draw):
    name = draw(st.sampled_from(sorted(MODELS)))
    values = {setting: draw(st.floats(*RANGES[setting])) for setting in settings_of(name)}
    return name, {"wl": draw(st.floats(1.5, 1.6)), **values}


@settings(deadline=None, max_examples=150)
@given(cases())
def test_passive_reciprocal_and_symmetric(case) -> None:
    name, values = case
    s = matrix(name, **values)
    assert np.linalg.norm(s, 2) <= 1 + 1e-12, "gives more light than it gets"
    np.testing.assert_allclose(s, s.T, atol=1e-14)
    names = optical_ports(name)
    for symmetry in PROCESS.devices[name].symmetries if name in PROCESS.devices else ():
        order = [names.index(symmetry.get(port, port)) for port in names]
        mirrored = values | {"imbalance_rad": -values["imbalance_rad"]} if name == "mmi1x2" else values
        np.testing.assert_allclose(s[np.ix_(order, order)], matrix(name, **mirrored), atol=1e-14)


def test_every_setting_has_a_range() -> None:
    assert {setting for name in MODELS for setting in settings_of(name)} == set(RANGES)


def test_the_splitter_and_the_mzi_follow_the_convention() -> None:
    """Behind the phase of a waveguide as long as the splitter."""
    lossless = 10 ** (PROCESS.value("splitter_2x2_loss_db") / 20)
    length_nm = PROCESS.devices["mmi2x2"].path_nm
    in_step = np.exp(-1j * np.angle(complex(MODELS["straight"](length_nm=length_nm)["o1", "o2"])))
    s = {pair: complex(value) * lossless * in_step for pair, value in MODELS["mmi2x2"]().items()}
    half = np.sqrt(0.5)
    np.testing.assert_allclose([s["o2", "o3"], s["o1", "o4"]], half)
    np.testing.assert_allclose([s["o2", "o4"], s["o1", "o3"]], 1j * half)
    coupler = np.array([[s["o2", "o3"], s["o1", "o3"]], [s["o2", "o4"], s["o1", "o4"]]])
    theta, phi = 0.7, 1.9
    t = coupler @ np.diag([np.exp(1j * theta), 1]) @ coupler @ np.diag([np.exp(1j * phi), 1])
    sine, cosine = np.sin(theta / 2), np.cos(theta / 2)
    turned = np.array([[np.exp(1j * phi) * sine, cosine], [np.exp(1j * phi) * cosine, -sine]])
    np.testing.assert_allclose(t, 1j * np.exp(1j * theta / 2) * turned, atol=1e-12)


def test_backward_light_in_the_bus_is_tapped_to_o2() -> None:
    s = MODELS["tap"](wl=1.55, coupling=0.01)
    excess = 10 ** (-(PROCESS.value("coupler_loss_db") + PROCESS.devices["tap"].path_nm * 1e-7 * 2.0) / 10)
    np.testing.assert_allclose(abs(s["o4", "o2"]) ** 2, 0.01 * excess)
    assert ("o4", "o3") not in s


def test_group_index_is_the_slope_of_the_phase() -> None:
    wl = np.array([1.549, 1.551])
    phase = np.unwrap(np.angle(MODELS["straight"](wl=wl, length_nm=20_000)["o1", "o2"]))
    n_g = -np.diff(phase)[0] / (2 * np.pi * 20 * np.diff(1 / wl)[0]) * -1
    assert n_g == pytest.approx(PROCESS.value("n_g"), abs=2e-4)


def loss_db(name: str, pair=("o1", "o2"), **values) -> float:
    return float(-20 * np.log10(abs(MODELS[name](**values)[pair])))


def test_balance_tap_loses_what_two_splitters_lose() -> None:
    rest_nm = 2 * dimensions.MMI_LENGTH_NM - PROCESS.devices["balance_tap"].port("o4").x_nm
    bypass = loss_db("balance_tap", ("o1", "o4")) + loss_db("straight", length_nm=rest_nm)
    assert abs(bypass - 2 * PROCESS.value("splitter_2x2_loss_db")) < 2e-4


def test_an_interferometer_loses_a_modest_share() -> None:
    splitters = 2 * (loss_db("mmi2x2", ("o1", "o4")) - 10 * np.log10(2))
    arm = 2 * loss_db("phase_shifter") + 2 * loss_db("tap", ("o1", "o4")) + 8 * loss_db("bend_90")
    assert 0.3 < splitters + arm < 0.5
