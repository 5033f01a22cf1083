"""The curriculum: what the shipped file promises, and the sentence for whatever is wrong in such a file."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import engine
from tutor.content.curriculum import check_engine_names, load_curriculum
from tutor.content.places import content_root
from tutor.content.source import SLUG
from tutor.domain.errors import ContentError
from tutor.domain.topics import Curriculum, find_cycle

SHIPPED = content_root() / "cheatsheets" / "curriculum.toml"


@pytest.fixture(scope="module")
def shipped() -> Curriculum:
    return load_curriculum(SHIPPED)


@pytest.fixture(scope="module")
def implied(shipped: Curriculum) -> dict[str, set[str]]:
    """Everything that each topic builds on, directly or not."""
    found: dict[str, set[str]] = {}
    for slug, topic in shipped.topics.items():
        found[slug] = set(topic.prerequisites).union(*(found[name] for name in topic.prerequisites))
    return found


# The shipped file


@pytest.mark.parametrize(
    ("course", "sheet", "hours", "weeks"),
    [
        (1, "dlCS1", 10, [3, 7, 5, 5]),
        (2, "dlCS2", 8.5, [9, 7, 8]),
        (3, "dlCS3", 3.5, [6, 9]),
        (4, "dlCS4", 10, [7, 8, 9, 6]),
        (5, "dlCS5", 8, [10, 8, 7, 6]),
        (6, "beyond", 6, [6, 5, 4]),
    ],
)
def test_every_week_has_all_of_its_topics(
    shipped: Curriculum, course: int, sheet: str, hours: float, weeks: list[int]
) -> None:
    found = shipped.course(course)
    assert (found.sheet, found.hours) == (sheet, hours)
    assert [week.number for week in found.weeks] == list(range(1, len(weeks) + 1))
    assert [len(week.topics) for week in found.weeks] == weeks


def test_five_courses_have_120_topics_and_15_go_beyond(shipped: Curriculum) -> None:
    sizes = [len(list(course.topics)) for course in shipped.courses]
    assert sizes == [20, 24, 15, 30, 31, 15]
    assert len(shipped.topics) == sum(sizes[:5]) + 15 == 135


def test_the_topics_of_logistic_regression_keep_their_slugs(shipped: Curriculum) -> None:
    assert [topic.slug for topic in shipped.course(1).weeks[1].topics] == [
        "data-layout",
        "sigmoid-model",
        "loss-and-cost",
        "gradient-descent",
        "computation-graph",
        "logistic-gradients",
        "vectorization",
    ]


def test_slugs_are_one_to_three_words_and_titles_are_told_apart(shipped: Curriculum) -> None:
    assert all(SLUG.fullmatch(slug) and slug.count("-") <= 2 for slug in shipped.topics)
    titles = [topic.title for topic in shipped.topics.values()]
    assert len(set(titles)) == len(titles)


def test_a_topic_knows_its_course_its_week_and_the_line_of_its_slug(shipped: Curriculum) -> None:
    lines = SHIPPED.read_text(encoding="utf-8").split("\n")
    for course in shipped.courses:
        for week in course.weeks:
            for topic in week.topics:
                assert (topic.course, topic.week) == (course.number, week.number)
                assert lines[topic.line - 1] == f'slug = "{topic.slug}"'


def test_no_topic_requires_itself_in_the_end(shipped: Curriculum) -> None:
    assert find_cycle({slug: topic.prerequisites for slug, topic in shipped.topics.items()}) is None


def test_prerequisites_come_earlier_in_reading_order_and_are_listed_in_it(shipped: Curriculum) -> None:
    for slug, topic in shipped.topics.items():
        positions = [shipped.order[name] for name in topic.prerequisites]
        assert positions == sorted(positions), slug
        assert all(position < shipped.order[slug] for position in positions), slug


def test_no_prerequisite_is_implied_by_another(shipped: Curriculum, implied: dict[str, set[str]]) -> None:
    redundant = [
        (slug, name, other)
        for slug, topic in shipped.topics.items()
        for name in topic.prerequisites
        for other in topic.prerequisites
        if name in implied[other]
    ]
    assert redundant == []


def test_only_the_elementary_topics_stand_on_nothing(shipped: Curriculum) -> None:
    roots = {slug for slug, topic in shipped.topics.items() if not topic.prerequisites}
    assert roots == {"relu-neuron", "data-layout", "moving-average"}


@pytest.mark.parametrize(
    ("topic", "foundation"),
    [
        ("logistic-gradients", "sigmoid-model"),
        ("adam", "moving-average"),
        ("conv-backward", "deep-backward"),
        ("residual-networks", "batch-norm-inference"),
        ("lstm", "rnn-backward"),
        ("attention", "encoder-decoder"),
        ("transformer", "residual-networks"),
        ("layer-norm", "batch-norm-backward"),
        ("vision-transformer", "convnet"),
    ],
)
def test_an_algorithm_rests_on_what_it_is_made_of(implied: dict[str, set[str]], topic: str, foundation: str) -> None:
    assert foundation in implied[topic]


def test_only_topics_of_pure_discussion_go_without_an_exercise(shipped: Curriculum) -> None:
    reasons = {slug: topic.no_exercise for slug, topic in shipped.topics.items() if topic.no_exercise}
    assert set(reasons) == {"supervised-learning", "why-deep-learning"}
    assert all(reason.endswith(".") for reason in reasons.values())


def test_every_engine_name_is_a_documented_function_or_class(shipped: Curriculum) -> None:
    assert check_engine_names(shipped, SHIPPED) == []


def test_every_public_function_of_the_engine_belongs_to_one_topic(shipped: Curriculum) -> None:
    plumbing = ("engine.errors", "engine.datasets", "engine.examples", "engine.layers.base")
    public = [
        f"{info.name}.{name}"
        for info in pkgutil.walk_packages(engine.__path__, "engine.")
        if not info.name.startswith(plumbing)
        for name, found in vars(importlib.import_module(info.name)).items()
        if (inspect.isfunction(found) or inspect.isclass(found))
        and found.__module__ == info.name
        and not name.startswith("_")
    ]
    named = [name for topic in shipped.topics.values() for name in topic.engine]
    assert sorted(named) == sorted(public)


def test_loading_needs_no_numpy() -> None:
    program = (
        "import sys, pathlib; from tutor.content.curriculum import load_curriculum; "
        "load_curriculum(pathlib.Path(sys.argv[1])); sys.exit('numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program, str(SHIPPED)], check=False).returncode == 0


# A file as a test writes it

SOUND = """\
[[course]]
number = 4
sheet = "dlCS4"
title = "A course"
hours = 2.5

