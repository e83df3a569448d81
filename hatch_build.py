"""Compile the engine's kernel while the project is installed; where that fails the engine runs without it."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

KERNEL = "chips/engine/build_kernel.py"


class KernelHook(BuildHookInterface):
    """Runs for wheels and for editable installs alike; the library lies in the source tree."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build, and add the library to what is installed."""
        spec = importlib.util.spec_from_file_location("build_kernel", Path(self.root) / KERNEL)
        assert spec and spec.loader
        kernel = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(kernel)
        try:
            kernel.build()
        except RuntimeError as error:
            print(f"backlight: the kernel was not built, light will be slower: {error}", file=sys.stderr)
            return
        build_data["artifacts"].append(str(kernel.LIBRARY.relative_to(self.root)))
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
