# R1.1
from pathlib import Path

from rules.tries import TRIES

GUIDE = Path(__file__).resolve().parents[2] / 'docs' / 'operators.md'


def test_every_limit_is_in_the_operators_guide():
    text = GUIDE.read_text(encoding='utf-8')
    assert [name for name in TRIES if f'`{name}`' not in text] == []


def test_a_lock_is_no_shorter_than_its_window():
    assert all(rule.number > 0 and rule.seconds > 0 for rule in TRIES.values())
    assert all(rule.lock >= rule.seconds for rule in TRIES.values() if rule.lock)
