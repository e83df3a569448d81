"""backlight yield as a command, on dask workers: its results, and what may happen to workers and schedulers."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from threading import Thread

import numpy as np
import psutil
import pytest
import xarray as xr

from backlight.yields import cluster
from backlight.yields.store import Store
from backlight.yields.task import train_chips

CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=int(sys.argv[1]), threads_per_worker=1, dashboard_address=None) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""
STUDY = ("--chips", 4, "--epochs", 1, "--target", 0.6)


@contextmanager
def cluster_of(folder, workers):
    """A process with a scheduler and its workers, and the scheduler's address."""
    script = folder / "cluster.py"
    script.write_text(CLUSTER)
    command = [sys.executable, script, str(workers)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    with cluster_of(tmp_path_factory.mktemp("cluster"), 2) as (_, address):
        yield address


@pytest.fixture(scope="module")
def studied(tmp_path_factory, backlight, compiled, scheduler):
    """Four chips, studied on two workers of a scheduler; not to be changed."""
    folder = shutil.copytree(compiled, tmp_path_factory.mktemp("yield") / "out")
    assert backlight("yield", folder, *STUDY, "--scheduler", scheduler) == 0
    return folder


def results(folder):
    return [(folder / name).read_bytes() for name in ("yield.nc", "yield.json")]


def when_kept(monkeypatch, act):
    """Calls `act` as soon as the first chip is kept; gives the numbers of all that are."""
    keep, kept = Store.keep, []

    def keeping(self, first, records):
        keep(self, first, records)
        kept.append(first)
        if len(kept) == 1:
            act()

    monkeypatch.setattr(Store, "keep", keeping)
    return kept


def test_the_results(studied):
    told = json.loads((studied / "yield.json").read_text())
    assert (told["chips"], told["epochs"], told["first_seed"], told["chip"], told["schema"]) == (4, 1, 0, "varied", 1)
    with xr.open_dataset(studied / "yield.nc") as data:
        assert dict(data.sizes) == {"chip": 4, "epoch": 1}
        assert data["seed"].values.tolist() == [0, 1, 2, 3]
        accuracy = data["test_accuracy"].values
        assert np.array_equal(data["epoch_test_accuracy"].values[:, -1:].shape, (4, 1))
        assert np.all(data["shots"] > data["calibration_shots"])
    assert told["test_accuracy"] == accuracy.tolist()
    assert told["yield"] == np.mean(accuracy >= 0.6)
    assert len(set(accuracy)) > 1, "chips that are all alike were not drawn"
    text = (studied / "report.html").read_text()
    section = text[text.index('<section id="yield">') : text.index('<section id="losses">')]
    assert "4 varied chips, drawn by the seeds 0 … 3" in section
    assert section.count("<circle") == 4


def test_a_worker_that_is_killed(design_folder, studied, backlight, monkeypatch, capsys):
    """The chip that it had goes to another one; nothing is lost, nothing comes twice, and nothing else changes."""
    mine = psutil.Process()
    before = {child.pid for child in mine.children()}

    def kill_one():
        workers = [c for c in mine.children() if c.pid not in before and "spawn_main" in " ".join(c.cmdline())]
        assert len(workers) == 2
        os.kill(workers[1].pid, signal.SIGKILL)

    kept = when_kept(monkeypatch, kill_one)
    assert backlight("yield", design_folder, *STUDY, "--workers", 2) == 0
    assert sorted(kept) == [0, 1, 2, 3]
    assert results(design_folder) == results(studied)
    assert capsys.readouterr().err == ""


def test_one_process_that_is_this_one(design_folder, studied, backlight, monkeypatch):
    """Chip after chip in one process: the same bytes as from two workers side by side."""

    @contextmanager
    def here(packed, tasks, *, workers, scheduler):
        yield ((first, train_chips(packed, seeds)) for first, seeds in tasks.items())

    monkeypatch.setattr(cluster, "on_workers", here)
    assert backlight("yield", design_folder, *STUDY) == 0
    assert results(design_folder) == results(studied)


def test_ctrl_c_then_more_chips(design_folder, studied, backlight, scheduler, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        kept = when_kept(patch, lambda: signal.raise_signal(signal.SIGINT))
        assert backlight("yield", design_folder, *STUDY, "--chips", 3, "--scheduler", scheduler) == 2
    error = capsys.readouterr().err
    assert re.fullmatch(r"backlight: .*: interrupted; kept: \d of 3 chips; go on with .* --resume\n", error)
    assert not (design_folder / "yield.json").exists()
    again = when_kept(monkeypatch, lambda: None)
    assert backlight("yield", design_folder, "--resume", "--chips", 4, "--scheduler", scheduler) == 0
    assert sorted(kept + again) == [0, 1, 2, 3]
    assert results(design_folder) == results(studied)


def test_a_scheduler_that_is_lost(design_folder, studied, backlight, scheduler, tmp_path, monkeypatch, capsys):
    with cluster_of(tmp_path, 1) as (process, address):
        with monkeypatch.context() as patch:
            when_kept(patch, process.kill)
            assert backlight("yield", design_folder, *STUDY, "--scheduler", address) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"backlight: {address}: found the connection lost, expected a scheduler")
        assert re.search(r"kept: \d of 4 chips; go on with backlight yield .* --resume$", line)
    assert backlight("yield", design_folder, "--resume", "--scheduler", scheduler) == 0
    assert results(design_folder) == results(studied)


@pytest.fixture
def refused(backlight, capsys):
    """Run a command that has to be refused; the one line that it gives."""

    def run(*arguments):
        capsys.readouterr()
        assert backlight(*arguments) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("backlight: ")
        return line

    return run


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--chips", -3), "-3 is not in the range x>=1"),
        (("--chips", "many"), "'many' is not a valid int"),
        (("--workers", 0), "0 is not in the range x>=1"),
        (("--seed", -1), "-1 is not in the range"),
        (("--target", 95), "95.0 is not in the range 0<=x<=1"),
        (("--target", "nan"), "found nan, expected a share of the held-out samples"),
        (("--scheduler", "nonsense"), "found 'nonsense', expected HOST:PORT"),
        (("--scheduler", "127.0.0.1:9", "--workers", 2), "expected one of the two"),
        (("--resume", "--epochs", 2), "found a study with epochs 1, expected epochs 2, as asked for now"),
        (("--resume", "--seed", 2), "found a study with seed 0, expected seed 2"),
        (("--resume", "--ideal"), "found a study of chips with other imperfections"),
        (("--ideal", "--variation", "some.yml"), "--variation: found --ideal beside it"),
        (("--resume", "--fresh-data"), "found a study with fresh_data False"),
    ],
)
def test_refusals_lose_nothing(studied, refused, options, why):
    before = results(studied)
    assert why in refused("yield", studied, *options)
    assert results(studied) == before
    assert len(list((studied / "yield").glob("*.npz"))) == 4


