"""Real data sets that ship with the engine, each checked against its SHA-256, and data drawn from a seed.

DATA_LICENSES.md names the source and the licence of every file.
"""

from engine.datasets.pictures import digits, pictures
from engine.datasets.tables import BREAST_CANCER_FEATURES, breast_cancer
from engine.datasets.texts import alice, first_names, word_vectors

__all__ = ["BREAST_CANCER_FEATURES", "alice", "breast_cancer", "digits", "first_names", "pictures", "word_vectors"]
