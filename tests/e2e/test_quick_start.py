"""The quick start of the integrator's guide, as a reader runs it: copied from the page, nothing changed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from .staff import Staff
from .test_api_races import one_page_pdf

GUIDE = Path(__file__).parents[2] / 'docs' / 'integrators.md'
LINES = 10


def snippets() -> list[str]:
    """The programs of the quick start, in their order."""
    section = GUIDE.read_text(encoding='utf-8').partition('\n## Quick start\n')[2].partition('\n## ')[0]
    return re.findall(r'^```python\n(.*?)^```$', section, re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Reader:
    """Somebody with a contract in his folder, who sets the variables that the page names."""

    folder: Path
    variables: dict[str, str]

    def run(self, text: str, ends: int = 0) -> str:
        """What the program says; its end is checked."""
        done = subprocess.run(
            [sys.executable, '-'], input=text, cwd=self.folder, env=os.environ | self.variables,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == ends, done.stdout + done.stderr
        return (done.stderr if ends else done.stdout).strip()


@pytest.fixture
def reader(server: str, staff: Staff, tmp_path: Path) -> Reader:
    key = staff.key('integration')
    (user,) = staff.call('res.users', 'search', [('login', '=', 'integration')])
    (tmp_path / '合同.pdf').write_bytes(one_page_pdf())
    return Reader(
        tmp_path,
        {'ESIGN_URL': server, 'ESIGN_KEY': key, 'ESIGN_DATABASE': staff.database, 'ESIGN_USER': str(user)},
    )


# R7.1
def test_the_quick_start_runs_as_it_stands(reader: Reader, staff: Staff):
    """R7.1: ten lines launch a contract; run again they make nothing new; XML-RPC answers the same group."""
    by_json, by_xmlrpc = snippets()
    assert len(by_json.splitlines()) == LINES
    number = reader.run(by_json)
    assert number
    assert reader.run(by_json) == number
    assert reader.run(by_xmlrpc) == 'pending'
    found = staff.call(
        'esign.contract.group', 'search_read',
        [('number', '=', number), ('initiator_id.name', '=', '上海示范科技有限公司')], ['name', 'party_count'],
    )  # fmt: skip
    assert [(group['name'], group['party_count']) for group in found] == [('劳动合同', 1)]


# R7.1
def test_a_wrong_key_ends_the_quick_start(reader: Reader):
    """R7.1: what is refused is told, and nothing is made."""
    broken = Reader(reader.folder, {**reader.variables, 'ESIGN_KEY': 'no-such-key'})
    said = broken.run(snippets()[0], ends=1)
    assert 'apikey' in said.lower().replace(' ', '')
    assert 'Traceback' not in said
