from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

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
    shipped = Path(datasets.__file__).with_name("data") / "breast_cancer.csv.gz"
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / shipped.name).write_bytes(shipped.read_bytes() + b"\0")
    monkeypatch.setattr(datasets, "files", lambda package: tmp_path)
    with pytest.raises(EngineError, match=r"breast_cancer\.csv\.gz should be a file with SHA-256"):
        datasets.breast_cancer()


def test_every_data_set_has_its_licence_stated() -> None:
    root = Path(__file__).parents[2]
    stated = (root / "DATA_LICENSES.md").read_text(encoding="utf-8")
    for path in (root / "engine" / "data").iterdir():
        assert f"engine/data/{path.name}" in stated
