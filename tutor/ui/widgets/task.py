"""An exercise's task as blocks of Markdown: the prompt, what it builds on, the hints that are open."""

from __future__ import annotations

from collections.abc import Sequence

from tutor.services.practice import Hint
from tutor.ui.widgets.prose import Block
from tutor.ui.widgets.verdict import literal


def task_blocks(prompt: str, unsolved: Sequence[str], hints: Sequence[Hint]) -> list[Block]:
    """The blocks of a task; a hint's block is named by `hint_name`.

    - prompt: Markdown; its heading is left out, since the title bar shows it
    - unsolved: titles of the exercises that it builds on and that are not solved yet
    """
    first, _, rest = prompt.lstrip().partition("\n")
    blocks = [Block(rest.lstrip() if first.startswith("# ") else prompt)]
    if unsolved:
        blocks.append(Block(f"Builds on: *{literal(', '.join(unsolved))}*, not solved yet.", style="dim"))
    blocks += [Block(f"## Hint {hint.step} of {hint.total}\n\n{hint.text}", hint_name(hint)) for hint in hints]
    return blocks


def hint_name(hint: Hint) -> str:
    return f"hint-{hint.step}"
