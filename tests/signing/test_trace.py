"""The trace's hash chain: any single change is found (R8.3)."""

import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from signing import trace
from signing.errors import SigningError, TraceBroken
from signing.trace import GENESIS, Entry

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
payloads = st.dictionaries(st.text(), values, max_size=4)


def chain(items: list[dict[str, object]]) -> list[Entry]:
    found: list[Entry] = []
    for item in items:
        found.append(trace.append(found[-1].digest if found else GENESIS, item))
    return found


@given(values)
def test_canonical_means_the_same_and_is_stable(value: object) -> None:
    encoded = trace.canonical(value)
    assert json.loads(encoded) == value
    assert trace.canonical(json.loads(encoded)) == encoded


def test_known_encoding() -> None:
    value = {
        '\u20ac': 'é',
        '\r': '1',
        '\ufb33': None,
        '😀': [True, False, -0, 10**15],
        '1': ('"', '\\', '\x1f\x7f/'),
    }
    assert trace.canonical(value).decode() == (  # the order is that of RFC 8785 §3.2.3
        '{"\\r":"1","1":["\\"","\\\\","\\u001f\x7f/"],"€":"é","😀":[true,false,0,1000000000000000],"\ufb33":null}'
    )
    assert trace.canonical('\b\t\n\f\r') == b'"\\b\\t\\n\\f\\r"'
    assert trace.canonical('甲方') == '"甲方"'.encode()


@pytest.mark.parametrize(
    'value',
    [
        1.0,
        float('nan'),
        b'x',
        {1: 'x'},
        {None: 1},
        2**53,
        -(2**53),
        '\ud800',
        {'\udfff': 1},
        {1, 2},
        object(),
    ],
)
def test_what_has_no_canonical_form(value: object) -> None:
    with pytest.raises(SigningError) as caught:
        trace.canonical([value])
    assert caught.value.code == 'not_canonical'


def test_bottomless_nesting_is_refused() -> None:
    value: list[object] = []
    value.append(value)
    with pytest.raises(SigningError, match='not_canonical'):
        trace.canonical(value)


def test_known_hash() -> None:
    entry = trace.append(GENESIS, {'b': 1, 'a': '签署'})
    assert entry.payload == '{"a":"签署","b":1}'.encode()
    assert entry.digest == hashlib.sha256(b'\x01' + bytes(32) + entry.payload).digest()
    assert (entry.version, entry.previous) == (1, GENESIS)
    with pytest.raises(SigningError, match='hash_invalid'):
        trace.append(b'short', {})


@given(st.lists(payloads, max_size=6))
def test_a_sound_chain_is_sound(items: list[dict[str, object]]) -> None:
    entries = chain(items)
    head = trace.check(entries)
    assert head == (entries[-1].digest if entries else GENESIS)
    assert trace.check(entries, head=head) == head
    for cut in range(len(entries)):  # in parts, too
        assert trace.check(entries[cut:], start=entries[cut].previous, head=head) == head


@given(st.lists(payloads, min_size=1, max_size=6), st.data())
def test_any_single_change_is_found_where_it_is(items: list[dict[str, object]], data: st.DataObject) -> None:  # R8.3
    entries = chain(items)
    head = entries[-1].digest
    index = data.draw(st.integers(0, len(entries) - 1))
    victim = entries[index]
    field = data.draw(st.sampled_from(['version', 'previous', 'payload', 'digest']))
    if field == 'version':
        changed = replace(victim, version=data.draw(st.integers(0, 255).filter(lambda each: each != 1)))
    else:
        blob = bytearray(getattr(victim, field))
        act = data.draw(st.sampled_from(['flip', 'insert', 'drop']))
        at = data.draw(st.integers(0, len(blob) - 1))
        if act == 'flip':
            blob[at] ^= data.draw(st.integers(1, 255))
        elif act == 'insert':
            blob.insert(at, data.draw(st.integers(0, 255)))
        else:
            del blob[at]
        changed = replace(victim, **{field: bytes(blob)})
    entries[index] = changed
    with pytest.raises(TraceBroken) as caught:
        trace.check(entries, head=head)
    assert caught.value.details['index'] == index


@given(st.lists(payloads, min_size=2, max_size=6, unique_by=str), st.data())
def test_removal_insertion_and_swap_are_found(items: list[dict[str, object]], data: st.DataObject) -> None:  # R8.3
    entries = chain(items)
    head = entries[-1].digest
    index = data.draw(st.integers(0, len(entries) - 1))
    removed = entries[:index] + entries[index + 1 :]
    repeated = entries[: index + 1] + entries[index:]
    foreign = [*entries[:index], trace.append(GENESIS, {'x': 'foreign'}), *entries[index:]]
    for broken, where in (
        (removed, index),
        (repeated, index + 1),
        (foreign, index + 1 if index == 0 else index),
    ):
        with pytest.raises(TraceBroken) as caught:
            trace.check(broken, head=head)
        assert caught.value.details['index'] == where
    at = data.draw(st.integers(0, len(entries) - 2))
    entries[at], entries[at + 1] = entries[at + 1], entries[at]
    with pytest.raises(TraceBroken) as caught:
        trace.check(entries, head=head)
    assert caught.value.details['index'] == at


def test_a_rewritten_end_needs_the_head() -> None:
    entries = chain([{'n': 1}, {'n': 2}])
    forged = chain([{'n': 1}, {'n': 3}])
    trace.check(forged)  # consistent in itself …
    with pytest.raises(TraceBroken) as caught:
        trace.check(forged, head=entries[-1].digest)  # … but not the one that was time-stamped
    assert (caught.value.code, caught.value.details['index']) == ('trace_head', 2)
