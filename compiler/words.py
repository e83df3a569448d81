"""YAML as plain data with a line and column for every key and value.

YAML's nodes are read as they are: nothing in a file is ever constructed but mappings, lists, numbers, true and false,
words, and nothing.
"""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from compiler.network import Key, SpecError, shown

MAX_NODES = 10_000
"""More than any spec holds; stops aliases that multiply."""


MAX_BYTES = 1_000_000
"""A file for people is a page; whatever is larger is some other file."""


def read_text(path: Path, expected: str) -> tuple[str, str]:
    """A file's name as complaints give it, and its text; SpecError of one line where it has none."""
    name = str(path) if str(path).isprintable() else ascii(str(path))
    try:
        found = "a folder" if path.is_dir() else "" if path.is_file() else "no such file"
        if found:
            raise SpecError((), found, expected, where=name)
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SpecError((), f"no way to read it ({error.strerror})", expected, where=name) from None
    if len(raw) > MAX_BYTES:
        raise SpecError((), f"more than {MAX_BYTES} bytes", expected, where=name)
    try:
        return name, raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"byte 0x{raw[error.start]:02x} at {error.start}, which is not UTF-8"
        raise SpecError((), found, "a text file", where=name) from None


class Source:
    """One text, and where its parts stand. Raises SpecError for whatever YAML cannot be read."""

    def __init__(self, name: str) -> None:
        """`name` is the file's name as complaints give it."""
        self.name = name
        self._values: dict[Key, Node] = {}
        self._keys: dict[Key, Node] = {}
        self._count = 0

    def read(self, text: str) -> Any:
        """The text's only document as dicts, lists and scalars."""
        yaml = YAML(typ="safe", pure=True)
        try:
            root = yaml.compose(text)
            if root is None:
                raise SpecError((), "an empty file", "name, network, chip and train", where=self.name)
            return self._plain(root, ())
        except RecursionError:
            raise SpecError((), "lists in lists without end", "a spec", where=self.name) from None
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            where = self._at(mark.line, mark.column) if mark else self.name
            raise _broken(error.problem or error.context or "YAML error", where) from None
        except (YAMLError, ValueError) as error:
            if isinstance(error, SpecError):
                raise
            raise _broken(str(error).partition("\n")[0], self.name) from None

    def where(self, key: Key, *, of_key: bool = False) -> str:
        """file:line:column of a value (or of its key), or of the nearest thing around it that the file has."""
        nodes = self._keys if of_key else self._values
        while key and key not in nodes:
            key = key[:-1]
        node = nodes.get(key)
        if node and node.start_mark.index == node.end_mark.index:  # nothing after a colon: its mark is further down
            node = self._keys.get(key, node)
        return self._at(node.start_mark.line, node.start_mark.column) if node else self.name

    def _at(self, line: int, column: int) -> str:
        return f"{self.name}:{line + 1}:{column + 1}"

    def _plain(self, node: Node, key: Key) -> Any:
        self._values[key] = node
        self._count += 1
        if self._count > MAX_NODES:
            raise SpecError((), f"more than {MAX_NODES} entries", "a spec", where=self.name)
        if isinstance(node, ScalarNode):
            return _scalar(str(node.tag), node.value)
        if not isinstance(node, MappingNode):
            return [self._plain(item, (*key, index)) for index, item in enumerate(node.value)]
        data: dict[str, Any] = {}
        for name, value in node.value:
            place = self._at(name.start_mark.line, name.start_mark.column)
            if not isinstance(name, ScalarNode):
                raise SpecError(key, "a list or mapping as a key", "a word", where=place)
            part = name.value if name.value.isidentifier() and len(name.value) <= 40 else shown(name.value)
            if part in data:
                raise SpecError((*key, part), "the same key twice", "each key once", "delete one", where=place)
            self._keys[*key, part] = name
            data[part] = self._plain(value, (*key, part))
        return data


def _scalar(tag: str, text: str) -> Any:
    """A scalar as YAML's tag says; text where it cannot be that."""
    kind = tag.rpartition(":")[2]
    number = text.replace("_", "").lower()
    try:
        if kind == "int":
            based = number.lstrip("+-")[:2] in ("0x", "0o", "0b")
            return int(number, 0 if based else 10)
        if kind == "float":
            return float(number.replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError:
        return text
    if kind == "null":
        return None
    if kind == "bool" and number in ("true", "false"):
        return number == "true"
    return text


def _broken(problem: str, where: str) -> SpecError:
    text = " ".join(problem.split())
    text = "".join(c if c.isprintable() else "?" for c in text)[:120]
    mend = "indent with spaces, not tabs" if "\\t" in text else ""
    return SpecError((), f"broken YAML ({text})", "a spec", mend, where=where)
