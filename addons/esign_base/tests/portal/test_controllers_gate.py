"""Odoo makes one class of all controllers that share a base: equal names overwrite each other silently."""

from collections import defaultdict

from odoo.tests import BaseCase, tagged

from ...controllers.portal import EsignPortal


@tagged('post_install', '-at_install')
class TestControllersGate(BaseCase):
    def test_portal_controllers_have_no_names_in_common(self):
        owners = defaultdict(set)
        for owner in _descendants(EsignPortal):
            inherited = {name for base in owner.__mro__[1:] for name in vars(base)}
            for name in set(vars(owner)) - inherited:
                owners[name].add(f'{owner.__module__}.{owner.__name__}')
        twice = {name: sorted(found) for name, found in owners.items() if len(found) > 1}
        self.assertEqual(twice, {}, 'one of them never runs: give each a name of its own')


def _descendants(owner):
    for child in owner.__subclasses__():
        if child.__module__.startswith('odoo.addons.'):
            yield child
        yield from _descendants(child)