def test_a_scheduler_that_is_gone(studied, refused):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    found = refused("yield", studied, "--scheduler", address)
    assert f"{address}: found no scheduler that answers (Connection refused)" in found
    assert len(list((studied / "yield").glob("*.npz"))) == 4


def test_what_is_no_scheduler(studied, refused):
    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(target=lambda: server.accept()[0].sendall(b"SSH-2.0-x\r\n"), daemon=True).start()
        address = f"127.0.0.1:{server.getsockname()[1]}"
        assert "found something that is no scheduler" in refused("yield", studied, "--scheduler", address)


def test_what_cannot_be_resumed(design_folder, studied, refused, tmp_path):
    assert "no such folder" in refused("yield", tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    assert "found no spec.yml, chip.gds, netlist.yml" in refused("yield", tmp_path / "empty")
    assert "found no study to resume" in refused("yield", design_folder, "--resume")
    shutil.copytree(studied / "yield", design_folder / "yield")
    (design_folder / "yield" / "study.json").write_text('{"schema": 1, "chips": 4}')
    assert "found a damaged study" in refused("yield", design_folder, "--resume")
    spec = design_folder / "spec.yml"
    shutil.copy(studied / "yield" / "study.json", design_folder / "yield" / "study.json")
    assert "data: moons" in spec.read_text()
    spec.write_text(spec.read_text().replace("data: moons", "data: circles"))
    assert "found a study of another circuit, data set or setting" in refused("yield", design_folder, "--resume")
