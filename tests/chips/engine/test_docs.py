"""The manual's page on the engine runs as it stands."""

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[3] / "docs" / "engine.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_page_has_both_examples():
    assert len(BLOCKS) == 2


@pytest.mark.parametrize("code", BLOCKS, ids=["own models", "own chip"])
def test_the_manual_runs(code):
    assert "assert" in code
    names = {}
    exec(code, names)
    assert names["schedule" if "schedule" in names else "layer"]
