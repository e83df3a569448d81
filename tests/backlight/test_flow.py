"""The flow is one list, in order, and only the stages that are needed run."""

import pytest

from backlight import flow


def test_every_stage_takes_what_came_before():
    known = {"design", "gds_path", "program"}
    for stage in flow.FLOW:
        assert set(stage.takes) <= known, stage.name
        known.add(stage.gives)
    assert len({stage.name for stage in flow.FLOW}) == len(flow.FLOW)


def test_only_what_is_needed_runs():
    names = [stage.name for stage in flow.needed(("extraction",), ("design", "pdk", "netlist", "gds"))]
    assert names == ["extract"]
    names = [stage.name for stage in flow.needed(("netlist",), ("design",))]
    assert names == ["open", "compile", "place", "contact", "fits", "route", "frame", "netlist"]


def test_what_nobody_gives():
    with pytest.raises(LookupError, match="no stage gives gds_path"):
        flow.needed(("gds",), ("design",))
    with pytest.raises(LookupError, match="no stage gives wings"):
        flow.run(("wings",), {})


def test_the_demo_is_the_example():
    from pathlib import Path

    import backlight
    from compiler.spec import read_spec

    packaged = Path(backlight.__file__).parent / "demo.yml"
    example = Path(__file__).parents[2] / "examples" / "moons.yml"
    assert read_spec(packaged) == read_spec(example)
