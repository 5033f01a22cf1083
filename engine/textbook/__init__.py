"""The engine's algorithms as they are first told: plain loops, one idea a line."""
