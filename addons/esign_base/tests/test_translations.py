"""zh_CN of every installed addon of this system: nothing untranslated, nothing stale.

``ESIGN_WRITE_TERMS=1`` writes the files anew with the terms and places of today; what no file translates yet stays
empty and fails here.
"""

import io
import os
import re
from pathlib import Path

import polib

from odoo.modules import get_module_path
from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import trans_export

from .common import our_addons

PLACEHOLDER = re.compile(r'%\(\w+\)[sd]|%[sd]|\{\{.*?\}\}')
TAG = re.compile(r'</?\w+')


@tagged('post_install', '-at_install')
class TestTranslations(TransactionCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if os.environ.get('ESIGN_WRITE_TERMS'):
            _write_terms({addon: _exported(cls.env, addon) for addon in our_addons(cls.env)})

    def test_every_term_is_translated_and_none_is_stale(self):
        for addon in our_addons(self.env):
            with self.subTest(addon=addon):
                terms, translated = self._terms(addon), self._translated(addon)
                self.assertEqual(sorted(terms - set(translated)), [], 'untranslated')
                self.assertEqual(sorted(set(translated) - terms), [], 'stale')

    def test_every_place_of_a_term_is_named(self):
        """Odoo translates a field, menu or view only where the entry names it; elsewhere the term stays English."""
        for addon in our_addons(self.env):
            path = _file_of(addon)
            named = _places(polib.pofile(str(path))) if path.exists() else set()
            with self.subTest(addon=addon):
                self.assertEqual(sorted(_places(_exported(self.env, addon)) - named), [], 'places that no entry names')

    def test_placeholders_and_tags_survive(self):
        for addon in our_addons(self.env):
            for source, text in self._translated(addon).items():
                with self.subTest(addon=addon, source=source):
                    self.assertEqual(sorted(PLACEHOLDER.findall(source)), sorted(PLACEHOLDER.findall(text)))
                    self.assertEqual(sorted(TAG.findall(source)), sorted(TAG.findall(text)))

    def test_entries_say_where_they_belong(self):
        """Odoo cannot read a file with an entry that names no module; a text of code without its mark is ignored."""
        for addon in our_addons(self.env):
            path = _file_of(addon)
            for entry in polib.pofile(str(path)) if path.exists() else ():
                with self.subTest(addon=addon, source=entry.msgid):
                    self.assertRegex(entry.comment, r'^modules?: \w+')
                    kinds = {Path(place).suffix for place, _line in entry.occurrences if place.startswith('code:')}
                    self.assertEqual('.py' in kinds, 'odoo-python' in entry.comment)
                    self.assertEqual(bool(kinds & {'.js', '.xml'}), 'odoo-javascript' in entry.comment)

    def _terms(self, addon):
        return {entry.msgid for entry in _exported(self.env, addon)}

    def _translated(self, addon):
        path = _file_of(addon)
        if not path.exists():
            return {}
        entries = polib.pofile(str(path))
        return {entry.msgid: entry.msgstr for entry in entries if entry.msgstr and not (entry.fuzzy or entry.obsolete)}


def _file_of(addon):
    return Path(get_module_path(addon)) / 'i18n' / 'zh_CN.po'


def _exported(env, addon):
    buffer = io.BytesIO()
    # Terms of the source language: nothing is translated while they are collected.
    trans_export(None, [addon], buffer, 'po', env(context={'lang': None}))
    return polib.pofile(buffer.getvalue().decode())


def _write_terms(exported):
    """Write each addon's file: its terms and places, with what it says of them or, where terms moved, another does."""
    files = {addon: polib.pofile(str(_file_of(addon)), wrapwidth=78) for addon in exported if _file_of(addon).exists()}
    elsewhere = {entry.msgid: entry.msgstr for entries in files.values() for entry in entries if entry.msgstr}
    for addon, terms in exported.items():
        if addon not in files:
            continue
        known = {entry.msgid: entry.msgstr for entry in files[addon] if entry.msgstr}
        terms.metadata, terms.header, terms.wrapwidth = files[addon].metadata, files[addon].header, 78
        for entry in terms:
            entry.msgstr = known.get(entry.msgid) or elsewhere.get(entry.msgid, '')
        terms.save(str(_file_of(addon)))


def _places(entries):
    """(term, place) of everything that stands in the database; texts of code are found wherever they stand."""
    return {
        (entry.msgid, place) for entry in entries for place, _line in entry.occurrences if not place.startswith('code:')
    }
