from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.domain.errors import UsageError
from tutor.domain.topics import Course, Curriculum, Topic, Week, find_cycle


@pytest.fixture
def curriculum() -> Curriculum:
    def course(number: int, sheet: str, *slugs: str) -> Course:
        topics = tuple(Topic(slug, slug.title(), number, 1) for slug in slugs)
        return Course(number, sheet, sheet, 10, (Week(1, "One", topics[:1]), Week(2, "Two", topics[1:])))

    return Curriculum((course(1, "dlCS1", "data-layout", "sigmoid-model"), course(2, "dlCS2", "momentum")))


def test_topics_are_listed_in_reading_order(curriculum):
    assert list(curriculum.topics) == ["data-layout", "sigmoid-model", "momentum"]
    assert curriculum.order == {"data-layout": 0, "sigmoid-model": 1, "momentum": 2}


def test_a_course_yields_the_topics_of_all_its_weeks(curriculum):
    assert [topic.slug for topic in curriculum.course(1).topics] == ["data-layout", "sigmoid-model"]


def test_a_topic_is_found_by_its_slug(curriculum):
    assert curriculum.topic("momentum").course == 2


def test_an_unknown_topic_is_an_error_that_suggests_the_nearest(curriculum):
    with pytest.raises(UsageError) as caught:
        curriculum.topic("sigmoid-modle")
    assert str(caught.value) == "There is no topic 'sigmoid-modle'. Did you mean 'sigmoid-model'?"


def test_an_unknown_course_is_an_error_that_lists_the_courses(curriculum):
    with pytest.raises(UsageError, match="There is no course 7; expected one of 1, 2"):
        curriculum.course(7)


def test_a_sheet_is_found_in_any_case(curriculum):
    assert curriculum.course_of_sheet("DLcs2").number == 2


def test_an_unknown_sheet_is_an_error_that_lists_the_sheets(curriculum):
    with pytest.raises(UsageError, match="There is no sheet 'dlCS9'; the sheets are dlCS1, dlCS2"):
        curriculum.course_of_sheet("dlCS9")


def test_prerequisites_in_a_line_have_no_cycle():
    assert find_cycle({"a": (), "b": ("a",), "c": ("a", "b"), "d": ("c", "a")}) is None


def test_a_topic_that_requires_itself_is_a_cycle():
    assert find_cycle({"a": ("a",)}) == ["a", "a"]


def test_a_cycle_is_returned_without_the_way_that_leads_to_it():
    assert find_cycle({"start": ("a",), "a": ("b",), "b": ("c",), "c": ("a",)}) == ["a", "b", "c", "a"]


def test_a_prerequisite_that_is_no_topic_is_not_a_cycle():
    assert find_cycle({"a": ("elsewhere",)}) is None


def test_a_chain_longer_than_the_recursion_limit_is_searched():
    chain = {f"t{i}": (f"t{i + 1}",) for i in range(3_000)}
    assert find_cycle(chain) is None
    cycle = find_cycle({**chain, "t3000": ("t0",)})
    assert cycle is not None
    assert len(cycle) == 3_002


@given(st.dictionaries(st.integers(0, 6), st.lists(st.integers(0, 6), max_size=4), max_size=7))
def test_a_cycle_is_found_exactly_when_some_topic_reaches_itself(numbers):
    graph = {str(node): tuple(map(str, required)) for node, required in numbers.items()}
    reaches = {(node, other) for node, required in graph.items() for other in required}
    for middle in map(str, range(7)):
        reaches |= {(a, d) for a, b in reaches for c, d in reaches if b == c == middle}
    cycle = find_cycle(graph)
    assert (cycle is not None) == any(a == b for a, b in reaches)
    if cycle is not None:
        assert cycle[0] == cycle[-1]
        assert len(set(cycle)) == len(cycle) - 1
        assert all(later in graph[earlier] for earlier, later in pairwise(cycle))
