"""Plots are well-formed SVG, whatever the numbers and names."""

from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlight import plots


def texts(svg):
    return [element.text for element in ElementTree.fromstring(svg).iter() if element.tag.endswith("text")]


def test_a_heat_map_says_its_numbers():
    svg = plots.heatmap(np.array([[0.25, 1.0]]), ["<a>"], ["b", "c"], title="t")
    assert {"0.25", "1.00", "<a>", "b", "c"} <= set(texts(svg))


def test_a_large_heat_map_leaves_them_to_the_tool_tip():
    svg = plots.heatmap(np.eye(16), [str(k) for k in range(16)], [str(k) for k in range(16)], title="t")
    assert "1.00" not in texts(svg)
    assert "3 ← 3: 1" in svg


def test_a_heat_map_of_nothing_but_zeros():
    assert "0.00" in texts(plots.heatmap(np.zeros((2, 2)), ["a", "b"], ["a", "b"], title="t"))


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True, width=32), max_size=20), st.booleans())
def test_curves_take_any_numbers(values, log):
    svg = plots.curves({"a & b": values}, list(range(len(values))), title="t", x_label="x", y_label="y", log=log)
    assert "nan" not in svg.lower() and "inf" not in svg.lower()
    ElementTree.fromstring(svg)


@pytest.mark.parametrize("values", [[1.0], [2.0, 2.0], [0.1, 1000.0]])
def test_curves_name_their_lines(values):
    svg = plots.curves({"loss": values}, list(range(len(values))), title="t", x_label="epoch", y_label="", log=True)
    assert {"loss", "epoch"} <= set(texts(svg))


@given(st.lists(st.floats(0, 100), min_size=1, max_size=40), st.floats(0, 100))
def test_distributions_take_any_numbers(values, limit):
    names = [f"<chip {k}>" for k in range(len(values))]
    dots = plots.ranks(values, names, limit=limit, title="t", x_label="x", y_label="y")
    bars = plots.histogram(values, limit=limit, title="t", x_label="x", y_label="y")
    circles = [e for e in ElementTree.fromstring(dots).iter() if e.tag.endswith("circle")]
    assert len(circles) == len(values)
    assert sum("failed" in e.attrib["class"] for e in circles) == sum(value < limit for value in values)
    tips = [e.text for e in ElementTree.fromstring(bars).iter() if e.tag.endswith("title")][1:]
    assert sum(int(tip.rsplit(": ", 1)[1]) for tip in tips) == len(values)


def test_a_plot_as_a_file():
    svg = plots.standalone(plots.curves({"a": [1, 2]}, [1, 2], title="t", x_label="x", y_label="y"))
    assert ElementTree.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
