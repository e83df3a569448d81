"""The Python of the manual runs as it is printed."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_manual_runs(tmp_path):
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "api.md").read_text(), re.DOTALL)
    lines = [line for line in code.splitlines() if line.strip()]
    assert len(lines) < 15
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    accuracy, difference = re.fullmatch(r"([\d.]+)% held out, .* differ by (\S+)\n", run.stdout).groups()
    assert float(accuracy) > 85
    assert float(difference) < 1e-12
    assert {path.name for path in tmp_path.iterdir()} == {"chip.gds", "accuracy.svg"}
