"""Tables of measurements: the first data for a classifier."""

from __future__ import annotations

from itertools import product

import numpy as np

from engine.datasets.files import read_lines
from engine.errors import Array
from engine.normalization import fit_normalizer, normalize

_MEASURES = ("mean", "standard error of", "worst")
_TRAITS = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave points",
    "symmetry",
    "fractal dimension",
)

#: The names of the 30 rows of X, in order. "worst" is the mean of the three largest values.
BREAST_CANCER_FEATURES = tuple(f"{measure} {trait}" for measure, trait in product(_MEASURES, _TRAITS))


def breast_cancer(standardize: bool = False) -> tuple[Array, Array, Array, Array]:
    """Breast Cancer Wisconsin (Diagnostic): is the lump malignant, judged by 30 measures of its cell nuclei?

    569 examples, of which 212 are malignant, label 1; benign is 0. Every fourth example of the file (the 3rd,
    the 7th, ...) is a test example: 427 for training (160 malignant) and 142 for testing (52 malignant).

        x := (x - mu) / sigma    with mu and sigma of the TRAINING set, when `standardize` is set

    - standardize: give every feature mean 0 and variance 1 over the training set; the spreads of
      the raw features differ by a factor of 200,000, and gradient descent does not cope with that
    - returns X_train: (30, 427), Y_train: (1, 427), X_test: (30, 142), Y_test: (1, 142), all float64; the
      rows of X are `BREAST_CANCER_FEATURES`

    Raises EngineError when the file is not the one that was shipped. Source: W. Wolberg, O. Mangasarian,
    N. Street and W. Street (1993), UCI Machine Learning Repository, https://doi.org/10.24432/C5DW2B,
    CC BY 4.0.

    >>> X_train, Y_train, X_test, Y_test = breast_cancer()
    >>> X_train.shape, Y_train.shape, X_test.shape, Y_test.shape
    ((30, 427), (1, 427), (30, 142), (1, 142))
    >>> BREAST_CANCER_FEATURES[0], X_train[0, 0], Y_train[0, 0]
    ('mean radius', np.float64(17.99), np.float64(1.0))
    """
    table = np.loadtxt(read_lines("breast_cancer.csv.gz"), delimiter=",", skiprows=1)
    # In the file an example is a row; here it is a column.
    X = table[:, :-1].T
    Y = table[:, -1:].T

    is_test = np.arange(X.shape[1]) % 4 == 2
    X_train, Y_train = X[:, ~is_test], Y[:, ~is_test]
    X_test, Y_test = X[:, is_test], Y[:, is_test]
    if standardize:
        mu, sigma = fit_normalizer(X_train)
        X_train, X_test = normalize(X_train, mu, sigma), normalize(X_test, mu, sigma)
    return X_train, Y_train, X_test, Y_test
