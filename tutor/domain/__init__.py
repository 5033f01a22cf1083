"""What the program is about, in the standard library alone: topics, items, events, verdicts, errors."""
