from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutor.grading.protocol import Kind, Outcome, number_of, raised_from
from tutor.grading.wire import HEADER_LIMIT, Frame, Unsendable, WireError, frame_size, pack


def carried(value, proxy=None):
    return Frame.parse(b"".join(pack(value).chunks)).value(proxy)


def frame(header, payload=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<IQ", len(text), len(payload)) + text + payload


@pytest.mark.parametrize(
    "dtype", ["?", "i1", "u1", "i2", "i4", "i8", "u8", "f2", "f4", "f8", "c8", "c16", "<U7", ">f8"]
)
def test_arrays_of_every_sendable_dtype_arrive_as_they_were(dtype):
    sent = np.array([[0, 1, 2], [3, 4, 5]]).astype(dtype)
    got = carried(sent)
    assert got.dtype == sent.dtype.newbyteorder("=")
    np.testing.assert_array_equal(got, sent)
    assert got.flags.writeable


@pytest.mark.parametrize(
    "array", [np.zeros((0, 3)), np.array(2.5), np.arange(24.0).reshape(2, 3, 4).T[:, ::2], np.zeros(())]
)
def test_shapes_and_strides_are_kept_in_meaning(array):
    got = carried(array)
    assert isinstance(got, np.ndarray)
    assert got.shape == array.shape
    np.testing.assert_array_equal(got, array)


def test_scalars_keep_their_kind():
    for sent in (np.float64(1.5), np.float32(1.5), np.int64(3), np.bool_(True), np.str_("x")):
        got = carried(sent)
        assert type(got) is type(sent)
        assert got == sent


def test_containers_keep_their_kind_and_order():
    sent = {"b": [1, (2.5, None)], "a": {"x", "y"}, 3: True, (1, 2): 1 + 2j, "n": {}}
    got = carried(sent)
    assert got == sent
    assert list(got) == list(sent)
    assert type(got["b"][1]) is tuple
    assert got[3] is True


def test_floats_that_are_no_numbers_arrive():
    got = carried([float("inf"), float("-inf"), float("nan")])
    assert got[0] == float("inf")
    assert got[1] == float("-inf")
    assert got[2] != got[2]


def test_what_cannot_be_sent_arrives_as_a_note_with_its_type():
    packed = pack([object(), np.array([object()]), 1 << 5000, lambda: 0])
    assert packed.unsendable == ["object", "array of dtype object", "int of more than 4096 bits"]
    got = Frame.parse(b"".join(packed.chunks)).value()
    assert got == [*map(Unsendable, packed.unsendable), Unsendable("function")]


def test_deep_and_circular_structures_end():
    circle: list = []
    circle.append(circle)
    assert "nested too deeply" in pack(circle).unsendable[0]


def test_functions_travel_as_numbers():
    packed = pack([abs, {"f": len}])
    assert packed.callables == [abs, len]
    got = Frame.parse(b"".join(packed.chunks)).value(lambda number, name: packed.callables[number])
    assert got == [abs, {"f": len}]


def test_each_value_is_built_anew():
    parsed = Frame.parse(b"".join(pack([np.zeros(3)]).chunks))
    first, second = parsed.value(), parsed.value()
    first[0][0] = 1
    assert second[0][0] == 0


def test_results_above_the_limits_are_refused():
    with pytest.raises(WireError, match="a result of 320 MB"):
        pack(np.lib.stride_tricks.as_strided(np.zeros(1), (40_000_000,), (0,)))
    with pytest.raises(WireError):
        pack("x" * (HEADER_LIMIT + 1))
    with pytest.raises(WireError, match="larger than the limit"):
        frame_size(struct.pack("<IQ", HEADER_LIMIT + 1, 0))
    with pytest.raises(WireError, match="larger than the limit"):
        frame_size(struct.pack("<IQ", 4, 1 << 40))
    assert frame_size(b"\0" * 11) is None


@pytest.mark.parametrize(
    "bad",
    [
        frame(b"not json"),
        frame(b"[" * 100_000),
        frame(b"9" * 10_000),
        frame([]),
        frame({"tree": None}),
        frame({"tree": None, "arrays": [["<f8"]]}),
        frame({"tree": None, "arrays": [["|O", [1]]]}, b"x" * 8),
        frame({"tree": None, "arrays": [["<f8", [1]]]}, b"x" * 7),
        frame({"tree": None, "arrays": [["<f8", [-1]]]}),
        frame({"tree": None, "arrays": [["<f8", [1 << 62, 1 << 62]]]}, b"x" * 8),
        frame({"tree": None, "arrays": [["<f8", [True]]]}, b"x" * 8),
        frame({"tree": None, "arrays": [["<f8", [1.0]]]}, b"x" * 8),
        frame({"tree": None, "arrays": [["<f8", [0] * 40]]}),
        frame({"tree": None, "arrays": [["<U99999999999999999999", [0]]]}),
        frame({"tree": None, "arrays": [["<U1", [1]]]}, b"\xff" * 4),
        frame({"tree": None, "arrays": []}, b"left over"),
        b"",
    ],
)
def test_malformed_frames_are_refused(bad):
    with pytest.raises(WireError):
        Frame.parse(bad)


@pytest.mark.parametrize(
    "tree",
    [
        {"a": 1},
        [],
        ["z", 1],
        ["a", 5],
        ["a"],
        ["a", "x"],
        ["d", 1],
        ["d", [[["l"], 1]]],
        ["c", "x", 1],
        ["g", "system", None],
        ["g", "PCG64", ["d"]],
        ["s", ["l"]],
        [["l"], 1],
    ],
)
def test_malformed_trees_are_refused(tree):
    with pytest.raises(WireError):
        Frame.parse(frame({"tree": tree, "arrays": []})).value()


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_random_bytes_never_do_worse_than_being_refused(data):
    try:
        if frame_size(data) == len(data):
            Frame.parse(data).value()
    except WireError:
        pass


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(values)
@settings(max_examples=150, deadline=None)
def test_every_plain_value_makes_the_round_trip(value):
    assert carried(value) == value


OUTCOME = {"kind": "returned", "value": 3, "changed": ["X"], "warnings": [("RuntimeWarning", "overflow", 2)]}


def test_an_outcome_is_read_from_its_message():
    outcome = Outcome.from_message(OUTCOME)
    assert (outcome.kind, outcome.value, outcome.changed) == (Kind.RETURNED, 3, ("X",))
    assert outcome.warnings[0].line == 2


@pytest.mark.parametrize(
    "message",
    [
        None,
        {},
        {"kind": "ended", "changed": [], "warnings": []},
        {**OUTCOME, "kind": "other"},
        {**OUTCOME, "changed": "X"},
        {**OUTCOME, "changed": [3]},
        {**OUTCOME, "warnings": [("a", "b")]},
        {**OUTCOME, "warnings": [("a", "b", "c")]},
        {**OUTCOME, "warnings": 3},
        {"kind": "returned", "changed": [], "warnings": []},
        {"kind": "raised", "changed": [], "warnings": [], "type": 3, "bases": [], "message": "", "line": 0, "text": ""},
        {"kind": "raised", "changed": [], "warnings": [], "type": "E"},
        {"kind": "signature", "changed": [], "warnings": []},
    ],
)
def test_a_forged_outcome_is_refused(message):
    with pytest.raises(WireError):
        Outcome.from_message(message)


def test_a_forged_field_is_refused():
    with pytest.raises(WireError):
        number_of({"events": "many"}, "events")
    with pytest.raises(WireError):
        raised_from({"type": "E", "bases": None})