[[course.week]]
number = 1
title = "A week"

[[course.week.topic]]  # alpha
slug = "alpha"
title = "Alpha"
prerequisites = []

[[course.week.topic]]  # beta
slug = "beta"
title = "Beta"
prerequisites = ["alpha"]

[[course.week]]
number = 2
title = "Another week"

[[course.week.topic]]  # gamma
slug = "gamma"
title = "Gamma"
prerequisites = [
    "alpha",
    "beta",
]
"""


def written(tmp_path: Path, old: str = "", new: str = "", text: str = SOUND) -> Path:
    """A sound file with one piece of its text replaced."""
    assert not old or text.count(old) == 1, f"{old!r} should occur once"
    path = tmp_path / "curriculum.toml"
    path.write_text(text.replace(old, new) if old else text, encoding="utf-8")
    return path


def test_a_sound_file_is_read_as_it_stands(tmp_path: Path) -> None:
    extra = 'title = "Beta"\nno_exercise = "Talk."\nengine = ["engine.x.y"]'
    (course,) = load_curriculum(written(tmp_path, 'title = "Beta"', extra)).courses
    assert (course.number, course.sheet, course.title, course.hours) == (4, "dlCS4", "A course", 2.5)
    assert [(week.number, week.title) for week in course.weeks] == [(1, "A week"), (2, "Another week")]
    alpha, beta, gamma = course.topics
    assert (alpha.slug, alpha.title, alpha.prerequisites, alpha.engine) == ("alpha", "Alpha", (), ())
    assert (beta.no_exercise, beta.engine, beta.line) == ("Talk.", ("engine.x.y",), 17)
    assert (gamma.course, gamma.week, gamma.prerequisites) == (4, 2, ("alpha", "beta"))


# Each fault replaces one text by another; the error belongs to the line that then ends in #!.

SYNTAX = [
    ('title = "Beta"', 'title "Beta" #!', "not valid TOML (Expected '=' after a key"),
    ('title = "Beta"', 'title = "Beta #!', "not valid TOML (Illegal character"),
    ('title = "Beta"', 'title = "Beta"\ntitle = "B" #!', "not valid TOML (Cannot overwrite a value)"),
    ("number = 4", f"number = {'4' * 5000}", "not valid TOML (Exceeds the limit"),
    ('    "beta",\n]', '    "beta", #!', "not valid TOML (Invalid value)"),
]

FIELDS = [
    (
        "[[course]]",
        "[[courses]] #!\n[[course]]",
        "the file has the unknown field 'courses'. Did you mean 'course'?",
    ),
    (
        "[[course]]\nnumber = 4",
        "[[course]] #!",
        "this course has no 'number'. Add it: a whole number from 1.",
    ),
    ("number = 4", 'number = "4" #!', "'number' of this course should be a whole number from 1, got '4'."),
    ("number = 4", "number = true #!", "should be a whole number from 1, got True."),
    ("number = 4", "number = 0 #!", "should be a whole number from 1, got 0."),
    ('sheet = "dlCS4"', 'sheet = " " #!', "'sheet' of this course should be text in quotes, got ' '."),
    ("hours = 2.5", "hours = 0 #!", "'hours' of this course should be a number above 0, got 0."),
    ("hours = 2.5", "hours = inf #!", "should be a number above 0, got inf."),
    ("[[course.week]]\nnumber = 2", "[[course.week]] #!", "this week of course 4 has no 'number'."),
    ("number = 2", "number = 2\ntopics = [] #!", "has the unknown field 'topics'. Did you mean 'topic'?"),
    ('# beta\nslug = "beta"', "#!", "this topic has no 'slug'."),
    ('# beta\nslug = "beta"\ntitle = "Beta"', '#!\nslug = "beta"', "topic 'beta' has no 'title'."),
    (
        '# alpha\nslug = "alpha"\ntitle = "Alpha"\nprerequisites = []',
        '#!\nslug = "alpha"\ntitle = "A"',
        "no 'prer",
    ),
    ('slug = "beta"', "slug = 2 #!", "'slug' of this topic should be text in quotes, got 2."),
    (
        "prerequisites = []",
        'prerequisites = "no" #!',
        'should be a list such as ["gru", "lstm"], got \'no\'.',
    ),
    ("prerequisites = []", "prerequisites = [3] #!", "'prerequisites' of topic 'alpha' should be a list"),
    (
        "prerequisites = []",
        "prerequisite = [] #!",
        "unknown field 'prerequisite'. Did you mean 'prerequisites'?",
    ),
    (
        "prerequisites = []",
        "prerequisites = []\nzzz = 3 #!",
        "'zzz'. The fields are slug, title, prerequisites,",
    ),
    (
        "prerequisites = []",
        'prerequisites = []\nno_exercise = "" #!',
        "'no_exercise' of topic 'alpha' should be",
    ),
    (
        "prerequisites = []",
        'prerequisites = []\nengine = "x" #!',
        "'engine' of topic 'alpha' should be a list",
    ),
]

NAMES = [
    ("number = 2", "number = 1 #!", "week 1 of course 4 is already used at line 8."),
    ('slug = "beta"', 'slug = "Beta_1" #!', "a slug should be lower-case words joined by hyphens"),
    ('slug = "gamma"', 'slug = "alpha" #!', "the slug 'alpha' is already used at line 12."),
    ('    "beta",', '    "betas", #!', "'gamma' requires 'betas', which is no topic. Did you mean 'beta'?"),
    ('    "beta",', '    "zzzzzz", #!', "topic 'gamma' requires 'zzzzzz', which is no topic."),
    ('    "beta",', '    "gamma", #!', "topic 'gamma' requires itself."),
    ('    "beta",', '    "beta", "beta", #!', "topic 'gamma' requires 'beta' twice."),
    ("prerequisites = []", 'prerequisites = ["beta"] #!', "in a circle: alpha -> beta -> alpha."),
    ("prerequisites = []", 'prerequisites = ["gamma"] #!', "in a circle: alpha -> gamma -> alpha."),
]


@pytest.mark.parametrize(("old", "new", "says"), [*SYNTAX, *FIELDS, *NAMES])
def test_a_fault_is_named_with_its_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    path = written(tmp_path, old, new)
    lines = path.read_text(encoding="utf-8").rstrip().split("\n")
    marked = next((number for number, line in enumerate(lines, 1) if line.endswith("#!")), len(lines))
    with pytest.raises(ContentError) as caught:
        load_curriculum(path)
    assert str(caught.value).startswith(f"{path}:{marked}: ")
    assert says in str(caught.value)


def test_a_longer_circle_is_named_in_full(tmp_path: Path) -> None:
    text = SOUND.replace("prerequisites = []", 'prerequisites = ["gamma"]').replace('    "alpha",\n', "")
    with pytest.raises(ContentError, match=r":14: .* alpha -> gamma -> beta -> alpha\. Remove one"):
        load_curriculum(written(tmp_path, text=text))


OTHER = """\
[[course]]
number = 5
sheet = "dlCS5"
title = "Another course"
hours = 1

