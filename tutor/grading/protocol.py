"""What a worker's messages mean to the parent. Nothing in them is trusted: each field is checked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tutor.grading.wire import WireError


class Kind(StrEnum):
    """How one call of the learner's code ended."""

    RETURNED = "returned"
    RAISED = "raised"
    SIGNATURE = "signature"  #: the arguments do not fit its parameters
    TOO_LARGE = "too-large"  #: the result is more than may be sent
    ENDED = "ended"  #: the process ended or had to be ended


class Reason(StrEnum):
    """Why a worker is gone."""

    TIME = "time"
    MEMORY = "memory"
    EXIT = "exit"
    SIGNAL = "signal"
    WIRE = "wire"


@dataclass(frozen=True)
class End:
    """A worker's end. `detail`: exit code, signal number or fault; `line`: in the learner's file, or 0."""

    reason: Reason
    detail: str = ""
    line: int = 0


@dataclass(frozen=True)
class Raised:
    """An exception. `bases` are the names of its classes, itself first; `line` is 0 when no line is known."""

    type: str
    bases: tuple[str, ...]
    message: str
    line: int
    text: str


@dataclass(frozen=True)
class Warned:
    type: str
    message: str
    line: int


@dataclass(frozen=True)
class Outcome:
    """What one call gave: a `value` when it returned, `raised` or `end` when it did not."""

    kind: Kind
    value: Any = None
    raised: Raised | None = None
    end: End | None = None
    yours: str = ""  #: the learner's signature, when the arguments do not fit it
    message: str = ""
    changed: tuple[str, ...] = ()
    warnings: tuple[Warned, ...] = ()

    @property
    def line(self) -> int | None:
        """The line of the learner's file where the call failed, if it is known."""
        return (self.raised.line if self.raised else self.end.line if self.end else 0) or None

    @classmethod
    def from_message(cls, message: Any) -> Outcome:
        """Raises WireError unless the message describes the outcome of a call."""
        if not isinstance(message, dict):
            raise WireError("a reply that is no message")
        try:
            kind = Kind(message["kind"])
            warned = tuple(Warned(*_typed(each, str, str, int)) for each in message["warnings"])
            changed = _texts(message["changed"])
            if kind is Kind.RAISED:
                return cls(kind, raised=raised_from(message), changed=changed, warnings=warned)
            if kind is Kind.SIGNATURE:
                return cls(kind, yours=_text(message, "yours"))
            if kind is Kind.TOO_LARGE:
                return cls(kind, message=_text(message, "message"))
            if kind is Kind.RETURNED:
                return cls(kind, value=message["value"], changed=changed, warnings=warned)
        except (KeyError, TypeError, ValueError):
            pass
        raise WireError("a reply that is no outcome")


def raised_from(message: dict[str, Any]) -> Raised:
    """The exception that a message describes. Raises WireError when it does not."""
    try:
        return Raised(
            type=_text(message, "type"),
            bases=_texts(message["bases"]),
            message=_text(message, "message"),
            line=number_of(message, "line"),
            text=_text(message, "text"),
        )
    except (KeyError, TypeError) as error:
        raise WireError("a malformed exception") from error


def number_of(message: dict[str, Any], name: str) -> int:
    """A whole number from a message. Raises WireError when it is something else."""
    value = message.get(name)
    if type(value) is not int:
        raise WireError(f"no number '{name}' in a reply")
    return value


def _text(message: dict[str, Any], name: str) -> str:
    value = message[name]
    if not isinstance(value, str):
        raise TypeError(name)
    return value[:4000]


def _texts(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise TypeError("texts")
    return tuple(values[:200])


def _typed(values: Any, *kinds: type) -> tuple[Any, ...]:
    if not isinstance(values, tuple) or [type(value) for value in values] != list(kinds):
        raise TypeError("fields")
    return values
