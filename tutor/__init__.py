"""dlcs: learn deep learning by heart and by hand, in the terminal."""

__version__ = "0.1.0"
