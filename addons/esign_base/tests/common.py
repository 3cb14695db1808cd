"""What tests of all addons share."""

import contextlib
import importlib
import json
import os
import sys
import tempfile
from pathlib import Path
from unittest.mock import patch

import psycopg2

from odoo.modules import get_module_path
from odoo.tools import SQL

from ..signing import trace
from ..tools import development, proofs
from ..tools.sms_gateways import FILE_ENVIRONMENT
from .keys_common import SealCase, TokenMixin, private_token  # noqa: F401 - shared from here

# A change of evidence: the server's role may not at all, its owner meets a trigger.
REFUSED_BY_DATABASE = (
    psycopg2.DatabaseError,
    'are never changed or deleted|only go forward|permission denied for table',
)


def repository(name):
    """A module of the tests of the pure code, which lie beside the addons: ``tests.corpus.names``."""
    root = Path(get_module_path('esign_base')).resolve().parents[1]
    for folder in (root, root / 'addons' / 'esign_base'):
        if str(folder) not in sys.path:
            sys.path.append(str(folder))
    return importlib.import_module(name)


class SmsCaught:
    """Mixin: SMS of the test go to a file of its own; `self.sms()` reads them."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.sms_file = Path(folder.name) / 'sms.jsonl'
        environment = {development.ENVIRONMENT: '1', FILE_ENVIRONMENT: str(self.sms_file)}
        self.startPatcher(patch.dict(os.environ, environment))
        parameters = self.env['ir.config_parameter'].sudo()
        parameters.set_param(development.PARAMETER, 'demo')
        parameters.set_param('esign.sms_gateway', 'file')

    def sms(self):
        """All messages sent so far, oldest first."""
        with contextlib.suppress(FileNotFoundError):
            return [json.loads(line) for line in self.sms_file.read_text(encoding='utf-8').splitlines()]
        return []


def our_addons(env):
    """Names of the installed addons of this system."""
    modules = env['ir.module.module'].sudo().search([('state', '=', 'installed'), ('name', '=like', 'esign_%')])
    return sorted(modules.mapped('name'))


def our_models(env):
    """Registry classes of the models that our addons define (not those they only extend)."""
    return {name: model for name, model in env.registry.items() if model._original_module in our_addons(env)}


def proven_consent(env, person, digest='ab' * 32, reference='test,1', **values):
    """A consent by a standing authorisation that is proven as one that was put into force."""
    return env['esign.consent']._by_authority(
        person, digest, reference, 'test', [proofs.warrant({'test': reference})], **values
    )


@contextlib.contextmanager
def as_owner(env, *tables):
    """What the owner of the tables could do: his role, and no trigger that stands in the way."""
    cr = env.cr
    env.flush_all()
    cr.execute(
        'SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE oid = ANY(%s::regclass[])', [list(tables)]
    )
    ((owner,),) = cr.fetchall()

    def rewrite(statement, *values):
        cr.execute(SQL('SET ROLE %s', SQL.identifier(owner)))
        cr.execute(statement, values or None)
        cr.execute('RESET ROLE')

    for table in tables:
        rewrite(SQL('ALTER TABLE %s DISABLE TRIGGER USER', SQL.identifier(table)))
    try:
        yield rewrite
    finally:
        for table in tables:
            rewrite(SQL('ALTER TABLE %s ENABLE TRIGGER USER', SQL.identifier(table)))
        env.invalidate_all()


def rehash(env, chain, change, rewrite):
    """Rewrite events as the owner of the tables could, every hash of the chain anew.

    :param change: given an event and its payload (dict), answers columns to change, after it has changed the payload.
    :param rewrite: what :func:`as_owner` gave.
    :return: the new head, hex.
    """
    previous = trace.GENESIS
    for event in chain.event_ids.sorted('number'):
        payload = json.loads(event.payload)
        columns = change(event, payload) or {}
        entry = trace.append(previous, payload)
        columns |= {
            'payload': entry.payload.decode(), 'previous': entry.previous.hex(), 'digest': entry.digest.hex()
        }  # fmt: skip
        names = ', '.join(f'{name} = %s' for name in columns)
        rewrite(f'UPDATE esign_trace_event SET {names} WHERE id = %s', *columns.values(), event.id)
        previous = entry.digest
    rewrite('UPDATE esign_trace_chain SET head = %s WHERE id = %s', previous.hex(), chain.id)
    return previous.hex()
