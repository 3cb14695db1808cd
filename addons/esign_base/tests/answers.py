"""Answers of pages as tests read them."""

SHAPE = {'outcome', 'message', 'data'}


def flat(answer):
    """Outcome and message beside what the answer gave; the shape is that of every page."""
    assert set(answer) == SHAPE, answer
    return {**answer['data'], 'outcome': answer['outcome'], 'message': answer['message']}


def given(answer):
    """What the answer of an act that was done gave."""
    assert set(answer) == SHAPE and (answer['outcome'], answer['message']) == ('OK', ''), answer
    return answer['data']
