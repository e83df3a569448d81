"""Compile the kernel: `python -m chips.engine.build_kernel`; the set-up command does it by itself.

It needs a C++17 compiler and nothing of ours, so that the build of the project can run this file alone. Where there is
no compiler the engine runs without the kernel, slower.
"""

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).parent / "kernel"
LIBRARY = FOLDER / "_meetings.so"
FLAGS = ("-std=c++17", "-O3", "-fno-math-errno", "-fno-trapping-math", "-fPIC", "-w")
X86 = {
    "avx512": ("-march=x86-64-v4", "-mprefer-vector-width=512"),
    "avx2": ("-march=x86-64-v3",),
}
"""Instruction sets beside the processor's least one; which of them runs is settled when it is called."""
WIDTHS = (1, 2, 4, 8)
"""Vectors of a tile of samples."""


def build(to: Path = LIBRARY) -> None:
    """Compile into `to`. RuntimeError, with the reason, where there is no compiler, no jaxlib, or an error."""
    jaxlib = importlib.util.find_spec("jaxlib")
    if jaxlib is None or jaxlib.origin is None:
        raise RuntimeError("found no jaxlib, whose headers the kernel needs")
    include = Path(jaxlib.origin).parent / "include"
    compiler = os.environ.get("CXX") or next(filter(shutil.which, ("c++", "g++", "clang++")), None)
    if compiler is None:
        raise RuntimeError("found no C++ compiler (c++, g++, clang++ or $CXX)")
    x86 = platform.machine().lower() in ("x86_64", "amd64")
    variants = [("baseline", 2, ()), *((name, n, flags) for name, flags in X86.items() for n in WIDTHS if x86)]
    source = str(FOLDER / "meetings.cpp")
    with tempfile.TemporaryDirectory() as folder:
        jobs = {
            f"{name}_{n}.o": (*FLAGS, *flags, f"-DVARIANT={name}_{n}", f"-DVECTORS={n}", "-c", source)
            for name, n, flags in variants
        }
        jobs["bindings.o"] = (*FLAGS, "-O1", f"-I{include}", "-c", str(FOLDER / "bindings.cpp"))
        started = [
            subprocess.Popen((compiler, *job, "-o", name), cwd=folder, stderr=subprocess.PIPE, text=True)
            for name, job in jobs.items()
        ]
        for process in started:
            _finish(process)
        shared = subprocess.Popen(
            (compiler, "-shared", *jobs, "-o", "library.so"), cwd=folder, stderr=subprocess.PIPE, text=True
        )
        _finish(shared)
        fresh = to.with_suffix(f".{os.getpid()}")
        shutil.copy(Path(folder) / "library.so", fresh)
        fresh.replace(to)  # never half a library under this name, whoever else builds


def _finish(process: subprocess.Popen) -> None:
    _, errors = process.communicate()
    if process.returncode:
        raise RuntimeError(f"the C++ compiler failed: {errors.strip()[-400:]}")


if __name__ == "__main__":
    try:
        build()
    except RuntimeError as error:
        sys.exit(str(error))
    print(LIBRARY)
