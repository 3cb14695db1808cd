"""The documents: what they point to is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r'\]\(\s*([^)\s]+)\s*\)')
DOCUMENTS = [ROOT / 'README.md', ROOT / 'CONTRIBUTING.md', *sorted((ROOT / 'docs').rglob('*.md'))]


def anchors(text: str) -> set[str]:
    """Names by which headings are pointed to."""
    heads = re.findall(r'^#+ (.+)$', text, re.MULTILINE)
    return {re.sub(r'[^\w\- ]', '', head.strip().lower()).replace(' ', '-') for head in heads}


@pytest.mark.parametrize('document', DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document):
    for link in LINK.findall(re.sub(r'```.*?```', '', document.read_text(), flags=re.DOTALL)):
        if '://' in link or link.startswith('mailto:'):
            continue
        path, _, anchor = link.partition('#')
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), f'{document.name} points to {link}'
        if anchor and target.suffix == '.md':
            assert anchor in anchors(target.read_text()), f'{document.name} points to {link}'


def test_every_test_that_the_table_of_attacks_names_is_there():
    text = (ROOT / 'docs' / 'security-tests.md').read_text()
    sources = [*(ROOT / 'addons').glob('*/tests/**/*.py'), *(ROOT / 'tests').rglob('*.py')]
    classes = {name for path in sources for name in re.findall(r'^class (Test\w+)', path.read_text(), re.MULTILINE)}
    named = {name for name in re.findall(r'`([^`]+)`', text) if name.startswith(('Test', 'tests/', 'addons/'))}
    assert len(named) > 50
    assert [name for name in sorted(named) if name not in classes and not (ROOT / name).is_file()] == []
