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
