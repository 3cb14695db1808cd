"""The lock: every package by hash, no address of any index, and the server's set within the developers' set."""

import re

import pytest

from config.cli import paths

LOCKS = ('dev', 'runtime', 'postgres', 'oca', 'tools')


def pins(name):
    text = (paths.REQUIREMENTS / f'{name}.txt').read_text()
    return set(re.findall(r'^([a-z0-9-]+)==(\S+)', text, re.MULTILINE))


@pytest.mark.parametrize('name', LOCKS)
def test_every_package_has_hashes_and_no_address(name):
    text = (paths.REQUIREMENTS / f'{name}.txt').read_text()
    entries = re.split(r'^(?=[a-z0-9])', text, flags=re.MULTILINE)[1:]
    assert entries
    assert all('--hash=sha256:' in entry for entry in entries)
    assert not re.search(r'://|--index|--find-links|--extra', text)


def test_production_runs_what_was_tested():
    assert pins('runtime') < pins('dev')


@pytest.mark.parametrize('name', LOCKS)
def test_what_is_asked_for_is_locked(name):
    asked = (paths.REQUIREMENTS / f'{name}.in').read_text().splitlines()
    names = [re.split(r'[\[=<>~ #]', line)[0].lower() for line in asked if line[:1].isalpha()]
    locked = {pin for pin, _ in pins(name)}
    assert [one for one in names if one.replace('_', '-') not in locked] == []