[[course.week]]
number = 1
title = "A week"

[[course.week.topic]]
slug = "delta"
title = "Delta"
prerequisites = []
"""


def test_courses_share_no_number(tmp_path: Path) -> None:
    text = SOUND + OTHER.replace("number = 5", "number = 4")
    with pytest.raises(ContentError, match=r":33: the course number 4 is already used at line 2\."):
        load_curriculum(written(tmp_path, text=text))


def test_courses_share_no_sheet(tmp_path: Path) -> None:
    text = SOUND + OTHER.replace("dlCS5", "dlCS4")
    with pytest.raises(ContentError, match=r":34: the sheet 'dlCS4' is already used at line 3\."):
        load_curriculum(written(tmp_path, text=text))


def test_weeks_are_numbered_by_course(tmp_path: Path) -> None:
    first, second = load_curriculum(written(tmp_path, text=SOUND + OTHER)).courses
    assert [week.number for week in (*first.weeks, *second.weeks)] == [1, 2, 1]


def test_a_table_in_single_brackets_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "[[course.week]]", "[course.week]", OTHER)
    with pytest.raises(ContentError, match=r":7: 'week' of this course should be one or more tables \[\["):
        load_curriculum(path)


def test_a_topic_before_the_first_week_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, '[[course.week]]\nnumber = 1\ntitle = "A week"\n', "", OTHER)
    with pytest.raises(ContentError, match=r":8: 'week' of this course should be one or more tables \[\["):
        load_curriculum(path)


def test_tables_written_in_one_line_are_refused(tmp_path: Path) -> None:
    topics = 'title = "A week"\ntopic = [{slug = "delta", title = "Delta", prerequisites = []}]\n'
    path = written(tmp_path, text=OTHER[: OTHER.index('title = "A week"')] + topics)
    with pytest.raises(ContentError, match=r":10: 'topic' should be a table with a header of its own\."):
        load_curriculum(path)


def test_a_file_without_courses_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r":1: the file has no 'course'\."):
        load_curriculum(written(tmp_path, text="# nothing yet\n"))


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"curriculum\.toml:1: this file cannot be read"):
        load_curriculum(tmp_path / "curriculum.toml")


def test_line_ends_of_another_system_change_no_line_number(tmp_path: Path) -> None:
    path = tmp_path / "curriculum.toml"
    path.write_bytes(SOUND.replace('"beta",', '"zeta",').replace("\n", "\r\n").encode())
    with pytest.raises(ContentError, match=r":30: .*'zeta', which is no topic"):
        load_curriculum(path)


# Engine names


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("engine.basics.sigmod", "but engine.basics does not define it. Did you mean 'sigmoid'?"),
        (
            "engine.nowhere.sigmoid",
            "but engine.nowhere cannot be imported (No module named 'engine.nowhere').",
        ),
        ("engine.basics.__name__", "which is neither a function nor a class."),
        ("math.sin", "but should name it as engine.MODULE.FUNCTION."),
        ("sigmoid", "but should name it as engine.MODULE.FUNCTION."),
    ],
)
def test_an_engine_name_that_leads_nowhere_is_a_problem(tmp_path: Path, name: str, says: str) -> None:
    listed = f'prerequisites = []\nengine = [\n    "engine.basics.softmax",\n    "{name}",\n]'
    path = written(tmp_path, "prerequisites = []", listed)
    (problem,) = check_engine_names(load_curriculum(path), path)
    assert str(problem) == f"{path}:17: topic 'alpha' names the engine's '{name}', {says}"


def test_an_engine_function_needs_a_docstring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.import_module("engine.basics").sigmoid, "__doc__", None)
    path = written(tmp_path, "prerequisites = []", 'engine = ["engine.basics.sigmoid"]\nprerequisites = []')
    (problem,) = check_engine_names(load_curriculum(path), path)
    assert str(problem).startswith(f"{path}:14: ")
    assert problem.problem.endswith("which has no docstring.")
