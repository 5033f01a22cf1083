from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil

import pytest

import engine

MODULES = sorted(module.name for module in pkgutil.walk_packages(engine.__path__, "engine."))


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_docstrings_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_every_public_function_and_class_shows_an_example(name: str) -> None:
    module = importlib.import_module(name)
    public = [
        thing
        for title, thing in vars(module).items()
        if not title.startswith("_")
        and (inspect.isfunction(thing) or inspect.isclass(thing))
        and thing.__module__ == name
    ]
    without = [thing.__name__ for thing in public if ">>>" not in (thing.__doc__ or "")]
    assert without == []
