"""Sheets of style: one component a sheet, colours by name, one narrow screen."""

import re
from pathlib import Path

ADDONS = Path(__file__).parents[2] / 'addons'
SHEETS = sorted(ADDONS.glob('esign_*/static/src/**/*.scss'))
# Where colours are named: ours, and those of Odoo's own pages, whose sheets take no custom properties.
NAMES = ('tokens.scss', 'bootstrap_overridden.scss')
COLOUR = re.compile(r'#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl)a?\(')
LONGEST = 500


def test_no_sheet_is_long():
    long = {path.name: count for path in SHEETS if (count := len(path.read_text().splitlines())) > LONGEST}
    assert SHEETS and not long


def test_colours_stand_among_the_tokens():
    for path in SHEETS:
        if path.name not in NAMES:
            found = [line for line in path.read_text().splitlines() if COLOUR.search(line.split('url(')[0])]
            assert not found, path


def test_every_token_that_is_used_exists_and_has_no_other_value_at_hand():
    known = set(
        re.findall(r'^\s*(--es-[\w-]+):', (ADDONS / 'esign_base/static/src/scss/tokens.scss').read_text(), re.M)
    )
    set_here = {name for path in SHEETS for name in re.findall(r'(--es-[\w-]+):', path.read_text())}
    for path in SHEETS:
        text = path.read_text()
        assert not set(re.findall(r'var\((--es-[\w-]+)', text)) - known - set_here, path
        assert not re.findall(r'var\(--es-[\w-]+,\s*#', text), path


def test_the_narrow_screen_stands_once_for_sheets_and_once_for_scripts():
    scripts = sorted(ADDONS.glob('esign_*/static/src/**/*.js'))
    where = [path.name for path in (*SHEETS, *scripts) if '767.98px' in path.read_text()]
    assert where == ['tokens.scss', 'narrow.js']
