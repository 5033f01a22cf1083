"""The command line: thin, and every heavy import deferred to the command that needs it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from tutor import __version__
from tutor.domain.errors import DlcsError, UsageError

if TYPE_CHECKING:
    from tutor.domain.verdict import Verdict


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dlcs")
@click.pass_context
def cli(context: click.Context) -> None:
    """Learn deep learning by heart and by hand.

    Without a command: today's session in the terminal app.
    """
    if context.invoked_subcommand is not None:
        return
    if sys.stdin.isatty() and sys.stdout.isatty():
        from tutor.ui.app import run

        run()
    else:
        context.invoke(due, as_json=False)


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def due(as_json: bool) -> None:
    """One line for a prompt: what is due now."""
    from tutor.services.agenda import load
    from tutor.services.today import due_line
    from tutor.services.tutor import Tutor

    with Tutor.open() as tutor:
        if not as_json:
            click.echo(due_line(tutor))
            return
        waiting = load(tutor)
        _print_json(
            {
                "day": waiting.day.isoformat(),
                "due": {str(kind): count for kind, count in waiting.due.items()},
                "new": {str(kind): count for kind, count in waiting.new.items()},
                "total": waiting.total,
                "minutes": round(waiting.minutes, 1),
            }
        )


@cli.command()
@click.argument("sheet")
@click.option("--section", "topic", help="Only the section of this topic.")
@click.option("--width", type=click.IntRange(20, 400), help="Columns to wrap to (default: the terminal's).")
@click.option("--plain", "as_plain", is_flag=True, help="Maths on one row, no styles.")
@click.option("--json", "as_json", is_flag=True, help="Print the formulas as a list of latex, text, rendered.")
def show(sheet: str, topic: str | None, width: int | None, as_plain: bool, as_json: bool) -> None:
    """Print a sheet (dlCS1) or any Markdown file, with its maths rendered."""
    from tutor.content import places
    from tutor.content.render import ansi, formulas, plain, render
    from tutor.services.reading import sheet_text
    from tutor.services.settings import load_settings

    text = sheet_text(sheet, topic)
    if as_json:
        _print_json([{"latex": f.latex, "text": f.text, "rendered": f.rendered} for f in formulas(text)])
        return
    import shutil

    columns = width or max(40, min(100, shutil.get_terminal_size().columns))
    lines = render(text, columns, flat=as_plain, ascii=load_settings(places.home()).ascii)
    styled = sys.stdout.isatty() and not as_plain
    click.echo(ansi(lines, color="NO_COLOR" not in os.environ) if styled else plain(lines))


@cli.command()
@click.option("--plain", "as_plain", is_flag=True, help="Line by line on standard input and output.")
@click.option("--topic", help="Only this topic's cards; lifts the daily limit of new ones.")
def review(as_plain: bool, topic: str | None) -> None:
    """Review the cards that are due."""
    if not as_plain:
        from tutor.ui.app import run

        run("review", topic)
        return
    from tutor.services.review import Review
    from tutor.services.tutor import Tutor
    from tutor.ui.plain import PlainLoop

    with Tutor.open() as tutor:
        topics = [tutor.curriculum.topic(topic).slug] if topic else None
        PlainLoop(ascii=tutor.settings.ascii).review(Review(tutor, topics))


@cli.command()
@click.argument("topic", required=False)
@click.option("--plain", "as_plain", is_flag=True, help="Line by line on standard input and output.")
@click.option("--size", type=click.IntRange(1, 200), help="At most this many questions.")
def quiz(topic: str | None, as_plain: bool, size: int | None) -> None:
    """Answer questions: the due ones, or those of a TOPIC."""
    if not as_plain:
        from tutor.ui.app import run

        run("quiz", topic)
        return
    from tutor.services.quiz import Quiz
    from tutor.services.tutor import Tutor
    from tutor.ui.plain import PlainLoop

    with Tutor.open() as tutor:
        topics = [tutor.curriculum.topic(topic).slug] if topic else None
        PlainLoop(ascii=tutor.settings.ascii).quiz(Quiz(tutor, topics, size))


@cli.command()
@click.option("--course", type=int, help="Only this course (1-5; 6 is beyond).")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def exercises(course: int | None, as_json: bool) -> None:
    """List the exercises in an order to follow."""
    from tutor.services.practice import Practice
    from tutor.services.tutor import Tutor

    with Tutor.open() as tutor, Practice(tutor) as practice:
        states = practice.states(course)
        if as_json:
            _print_json(
                [
                    {
                        "id": state.exercise.slug,
                        "title": state.exercise.title,
                        "course": state.course,
                        "week": state.week,
                        "topic": state.exercise.topic,
                        "kind": state.exercise.kind,
                        "entry": state.exercise.entries[0],
                        "entries": list(state.exercise.entries),
                        "signature": state.exercise.signature,
                        "state": "due" if state.due else state.state,
                    }
                    for state in states
                ]
            )
            return
        marks = {"new": " ", "tried": "~", "solved": "x"}
        for state in states:
            exercise = state.exercise
            again = " (due again)" if state.due else ""
            click.echo(
                f"[{marks[state.state]}] c{state.course}w{state.week}  {exercise.slug:24} "
                f"{exercise.minutes:3} min  {exercise.title}{again}"
            )
        click.echo("[x] solved  [~] tried   Start one with: dlcs code EXERCISE" if states else "No exercises yet.")


@cli.command()
@click.argument("exercise")
def code(exercise: str) -> None:
    """Open an EXERCISE: its stub is copied once into your workspace."""
    from tutor.content.render import plain, render
    from tutor.services.practice import Practice
    from tutor.services.tutor import Tutor

    with Tutor.open() as tutor, Practice(tutor) as practice:
        path = practice.open(exercise)
        if outdated := practice.outdated(exercise):
            click.echo(outdated)
        editor = tutor.settings.editor or os.environ.get("VISUAL") or os.environ.get("EDITOR")
        if sys.stdin.isatty() and sys.stdout.isatty() and editor:
            import shlex
            import subprocess

            try:
                subprocess.run([*shlex.split(editor), str(path)], check=False)
            except (OSError, ValueError) as error:
                raise UsageError(f"The editor '{editor}' could not be started ({error}); set EDITOR.") from None
        else:
            click.echo(plain(render(practice.package(exercise).prompt, 78, flat=True)))
        click.echo(f"{path}\nGrade it with: dlcs grade {exercise}")


@cli.command()
@click.argument("exercise")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--watch", is_flag=True, help="Grade again whenever the file is saved, until Ctrl-C.")
@click.option("--no-log", is_flag=True, help="Keep this attempt out of the log.")
@click.option("--seed", type=click.IntRange(0), help="Repeat the cases of an earlier verdict.")
def grade(exercise: str, file: Path | None, as_json: bool, watch: bool, no_log: bool, seed: int | None) -> None:
    """Grade an EXERCISE: your workspace file, or FILE."""
    from tutor.services.practice import Practice
    from tutor.services.tutor import Tutor

    with Tutor.open() as tutor, Practice(tutor) as practice:
        if not watch:
            graded = practice.grade(exercise, file, log=not no_log, seed=seed)
            _print_verdict(graded.verdict, as_json)
            if graded.answered and not as_json:
                click.echo(f"saved {graded.saved}")
            raise SystemExit(0 if graded.verdict.passed else 1)
        path = file or practice.open(exercise)
        click.echo(f"Watching {path}; Ctrl-C ends it.")
        from tutor.services.watching import saves

        for _ in saves(path):
            graded = practice.grade(exercise, file, log=not no_log, seed=seed)
            _print_verdict(graded.verdict, as_json)


def _print_verdict(verdict: Verdict, as_json: bool) -> None:
    if as_json:
        _print_json(verdict.to_json())
        return
    from tutor.services.wording import verdict_lines

    click.echo("\n".join(verdict_lines(verdict)))


@cli.command()
@click.argument("exercise")
def hint(exercise: str) -> None:
    """Show the next hint of an EXERCISE."""
    from tutor.content.render import plain, render
    from tutor.services.practice import Practice
    from tutor.services.tutor import Tutor

    with Tutor.open() as tutor, Practice(tutor) as practice:
        given = practice.hint(exercise)
        click.echo(f"Hint {given.step} of {given.total}")
        click.echo(plain(render(given.text, 78, flat=True)))


@cli.command()
@click.argument("exercise")
def attempts(exercise: str) -> None:
    """List your attempts at an EXERCISE."""
    from tutor.services.practice import Practice
    from tutor.services.tutor import Tutor

    with Tutor.open() as tutor, Practice(tutor) as practice:
        made = practice.attempts(exercise)
        for attempt in made:
            when = attempt.time.astimezone().strftime("%Y-%m-%d %H:%M")
            failed = f"{attempt.bug + ': ' if attempt.bug else ''}{attempt.message.partition(chr(10))[0]}"
            told = "passed" if attempt.passed else failed
            click.echo(f"{when}  {told}")
        if not made:
            click.echo(f"No attempts yet; grade your code with: dlcs grade {exercise}")


@cli.command()
@click.argument("exercise")
@click.option("--give-up", is_flag=True, help="Open it before a pass; counts as Again.")
def solution(exercise: str, give_up: bool) -> None:
    """Show the solution of an EXERCISE: after a pass, or after giving up."""
    from tutor.services.practice import Practice
    from tutor.services.tutor import Tutor

    with Tutor.open() as tutor, Practice(tutor) as practice:
        if not give_up and not practice.solution_open(exercise) and sys.stdin.isatty():
            give_up = click.confirm("Not solved yet. Give up? It will count as Again", default=False)
        click.echo(practice.solution(exercise, give_up=give_up).rstrip())


@cli.command()
@click.argument("exercise")
def reset(exercise: str) -> None:
    """Start an EXERCISE anew from the stub; your file is kept aside."""
    from tutor.services.practice import Practice
    from tutor.services.tutor import Tutor

    with Tutor.open() as tutor, Practice(tutor) as practice:
        aside = practice.reset(exercise)
        click.echo(f"Your file is kept as {aside}" if aside else "There was no file of yours.")
        click.echo(f"{practice.path(exercise)} is the stub again.")


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def progress(as_json: bool) -> None:
    """How far you are, in text."""
    from tutor.services.progress import progress as measure
    from tutor.services.tutor import Tutor
    from tutor.services.wording import progress_json, progress_lines

    with Tutor.open() as tutor:
        measured = measure(tutor)
        if as_json:
            _print_json(progress_json(measured))
        else:
            click.echo("\n".join(progress_lines(measured)))


@cli.command()
def check() -> None:
    """Check the content: every problem with file and line."""
    from tutor.content import places
    from tutor.services.checking import check as find_problems

    own = places.own_content()
    problems = find_problems(places.content_root(), own if own.is_dir() else None)
    for problem in problems:
        click.echo(problem)
    click.echo(f"{len(problems)} problems." if problems else "The content is in order.")
    raise SystemExit(1 if problems else 0)


@cli.command()
@click.argument("file", type=click.Path(path_type=Path))
def restore(file: Path) -> None:
    """Go back to a backup FILE; the database it replaces is kept."""
    from tutor.services.care import restore_backup

    database, aside = restore_backup(file)
    click.echo(f"{database} is now a copy of {file}." + (f" What was there is kept as {aside}." if aside else ""))


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(as_json: bool) -> None:
    """Versions, places, the database's health, and the sandbox with proof."""
    from tutor.services.doctor import examine

    report = examine()
    if as_json:
        _print_json(report.to_json())
    else:
        marks = {True: "ok ", False: "BAD", None: "   "}
        for finding in report.findings:
            click.echo(f"{marks[finding.ok]} {finding.name:22} {finding.text}")
    raise SystemExit(0 if report.ok else 1)


