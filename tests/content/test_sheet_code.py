"""The code in the sheets is true: every ```python block runs, in order, and every assert in it holds."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tutor.content.library import discover
from tutor.content.places import content_root
from tutor.content.render import CodeBlock, code_blocks
from tutor.content.sheets import parse_sheet
from tutor.domain.items import Section

SHEETS = [file.absolute for file in discover(content_root()) if file.kind == "sheet"]


@dataclass(frozen=True)
class Listing:
    """The python blocks of one section, in order; their lines are those of the sheet."""

    sheet: Path
    section: Section
    blocks: tuple[CodeBlock, ...]


def listings(sheet: Path) -> Iterator[Listing]:
    """One listing a section. A block above the first section would never run, so it fails at once."""
    text = sheet.read_text(encoding="utf-8")
    sections = parse_sheet(text, str(sheet))
    blocks = [block for block in code_blocks(text) if block.language == "python"]
    starts = [section.source.line for section in sections]
    if blocks and (not starts or blocks[0].line < starts[0]):
        pytest.fail(f"{sheet.name}:{blocks[0].line}: this code belongs to no section")
    for section, end in zip(sections, [*starts[1:], float("inf")], strict=True):
        own = tuple(block for block in blocks if section.source.line < block.line < end)
        yield Listing(sheet, section, own)


def run(listing: Listing) -> None:
    """Runs a section's blocks in one namespace of their own; a failure names sheet, line and section."""
    namespace: dict[str, object] = {"__name__": "__sheet__"}
    for block in listing.blocks:
        fault = fault_of(block, listing, namespace)
        if fault:
            pytest.fail(fault, pytrace=False)


def fault_of(block: CodeBlock, listing: Listing, namespace: dict[str, object]) -> str:
    """What goes wrong when the block runs; empty when nothing does."""
    # Padding gives the code the line numbers of the sheet.
    source = "\n" * (block.line - 1) + block.code
    try:
        exec(compile(source, str(listing.sheet), "exec", dont_inherit=True), namespace)
    except (Exception, SystemExit) as error:
        line = _line_of(error, listing.sheet) or block.line
        reason = f"{type(error).__name__}: {error}".rstrip(": ")
        code = source.splitlines()[line - 1].strip()
        return f"{listing.sheet.name}:{line}: in '{listing.section.title}', {reason}\n    {code}"
    return ""


def _line_of(error: BaseException, sheet: Path) -> int | None:
    if isinstance(error, SyntaxError) and error.filename == str(sheet):
        return error.lineno
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno for frame in reversed(frames) if frame.filename == str(sheet)), None)


WITH_CODE = [
    pytest.param(listing, id=f"{sheet.stem}-{listing.section.topic}")
    for sheet in SHEETS
    for listing in listings(sheet)
    if listing.blocks
]


def test_there_is_code_to_run() -> None:
    assert WITH_CODE


@pytest.mark.parametrize("listing", WITH_CODE)
def test_the_code_of_a_section_runs_from_top_to_bottom(listing: Listing) -> None:
    run(listing)


@pytest.mark.parametrize("listing", WITH_CODE)
def test_the_code_of_a_section_checks_itself_against_the_engine(listing: Listing) -> None:
    code = "\n".join(block.code for block in listing.blocks)
    assert "assert " in code
    assert "from engine" in code


IDEA = "word " * 25


def sheet_with(folder: Path, *sections: str) -> Path:
    """A sheet of sections `one`, `two` ... with the given code; that of the first begins at line 6."""
    sheet = folder / "dlCS9.md"
    names = ("one", "two", "three")
    parts = [
        f"### The {name} section\n<!-- topic: {name} -->\n{IDEA}\n\n```python\n{code}\n```\n"
        for name, code in zip(names, sections, strict=False)
    ]
    sheet.write_text("\n".join(parts), encoding="utf-8")
    return sheet


def run_all(sheet: Path) -> None:
    for listing in listings(sheet):
        run(listing)


def failure_of(sheet: Path) -> str:
    with pytest.raises(pytest.fail.Exception) as caught:
        run_all(sheet)
    return str(caught.value)


def test_a_failing_assert_names_sheet_line_and_section(tmp_path: Path) -> None:
    sheet = sheet_with(tmp_path, "a = 1\nassert a == 2")
    assert failure_of(sheet) == "dlCS9.md:7: in 'The one section', AssertionError\n    assert a == 2"


def test_an_error_inside_a_function_is_placed_where_it_is_raised(tmp_path: Path) -> None:
    sheet = sheet_with(tmp_path, "def f():\n    return 1 / 0\n\nf()")
    assert failure_of(sheet).startswith("dlCS9.md:7: in 'The one section', ZeroDivisionError: ")


def test_code_that_is_not_python_is_placed_too(tmp_path: Path) -> None:
    sheet = sheet_with(tmp_path, "a = 1\nb = = 2")
    assert failure_of(sheet).startswith("dlCS9.md:7: in 'The one section', SyntaxError")


def test_leaving_the_program_is_a_failure(tmp_path: Path) -> None:
    sheet = sheet_with(tmp_path, "raise SystemExit('no error came')")
    assert failure_of(sheet).startswith("dlCS9.md:6: in 'The one section', SystemExit: no error came")


def test_a_section_does_not_see_the_names_of_another(tmp_path: Path) -> None:
    sheet = sheet_with(tmp_path, "a = 1", "assert a == 1")
    assert "in 'The two section', NameError" in failure_of(sheet)


def test_the_blocks_of_a_section_share_their_names(tmp_path: Path) -> None:
    sheet = sheet_with(tmp_path, "a = 1\n```\n\nThen\n\n```python\nassert a == 1")
    assert [len(listing.blocks) for listing in listings(sheet)] == [2]
    run_all(sheet)


def test_code_above_the_first_section_is_refused(tmp_path: Path) -> None:
    sheet = tmp_path / "dlCS9.md"
    sheet.write_text("# Title\n\n```python\n1 / 0\n```\n", encoding="utf-8")
    assert failure_of(sheet) == "dlCS9.md:4: this code belongs to no section"
