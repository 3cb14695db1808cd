"""Sentences that are kept: what was said, not its words, so that each reader has it in the own language.

A refusal is put into words where it happens, in the language of whoever happened to be there: a clock, a
system, one of the parties. What is kept of it is the term with its values, besides the words themselves. So the
translations that are made while :func:`listening` are remembered, and :func:`keep` finds the term of a sentence.
Odoo offers no hook there: the one function that translates is wrapped, once for the process.
"""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from odoo import fields
from odoo.orm import environments
from odoo.tools import translate
from odoo.tools.translate import LazyGettext, code_translations

USERS = (translate, environments)
SOURCE_LANG = 'en_US'
# Begins what a column holds of a sentence that is kept as a term; no person can type it.
MARK = '\x1e'
NO_WORDS = {'module': '', 'source': '', 'args': [], 'words': ''}
MOST_LEVELS = 8
OURS = 'esign_'
_local = threading.local()


class Said(str):
    """A sentence as a column holds it. Made by :func:`keep` and :func:`of_term` alone."""

    __slots__ = ()


class Sentence(fields.Char):
    """A text that is read in the reader's language when it was given as :class:`Said`; any other stays as it is."""

    def convert_to_cache(self, value, record, validate=True):
        """What a person typed never passes for a kept sentence."""
        if isinstance(value, Said):
            return value
        text = super().convert_to_cache(value, record, validate)
        return text.lstrip(MARK) if text else text

    def convert_to_column(self, value, record, values=None, validate=True):
        """The text that the database keeps."""
        kept = self.convert_to_cache(value, record, validate)
        return None if kept is None else str(kept)

    def convert_to_record(self, value, record):
        """The words for the reader."""
        return in_words(record.env, value) if value else False

    def _description_groupable(self, env):
        """The database knows terms, nobody's words: groups and orders of them tell a reader nothing."""
        return False

    _description_sortable = _description_groupable

    def kept(self, record):
        """What the column holds of a record, to be kept elsewhere as well; False for nothing."""
        if not record[self.name]:
            return False
        value = self._get_cache(record.env)[record.id]
        return Said(value) if value.startswith(MARK) else value


def install() -> None:
    """Let translations be heard; doing it again changes nothing."""
    plain = translate.get_translation
    if hasattr(plain, '__wrapped__'):
        return

    @functools.wraps(plain)
    def get_translation(module, lang, source, args):
        words = plain(module, lang, source, args)
        heard = getattr(_local, 'heard', None)
        if heard is not None:
            heard[words] = (module, source, args)
        return words

    for user in USERS:
        user.get_translation = get_translation


@contextmanager
def listening() -> Iterator[None]:
    """Remember what is put into words in this thread, so that :func:`keep` knows it; also a decorator."""
    before = getattr(_local, 'heard', None)
    _local.heard = {} if before is None else before
    try:
        yield
    finally:
        _local.heard = before


def keep(words: str) -> Said | str:
    """What to store of a sentence: its term and values when it was heard, otherwise the words themselves."""
    found = _found(words)
    return _packed(found) if isinstance(found, dict) else words


def of_term(term: LazyGettext) -> Said:
    """What to store of a term that is declared with its values."""
    return _packed(_of_lazy(term))


def in_words(env, kept: str) -> str:
    """The words of what :func:`keep` returned, in the language of ``env``; plain text as it is."""
    found = facts(kept)
    return kept if found is None else words_of(env, found)


def facts(kept: str) -> dict | None:
    """Term, values and words as JSON values, for what is kept apart from a column; None for plain text.

    What is no kept sentence though it begins like one is one without words: rows are not only written by us.
    """
    if not kept.startswith(MARK):
        return None
    try:
        found = json.loads(kept[len(MARK) :])
    except (ValueError, RecursionError):
        return {**NO_WORDS}
    return found if _is_fact(found) else {**NO_WORDS}


def words_of(env, found: dict) -> str:
    """The words of what :func:`facts` returned, in the language of ``env``; none of what has another shape."""
    if not _is_fact(found):
        return ''
    lang, source, args = env.lang or SOURCE_LANG, found['source'], found['args']
    module = _module_of(env, found, lang)
    if module is None:  # this version does not know the term any more: the words of its time
        return found.get('words') or source
    if isinstance(args, dict):
        args = {name: _shown(env, value) for name, value in args.items()}
    else:
        args = tuple(_shown(env, value) for value in args)
    try:
        return translate.get_translation(module, lang, source, args)
    except (TypeError, ValueError, KeyError):  # values that the term does not take
        return found.get('words') or source


def _is_fact(found, levels=MOST_LEVELS):
    """Whether this has the shape of what :func:`facts` returns; sentences stand in one another so deep at most."""
    if not isinstance(found, dict) or not levels:
        return False
    args = found.get('args')
    if not isinstance(args, list | dict) or not isinstance(found.get('words', ''), str):
        return False
    values = args.values() if isinstance(args, dict) else args
    return all(isinstance(found.get(name), str) for name in ('module', 'source')) and all(
        _is_fact(value, levels - 1) if isinstance(value, dict) else isinstance(value, str | int) for value in values
    )


def _packed(found):
    return Said(MARK + json.dumps(found, ensure_ascii=False, sort_keys=True))


def _found(words):
    """Term and values of heard words; the words where they are not a translation."""
    term = (getattr(_local, 'heard', None) or {}).get(words)
    if not term:
        return words
    module, source, args = term
    return {'module': module, 'source': source, 'args': _values(args), 'words': words}


def _of_lazy(term):
    return {'module': term._module, 'source': term._source, 'args': _values(term._args)}


def _values(args):
    if isinstance(args, dict):
        return {name: _value(value) for name, value in args.items()}
    return [_value(value) for value in args]


def _value(value):
    if isinstance(value, LazyGettext):
        return _of_lazy(value)
    if isinstance(value, str):
        return _found(str(value))
    return value if isinstance(value, int) else str(value)


def _module_of(env, found, lang):
    """The addon that translates a term; Odoo does not say which one it is where the words were English."""
    if lang == SOURCE_LANG:
        return found['module']
    ours = sorted(name for name in env.registry._init_modules if name.startswith(OURS))
    known = code_translations.get_python_translations
    named = [found['module']] if found['module'] in ours else []  # no other module's file is opened
    return next((name for name in (*named, *ours) if found['source'] in known(name, lang)), None)


def _shown(env, value):
    return words_of(env, value) if isinstance(value, dict) else value