@cli.command()
@click.argument("kind", type=click.Choice(["card", "question", "exercise"]))
@click.argument("slug")
@click.option("--topic", required=True, help="The topic it belongs to, such as sigmoid-model.")
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), help="A content folder (default: your own).")
def new(kind: str, slug: str, topic: str, into: Path | None) -> None:
    """Scaffold a card, question or exercise of your own."""
    from tutor.services.scaffold import new_item
    from tutor.services.tutor import Tutor

    with Tutor.open() as tutor:
        click.echo(f"{new_item(tutor, kind, slug, topic, into)}\nEdit it, then run: dlcs check")


@cli.command()
@click.argument("names", nargs=-1, metavar="[EXERCISE]...")
def audit(names: tuple[str, ...]) -> None:
    """Prove exercises (development): stubs fail, references pass, each known bug is named."""
    from tutor.services.auditing import audit as prove
    from tutor.services.tutor import Tutor

    with Tutor.open() as tutor:
        failed = 0
        for report in prove(tutor, names):
            failed += not report.passed
            click.echo(
                f"{'ok  ' if report.passed else 'FAIL'} {report.exercise:24} {report.accepted} right programs passed, "
                f"{report.named} of {report.bugs} bugs named"
            )
            for problem in report.problems:
                click.echo(f"     {problem}")
    raise SystemExit(1 if failed else 0)


def main() -> NoReturn:
    """The `dlcs` command: every fault ends in one sentence and the documented exit code."""
    try:
        cli(prog_name="dlcs", standalone_mode=False)
    except DlcsError as error:
        _end(f"dlcs: {error}", error.exit_code)
    except click.exceptions.Abort:
        _end("", 130)
    except click.ClickException as error:
        error.show()
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        _end("", 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except Exception as error:
        if os.environ.get("DLCS_DEBUG"):
            raise
        _end(
            f"dlcs: a fault of the program, not yours: {type(error).__name__}: {error}. "
            "Your data is as it was. Run again with DLCS_DEBUG=1 for a report.",
            3,
        )
    raise SystemExit(0)


def _end(message: str, code: int) -> NoReturn:
    if message:
        click.echo(message, err=True)
    raise SystemExit(code)
