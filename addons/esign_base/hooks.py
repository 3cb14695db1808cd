"""What holds for the whole server process, as soon as this addon is loaded."""

import functools
import logging
import re

from werkzeug.routing import Map

from odoo import http
from odoo.tools import config

from .tools import routes

NUMBER = re.compile(r'(?<![0-9A-Za-z])((?:\+|00)?86[ -]?)?(1[3-9][0-9])[0-9]{4}([0-9]{4})(?![0-9A-Za-z])')
MASKED = r'\1\2****\3'


def shut_before_a_database():
    """Before a database is chosen, nothing is there but what a list names so; and the log shows no numbers.

    The addon is loaded server-wide (``server_wide_modules``), so that this holds before any registry is.
    """
    _replace_map()
    for handler in logging.getLogger().handlers:
        handler.addFilter(mask_numbers)


def _replace_map():
    whole_map = http.Application.__dict__['nodb_routing_map'].func

    def listed_map(app):
        shut = Map(strict_slashes=False, converters=None)
        rows = routes.listed(frozenset({*config['server_wide_modules'], 'esign_base'}))
        for rule in whole_map(app).iter_rules():
            if rule.rule in rows and routes.NO_DATABASE in rows[rule.rule].who:
                shut.add(rule.empty())
        return shut

    replaced = functools.cached_property(listed_map)
    replaced.__set_name__(http.Application, 'nodb_routing_map')
    http.Application.nodb_routing_map = replaced
    vars(http.root).pop('nodb_routing_map', None)


def mask_numbers(record):
    """Filter of a log's handlers: mobile numbers, which are log-ins here, with four digits hidden."""
    text = record.getMessage()
    if NUMBER.search(text):
        record.msg, record.args = NUMBER.sub(MASKED, text), ()
    if record.exc_info and not record.exc_text:
        record.exc_text = logging.Formatter().formatException(record.exc_info)
    if record.exc_text:
        record.exc_text = NUMBER.sub(MASKED, record.exc_text)
    return True
