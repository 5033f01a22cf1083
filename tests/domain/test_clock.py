from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.domain.clock import Clock
from tutor.domain.errors import SettingsError

BERLIN = ZoneInfo("Europe/Berlin")
KIRITIMATI = "Pacific/Kiritimati"
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", KIRITIMATI]


@pytest.fixture
def in_kolkata(monkeypatch):
    """The machine's own time zone is UTC+05:30."""
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def let_pass(clock: Clock, seconds: float) -> None:
    """Time passes for a clock that was set, without waiting."""
    clock._origin -= seconds


def shows(clock: Clock, moment: datetime) -> bool:
    """Whether the clock shows `moment`, but for the time that the test itself takes."""
    return moment <= clock.now() < moment + timedelta(seconds=30)


def test_now_is_aware_and_in_utc():
    before = datetime.now(UTC)
    now = Clock().now()
    assert before <= now <= datetime.now(UTC)
    assert now.tzinfo is UTC


@pytest.mark.parametrize(
    ("hour", "minute", "day"),
    [(3, 59, date(2026, 3, 1)), (4, 0, date(2026, 3, 2)), (23, 59, date(2026, 3, 2))],
)
def test_the_study_day_ends_at_four_in_the_morning(hour, minute, day):
    moment = datetime(2026, 3, 2, hour, minute, tzinfo=BERLIN)
    assert Clock(zone=BERLIN).study_day(moment) == day


def test_the_rollover_hour_can_be_midnight():
    midnight = datetime(2026, 3, 2, 0, 0, tzinfo=BERLIN)
    assert Clock(rollover_hour=0, zone=BERLIN).study_day(midnight) == date(2026, 3, 2)


def test_one_moment_is_in_different_study_days_in_different_zones():
    east, west = Clock(zone=ZoneInfo(KIRITIMATI)), Clock(zone=ZoneInfo("Pacific/Honolulu"))
    moment = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    assert (east.study_day(moment), west.study_day(moment)) == (date(2026, 3, 1), date(2026, 2, 28))
    later = moment + timedelta(hours=3)
    assert (east.study_day(later), west.study_day(later)) == (date(2026, 3, 2), date(2026, 3, 1))


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (datetime(2026, 3, 28, tzinfo=UTC), 23),  # clocks go forward on 29 March
        (datetime(2026, 10, 24, tzinfo=UTC), 25),  # clocks go back on 25 October
        (datetime(2026, 6, 1, tzinfo=UTC), 24),
    ],
)
def test_the_study_day_rolls_over_at_four_local_time_when_the_clocks_change(day, hours):
    clock = Clock(zone=BERLIN)
    quarters = [day + timedelta(minutes=15 * step) for step in range(4 * 48)]
    rollovers = [b for a, b in pairwise(quarters) if clock.study_day(a) != clock.study_day(b)]
    assert [moment.astimezone(BERLIN).hour for moment in rollovers] == [4, 4]
    assert rollovers[1] - rollovers[0] == timedelta(hours=hours)


@given(
    st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2035, 1, 1)),
    st.integers(0, 30 * 3600),
    st.sampled_from(ZONES),
    st.integers(1, 12),
)
def test_the_study_day_never_goes_back_and_never_skips_a_day(start, seconds, zone, rollover):
    clock = Clock(rollover_hour=rollover, zone=ZoneInfo(zone))
    earlier = start.replace(tzinfo=UTC)
    passed = clock.study_day(earlier + timedelta(seconds=seconds)) - clock.study_day(earlier)
    # Kiritimati left out a whole day when it changed sides of the date line.
    assert timedelta(0) <= passed <= timedelta(days=3 if zone == KIRITIMATI else 2)


def test_without_an_argument_the_study_day_is_the_present_one():
    clock = Clock(start=datetime(2026, 3, 2, 3, 30, tzinfo=UTC), zone=UTC)
    assert clock.study_day() == date(2026, 3, 1)


def test_dlcs_now_sets_the_clock_and_time_still_advances():
    clock = Clock.from_environment(environ={"DLCS_NOW": "2026-03-01T09:00:00+01:00"})
    assert shows(clock, datetime(2026, 3, 1, 8, 0, tzinfo=UTC))
    let_pass(clock, 90)
    assert shows(clock, datetime(2026, 3, 1, 8, 1, 30, tzinfo=UTC))
    earlier = clock.now()
    while clock.now() == earlier:
        pass
    assert clock.now() > earlier


def test_the_study_day_rolls_over_while_a_clock_that_was_set_runs():
    clock = Clock.from_environment(environ={"DLCS_NOW": "2026-03-02T03:59:00+00:00"})
    clock.zone = UTC
    assert clock.study_day() == date(2026, 3, 1)
    let_pass(clock, 60)
    assert clock.study_day() == date(2026, 3, 2)


def test_dlcs_now_without_an_offset_is_local_time(in_kolkata):
    clock = Clock.from_environment(environ={"DLCS_NOW": "2026-03-01T09:00:00"})
    assert shows(clock, datetime(2026, 3, 1, 3, 30, tzinfo=UTC))


def test_without_a_zone_the_study_day_is_local(in_kolkata):
    assert Clock().study_day(datetime(2026, 3, 1, 22, 29, tzinfo=UTC)) == date(2026, 3, 1)
    assert Clock().study_day(datetime(2026, 3, 1, 22, 30, tzinfo=UTC)) == date(2026, 3, 2)


def test_dlcs_now_is_read_from_the_environment(monkeypatch):
    monkeypatch.setenv("DLCS_NOW", "2031-01-01T00:00:00+00:00")
    clock = Clock.from_environment(rollover_hour=5)
    assert (clock.now().year, clock.rollover_hour) == (2031, 5)


def test_an_empty_dlcs_now_leaves_the_system_clock():
    assert Clock.from_environment(environ={"DLCS_NOW": ""}).start is None
    assert Clock.from_environment(environ={}).start is None


@pytest.mark.parametrize(
    "text",
    [
        "tomorrow",
        "2026-13-01",
        "2026-03-01T25:00",
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:59:59-10:00",
        "9999-12-31",
    ],
)
def test_a_dlcs_now_that_is_no_usable_time_is_one_clear_error(text):
    with pytest.raises(SettingsError, match=r"DLCS_NOW should be an ISO time .* correct it or unset it"):
        Clock.from_environment(environ={"DLCS_NOW": text})
