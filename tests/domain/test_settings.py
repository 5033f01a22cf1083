from __future__ import annotations

from dataclasses import fields

import pytest

from tutor.domain.errors import SettingsError
from tutor.domain.settings import Settings, settings_from


def test_an_empty_file_gives_the_defaults():
    assert settings_from({}, "config.toml") == Settings()


def test_given_values_replace_the_defaults():
    settings = settings_from(
        {"new_cards": 25, "desired_retention": 0.85, "ascii": True, "editor": "vim", "keys": {"undo": "z"}},
        "config.toml",
    )
    assert settings == Settings(new_cards=25, desired_retention=0.85, ascii=True, editor="vim", keys={"undo": "z"})


def test_the_defaults_are_themselves_valid():
    written = {entry.name: getattr(Settings(), entry.name) for entry in fields(Settings)}
    assert settings_from(written, "config.toml") == Settings()


def test_the_ends_of_a_range_are_allowed():
    assert settings_from({"rollover_hour": 0}, "config.toml").rollover_hour == 0
    assert settings_from({"rollover_hour": 23}, "config.toml").rollover_hour == 23


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        ({"new_card": 3}, "config.toml: there is no setting 'new_card'. Did you mean 'new_cards'?"),
        ({"xyz": "red"}, "config.toml: there is no setting 'xyz'."),
        ({"new_cards": "ten"}, "config.toml: 'new_cards' should be of type int, but it is 'ten'."),
        ({"new_cards": 2.0}, "config.toml: 'new_cards' should be of type int, but it is 2.0."),
        ({"new_cards": True}, "config.toml: 'new_cards' should be of type int, but it is True."),
        ({"ascii": 1}, "config.toml: 'ascii' should be of type bool, but it is 1."),
        ({"theme": {"name": "x"}}, "config.toml: 'theme' should be of type str, but it is {'name': 'x'}."),
        ({"new_cards": -1}, "config.toml: 'new_cards' should lie between 0 and 500, but it is -1."),
        ({"rollover_hour": 24}, "config.toml: 'rollover_hour' should lie between 0 and 23, but it is 24."),
        (
            {"desired_retention": 1},
            "config.toml: 'desired_retention' should lie between 0.7 and 0.99, but it is 1.",
        ),
        (
            {"desired_retention": float("nan")},
            "config.toml: 'desired_retention' should lie between 0.7 and 0.99, but it is nan.",
        ),
        ({"keys": "undo"}, "config.toml: [keys] should map action names to keys, but it is 'undo'."),
        (
            {"keys": {"undo": 1}},
            "config.toml: [keys] should map action names to keys, but it is {'undo': 1}.",
        ),
    ],
)
def test_an_error_names_the_file_the_setting_and_what_was_expected(mapping, sentence):
    with pytest.raises(SettingsError) as caught:
        settings_from(mapping, "config.toml")
    assert str(caught.value) == sentence


def test_a_whole_number_beyond_every_float_is_an_error_like_any_other():
    with pytest.raises(SettingsError, match="between"):
        settings_from({"desired_retention": 10**400}, "config.toml")
