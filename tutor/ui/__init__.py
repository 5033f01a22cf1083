"""What the learner sees: the Textual app, and the line-by-line loops. Imports nothing heavy by itself."""
