"""Verdicts and progress in words and as JSON, the same for the command line and plain mode."""

from __future__ import annotations

from typing import Any

from tutor.domain.verdict import Check, Verdict
from tutor.services.progress import Progress


def check_name(check: Check) -> str:
    """A check by its name, and the line of the learner's file where its error arose: `2 by 3 (line 7)`."""
    return f"{check.name} (line {check.line})" if check.line else check.name


def verdict_lines(verdict: Verdict) -> list[str]:
    """A verdict as lines: each check, the first thing wrong, the named mistake, warnings."""
    lines = [f"{'ok  ' if check.passed else 'FAIL'} {check_name(check)}" for check in verdict.checks]
    failure = verdict.first_failure
    if failure:
        lines += ["", failure.message]
    if verdict.diagnosis:
        lines += [
            "",
            f"The mistake: {verdict.diagnosis.message}",
            f"Read the section: {verdict.diagnosis.section}",
        ]
    lines += [f"Note: {warning}" for warning in verdict.warnings]
    if verdict.output.strip():
        lines += ["", "Your program printed:", verdict.output.rstrip()]
    if verdict.passed:
        badge = {True: ", vectorized", False: ", with loops over the examples", None: ""}[verdict.vectorized]
        lines += ["", f"Passed in {verdict.seconds:.2f} s{badge}."]
    else:
        lines += ["", f"Not passed (seed {verdict.seed} repeats these cases)."]
    return lines


def progress_lines(progress: Progress) -> list[str]:
    """The progress as text: courses against their plan, topics begun, the days to come."""
    days = "day" if progress.streak == 1 else "days"
    lines = [
        f"{progress.answers} answers, streak {progress.streak} {days}, {progress.hours:.1f} h of study.",
        "Recall of what you knew: "
        + (f"{progress.retention:.0%} in the last 30 days." if progress.retention is not None else "too early to say."),
        "",
        "Course              hours / plan   read   exercises",
    ]
    for course in progress.courses:
        name = course.course.sheet
        lines.append(
            f"{name:18} {course.hours:6.1f} / {course.course.hours:<5g} {course.read:3}/{course.sections:<3}"
            f" {course.solved:5}/{course.exercises}"
        )
    begun = [topic for topic in progress.topics if topic.read or topic.seen]
    if begun:
        lines += ["", "Topic                           read  seen       solved  recall"]
    for topic in begun:
        recall = f"{topic.recall:.0%}" if topic.recall is not None else "-"
        lines.append(
            f"{topic.topic.slug:30}  {'yes' if topic.read else ' - ':4}  {topic.seen:3}/{topic.items:<4}"
            f"  {topic.solved:3}/{topic.exercises:<3}  {recall:>5}"
        )
    coming = list(progress.forecast.values())
    lines += ["", f"Due today {coming[0]}, tomorrow {coming[1]}, in the next 7 days {sum(coming[:7])}."]
    if progress.mistakes:
        most = progress.mistakes[0]
        times = "once" if most.count == 1 else f"{most.count} times"
        lines.append(f"Your most frequent mistake, made {times} in '{most.exercise}': {most.why}")
    return lines


def progress_json(progress: Progress) -> dict[str, Any]:
    """The stable object that `dlcs progress --json` prints."""
    return {
        "day": progress.day.isoformat(),
        "answers": progress.answers,
        "hours": round(progress.hours, 2),
        "streak": progress.streak,
        "retention": progress.retention,
        "mature": progress.mature,
        "courses": [
            {
                "sheet": course.course.sheet,
                "hours": round(course.hours, 2),
                "planned": course.course.hours,
                "read": course.read,
                "sections": course.sections,
                "solved": course.solved,
                "exercises": course.exercises,
            }
            for course in progress.courses
        ],
        "topics": [
            {
                "topic": topic.topic.slug,
                "read": topic.read,
                "seen": topic.seen,
                "items": topic.items,
                "solved": topic.solved,
                "exercises": topic.exercises,
                "recall": topic.recall,
            }
            for topic in progress.topics
        ],
        "activity": {day.isoformat(): count for day, count in progress.activity.items()},
        "forecast": {day.isoformat(): count for day, count in progress.forecast.items()},
        "bugs": dict(progress.bugs),
    }
