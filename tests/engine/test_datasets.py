from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import engine
from engine import datasets
from engine.errors import EngineError


def test_the_breast_cancer_data_have_the_published_counts() -> None:
    X_train, Y_train, X_test, Y_test = datasets.breast_cancer()
    X, Y = np.hstack([X_train, X_test]), np.hstack([Y_train, Y_test])
    assert X.shape == (30, 569)
    assert Y.shape == (1, 569)
    assert set(np.unique(Y)) == {0.0, 1.0}
    assert Y.sum() == 212
    assert np.isfinite(X).all()


def test_malignant_is_1_since_malignant_nuclei_are_larger() -> None:
    X, Y, _, _ = datasets.breast_cancer()
    radius = X[datasets.BREAST_CANCER_FEATURES.index("mean radius")]
    assert radius[Y[0] == 1].mean() > radius[Y[0] == 0].mean() + 4


def test_the_names_fit_the_rows() -> None:
    names = datasets.BREAST_CANCER_FEATURES
    X, _, _, _ = datasets.breast_cancer()
    assert len(set(names)) == len(X) == 30
    for trait in ("radius", "area", "fractal dimension"):
        assert np.all(X[names.index(f"worst {trait}")] >= X[names.index(f"mean {trait}")])
    # A perimeter is about 2 pi times a radius.
    ratio = X[names.index("mean perimeter")] / X[names.index("mean radius")]
    assert np.all(np.abs(ratio - 2 * np.pi) < 1)


def test_the_split_is_fixed_and_both_parts_have_about_the_same_share_of_malignant_lumps() -> None:
    X_train, Y_train, X_test, Y_test = datasets.breast_cancer()
    assert (Y_train.sum(), Y_test.sum()) == (160, 52)
    assert X_test[0, 0] == 19.69  # the third example of the file
    training = {tuple(x) for x in X_train.T}
    assert not any(tuple(x) in training for x in X_test.T)


def test_standardizing_uses_the_training_set_alone() -> None:
    X_train, _, X_test, _ = datasets.breast_cancer()
    S_train, _, S_test, _ = datasets.breast_cancer(standardize=True)
    np.testing.assert_allclose(S_train.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(S_train.std(axis=1), 1)
    mu, sigma = X_train.mean(axis=1, keepdims=True), X_train.std(axis=1, keepdims=True)
    np.testing.assert_allclose(S_test * sigma + mu, X_test)


def test_a_changed_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = Path(engine.__file__).with_name("data") / "breast_cancer.csv.gz"
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / shipped.name).write_bytes(shipped.read_bytes() + b"\0")
    monkeypatch.setattr("engine.datasets.files.files", lambda package: tmp_path)
    with pytest.raises(EngineError, match=r"breast_cancer\.csv\.gz should be a file with SHA-256"):
        datasets.breast_cancer()


def test_every_data_set_has_its_licence_stated() -> None:
    root = Path(__file__).parents[2]
    stated = (root / "DATA_LICENSES.md").read_text(encoding="utf-8")
    for path in (root / "engine" / "data").iterdir():
        assert f"engine/data/{path.name}" in stated


def test_the_digits_are_ten_classes_in_one_fixed_order() -> None:
    X_train, y_train, X_test, y_test = datasets.digits(np.float64)
    assert (X_train.shape, X_test.shape) == ((9000, 28, 28, 1), (1000, 28, 28, 1))
    assert (X_train.min(), X_train.max()) == (0, 1)
    counts = np.bincount(np.concatenate([y_train, y_test]))
    np.testing.assert_array_equal(counts, [1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978])
    # The nearest mean picture recognises most test digits: labels and pictures belong together.
    means = np.stack([X_train[y_train == digit].mean(axis=0).ravel() for digit in range(10)])
    distances = ((X_test.reshape(1000, 1, -1) - means) ** 2).sum(axis=2)
    assert np.mean(distances.argmin(axis=1) == y_test) > 0.75


def test_the_names_are_small_letters_each_once() -> None:
    names = datasets.first_names()
    assert len(names) == len(set(names)) == 5163
    assert (len(datasets.first_names("F")), len(datasets.first_names("M"))) == (4275, 1219)
    with pytest.raises(EngineError, match="sex should be one of '', 'F', 'M'"):
        datasets.first_names("f")
    assert set("".join(names)) <= set("abcdefghijklmnopqrstuvwxyz")


def test_the_novel_runs_from_its_first_chapter_to_its_end() -> None:
    text = datasets.alice()
    assert text.startswith("CHAPTER I\n")
    assert text.endswith("THE END\n")
    assert len(text) > 140_000
    assert text.isascii()


def test_word_vectors_know_that_a_king_is_to_a_man_what_a_queen_is_to_a_woman() -> None:
    words, E = datasets.word_vectors()
    assert len(words) == len(set(words)) == E.shape[1]
    unit = E / np.linalg.norm(E, axis=0)
    column = {word: unit[:, j] for j, word in enumerate(words)}
    likeness = (column["king"] - column["man"] + column["woman"]) @ unit
    nearest = [words[j] for j in np.argsort(-likeness) if words[j] not in ("king", "man", "woman")]
    assert nearest[0] == "queen"


def test_the_pictures_are_two_squares_in_colour() -> None:
    pictures = datasets.pictures()
    assert sorted(pictures) == ["china", "flower"]
    for picture in pictures.values():
        assert picture.shape == (128, 128, 3)
        assert 0 <= picture.min() < 0.1
        assert 0.9 < picture.max() <= 1
