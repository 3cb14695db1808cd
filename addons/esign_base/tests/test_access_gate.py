"""Gates over all installed addons of this system, so that a new one is covered by being there."""

import inspect
import re
from pathlib import Path

from odoo.modules import get_module_path
from odoo.tests import TransactionCase, tagged

from .common import our_addons, our_models

SENSITIVE = re.compile(r'(^|_)(token|secret|cipher|hash|otp|pin|password)$')
# Named like a secret, but none: why.
NO_SECRETS = {
    'esign.trace.stamp.token': 'a time stamp token (RFC 3161) is evidence for whoever may read the trace',
}


@tagged('post_install', '-at_install')
class TestAccessGate(TransactionCase):
    maxDiff = None

    def test_every_model_has_access_rows(self):
        ruled = set(self.env['ir.model.access'].sudo().search([]).mapped('model_id.model'))
        missing = [
            name
            for name, model in our_models(self.env).items()
            if not model._abstract and model._auto and name not in ruled
        ]
        self.assertEqual(missing, [])

    def test_no_sql_constraints_of_the_old_kind(self):
        old = [
            f'{owner.__module__}.{owner.__name__}'
            for _name, owner in _our_classes(self.env)
            if '_sql_constraints' in vars(owner)
        ]
        self.assertEqual(old, [])

    def test_sensitive_fields_are_for_nobody_or_for_a_group(self):
        """A portal user may read any field of a record he may read, unless the field names its groups."""
        open_fields = [
            f'{model_name}.{name}'
            for model_name, model in our_models(self.env).items()
            for name, field in model._fields.items()
            if SENSITIVE.search(name) and not model._abstract and not field.groups
        ]
        self.assertEqual(sorted(set(open_fields) - NO_SECRETS.keys()), [])

    def test_public_methods_are_known(self):
        """Every login may call a public method by RPC: each is listed, so that adding one is a decision."""
        found = set(_public_methods(self.env))
        listed = _listed(self.env, 'public_methods.txt')
        self.assertEqual(sorted(found - listed), [], 'name it _x, mark it @api.private, or list it and test its misuse')
        self.assertEqual(sorted(listed - found), [], 'stale lines')
        ours = {name for name in listed if name.startswith('esign.')}  # roles of Odoo's models are Odoo's
        silent = ours - {name for addon in our_addons(self.env) for name in callers(addon)}
        self.assertEqual(sorted(silent), [], 'say in brackets for whom it works')


def callers(addon):
    """method → the roles for which it works, from the brackets of the addon's public_methods.txt."""
    path = Path(get_module_path(addon)) / 'tests' / 'data' / 'public_methods.txt'
    lines = path.read_text(encoding='utf-8').splitlines() if path.exists() else ()
    found = (re.match(r'^(esign[\w.]+)\s+\[([\w ]+)\]', line) for line in lines)
    return {match[1]: set(match[2].split()) for match in found if match}


def _our_classes(env):
    """(model name, class) of every model class that our addons write, extensions included."""
    prefixes = tuple(f'odoo.addons.{addon}.' for addon in our_addons(env))
    for name, model in env.registry.items():
        for owner in model.__mro__:
            if owner.__module__.startswith(prefixes) and '.tests.' not in owner.__module__:
                yield name, owner


def _public_methods(env):
    for model_name, owner in _our_classes(env):
        for name, method in vars(owner).items():
            if name.startswith('_') or not inspect.isfunction(method) or getattr(method, '_api_private', False):
                continue
            if not _inherited(env.registry[model_name], owner, name):
                yield f'{model_name}.{name}'


def _inherited(model, owner, name):
    """True for the extension of a method that is public already."""
    rest = model.__mro__[model.__mro__.index(owner) + 1 :]
    return any(name in vars(base) for base in rest)


def _listed(env, file_name):
    lines = set()
    for addon in our_addons(env):
        path = Path(get_module_path(addon)) / 'tests' / 'data' / file_name
        if path.exists():
            text = path.read_text(encoding='utf-8')
            lines |= {line.split()[0] for line in text.splitlines() if line.strip() and not line.startswith('#')}
    return lines
