"""Odoo in the process of a benchmark: the database and configuration that `./esign bench` prepared."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def registry() -> Iterator[object]:
    """The registry of the scratch database; its pool is closed at the end."""
    sys.path.append(os.environ['ESIGN_ODOO_PATH'])
    import odoo
    from odoo.modules.registry import Registry
    from odoo.tools import config

    database = os.environ['ESIGN_BENCH_DATABASE']
    config.parse_config(['-c', os.environ['ESIGN_BENCH_CONF'], '-d', database, '--no-http', '--log-level=error'])
    try:
        yield Registry(database)
    finally:
        odoo.sql_db.close_all()


@contextmanager
def environment(found: object) -> Iterator[object]:
    """A superuser's environment on a cursor of its own; committed at the end."""
    from odoo import SUPERUSER_ID, api

    with found.cursor() as cr:
        yield api.Environment(cr, SUPERUSER_ID, {'queue_job__no_delay': True})
