"""A bad design is a value, not an exception: every room reports what is wrong as a `Finding`."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a design, said so that a person can go there and mend it."""

    place: str
    """Instance path (`layer1.mesh.mzi_0_0.theta`), file, or `x_um, y_um`."""
    rule: str
    """Short name of the rule that does not hold, such as `open_port`."""
    measured: str
    """What was found, with its unit."""
    limit: str
    """What was expected, with its unit."""
    mend: str
    """What to do about it."""

    def __str__(self) -> str:
        return f"{self.place}: {self.rule}: found {self.measured}, expected {self.limit}; {self.mend}"

    def as_dict(self) -> dict[str, str]:
        """The finding as it is written to verify.json."""
        return asdict(self)
