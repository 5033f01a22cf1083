"""Use cases: the only thing that the terminal UI and the command line call."""
