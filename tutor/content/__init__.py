"""Markdown and TOML to domain objects, the renderer, and the content check."""
