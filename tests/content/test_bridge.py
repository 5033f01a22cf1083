"""The bridge between frameworks: what the shipped file holds, and the sentence for whatever is wrong in such a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.conftest import CONTENT
from tutor.content.bridge import BRIDGES, Bridge, check_bridges, load_bridges, run
from tutor.content.check import check_content
from tutor.content.curriculum import load_curriculum
from tutor.content.places import content_root
from tutor.domain.errors import ContentError

SHIPPED = load_bridges(content_root())

SOUND = """\
# A file as a test writes it
[[bridge]]
slug = "double"
title = "Twice a number"
topic = "sigmoid-model"
note = "It is larger."
rows = [["sign", "kept", "kept", "kept"]]
given = "x = 2"
numpy = '''
y = 2 * x
result = {"out": y}
'''
keras = "result = {'out': 2 * x}"
torch = "result = {'out': x + x}"
"""


def written(tmp_path: Path, text: str) -> Path:
    (tmp_path / "cheatsheets").mkdir(exist_ok=True)
    (tmp_path / BRIDGES).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_major_layers_losses_and_habits_are_there() -> None:
    assert [bridge.slug for bridge in SHIPPED] == [
        *("dense", "conv2d", "depthwise-conv", "conv-transpose", "pooling", "batch-norm", "layer-norm", "dropout"),
        *("embedding", "simple-rnn", "gru", "lstm", "bidirectional", "multi-head-attention"),
        *("softmax-cross-entropy", "binary-cross-entropy", "adam", "sgd-momentum", "gradient-clipping"),
        *("learning-rate-schedules", "data-pipeline", "training-step"),
    ]


def test_every_numpy_snippet_runs_and_every_topic_is_known() -> None:
    root = content_root()
    assert check_bridges(root, load_curriculum(root / "cheatsheets" / "curriculum.toml")) == []


@pytest.mark.parametrize("bridge", SHIPPED, ids=lambda bridge: bridge.slug)
def test_every_snippet_is_ascii_and_fits_a_page(bridge: Bridge) -> None:
    texts = [bridge.note, bridge.given, bridge.numpy, bridge.keras, bridge.torch, bridge.tensorflow]
    assert all(text.isascii() for text in texts)
    assert max(len(line) for text in texts[1:] for line in text.split("\n")) <= 120


def test_a_sound_file_is_read_and_run_with_the_lines_of_its_snippets(tmp_path: Path) -> None:
    (bridge,) = load_bridges(written(tmp_path, SOUND))
    assert (bridge.source.line, bridge.lines["given"], bridge.lines["numpy"]) == (2, 8, 10)
    assert bridge.rows[0].torch == "kept"
    assert [run(bridge, name) for name in ("numpy", "keras", "torch")] == [{"out": 4}] * 3


def test_without_a_file_there_are_no_bridges_and_no_problems() -> None:
    assert load_bridges(CONTENT) == ()
    assert check_content(CONTENT, seeds=1) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ('slug = "double"', 'slug = "double', 3, "this is not TOML"),
        (
            "# A file as a test writes it",
            "extra = 1",
            1,
            "there is no field 'extra' outside a bridge. Write [[bridge]]",
        ),
        ('note = "It', 'notes = "It', 6, "there is no field 'notes'. Remove it. Did you mean 'note'?"),
        ('title = "Twice a number"\n', "", 2, "this bridge has no 'title'. Add it."),
        ('"Twice a number"', "3", 4, "'title' should be text, but it is 3."),
        ('slug = "double"', 'slug = "Double it"', 3, "a slug should be lower-case words"),
        ('["sign", "kept", "kept", "kept"]', '["sign", "kept"]', 7, "row 1 should be four texts"),
        ("[[bridge]]", "[bridge]", 1, "each bridge should begin with a line [[bridge]] of its own"),
        ("result = {\"out\": y}\n'''", "result = {\n'''", 11, "'numpy' is not Python"),
        (SOUND, SOUND + SOUND, 16, "the slug 'double' is already used at line 2. Rename one."),
    ],
    ids=["toml", "top", "field", "missing", "type", "slug", "row", "header", "syntax", "twice"],
)
def test_a_malformed_file_is_refused_with_its_line(tmp_path: Path, old: str, new: str, line: int, told: str) -> None:
    with pytest.raises(ContentError) as caught:
        load_bridges(written(tmp_path, SOUND.replace(old, new)))
    assert caught.value.line == line
    assert str(caught.value).startswith(f"{BRIDGES}:{line}: ")
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("sigmoid-model", "sigmoid-modle", 2, "there is no topic 'sigmoid-modle'. Did you mean 'sigmoid-model'?"),
        ('result = {"out": y}', "result = {'out': y / 0}", 11, "'numpy' of 'double' fails: ZeroDivisionError"),
        ('given = "x = 2"', 'given = "x = z"', 8, "'given' of 'double' fails: NameError"),
        ('result = {"out": y}', "results = y", 10, "'numpy' of 'double' leaves no dictionary `result`"),
    ],
    ids=["topic", "snippet", "given", "result"],
)
def test_the_check_tells_what_does_not_hold(tmp_path: Path, old: str, new: str, line: int, told: str) -> None:
    curriculum = load_curriculum(CONTENT / "cheatsheets" / "curriculum.toml")
    (problem,) = check_bridges(written(tmp_path, SOUND.replace(old, new)), curriculum)
    assert problem.line == line
    assert told in str(problem)
