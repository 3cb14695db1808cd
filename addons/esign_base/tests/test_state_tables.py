"""One table of states a machine: the model, pages, lists and the web client read names and colours from it."""

import json
import re
from pathlib import Path

from lxml import etree

from odoo.modules import get_module_path
from odoo.tests import TransactionCase, tagged

from ..rules.states import DECORATIONS, VOID, Tone, moves, of_outcome, of_tone, selection
from ..tools.states import state_of
from .common import our_addons

# A state beside a colour, as tables of their own would hold it: 'done': 'ok', "signed": "success".
PAIR = re.compile(
    r"""['"](\w+)['"]\s*:\s*(?:\([^)]*)?['"](?:ok|info|wait|bad|quiet|success|warning|danger|muted)['"]"""
)
# What is coloured there is no state of a machine: lists of contracts, kinds of verification.
NOT_STATES = {'CARDS = {', 'colors=\'{"manual"', 'colors=\'{"planned"'}


@tagged('post_install', '-at_install')
class TestStateTables(TransactionCase):
    def machines(self):
        ours = [
            model for name, model in self.env.items()
            if name.startswith('esign.') and 'state' in model._fields and not model._fields['state'].related
        ]  # fmt: skip
        self.assertGreaterEqual(len(ours), len(our_addons(self.env)))
        return ours

    def test_every_state_of_every_machine_has_a_row(self):
        for model in self.machines():
            with self.subTest(model=model._name):
                states = model._states
                self.assertEqual(model._fields['state'].selection, selection(states))
                self.assertLessEqual({one.tone for one in states.values()}, set(Tone))
                for state, after in moves(states).items():
                    self.assertLessEqual(after, set(states), state)
                if hasattr(model, '_moves'):
                    self.assertEqual(model._moves, moves(states))

    def arches(self, *types):
        """(model, view as the web client gets it) of every view of ours."""
        views = self.env['ir.ui.view'].search([('model', '=like', 'esign.%'), ('mode', '=', 'primary')])
        for view in views.filtered(lambda one: one.type in types):
            yield self.env[view.model], etree.fromstring(self.env[view.model].get_view(view.id, view.type)['arch'])

    def model_at(self, model, node):
        """The model of a node: that of the view, or of a list within it."""
        for around in reversed([one for one in node.iterancestors('field') if one.get('name')]):
            model = self.env[model._fields[around.get('name')].comodel_name]
        return model

    def test_the_web_client_colours_states_by_the_table(self):
        seen = 0
        for model, arch in self.arches('list', 'form', 'kanban'):
            for node in arch.xpath('//field[@name="state"][@widget="badge"]'):
                seen += 1
                states = self.model_at(model, node)._states
                shown = {name: node.get(f'decoration-{name}') for name in DECORATIONS.values()}
                wanted = {
                    name: f'state in {of_tone(states, tone)!r}' if of_tone(states, tone) else None
                    for tone, name in DECORATIONS.items()
                }
                self.assertEqual(shown, wanted, model._name)
        self.assertGreater(seen, 20)

    def test_rows_of_what_came_to_nothing_are_muted(self):
        seen = 0
        for model, arch in self.arches('list'):
            void = of_outcome(getattr(model, '_states', {}), VOID)
            if void and arch.xpath('./field[@name="state"]'):
                seen += 1
                self.assertEqual(arch.get('decoration-muted'), f'state in {void!r}', model._name)
        self.assertGreater(seen, 3)

    def test_progress_of_columns_has_the_colours_of_the_states(self):
        for model, arch in self.arches('kanban'):
            for bar in arch.xpath('.//progressbar[@field="state"]'):
                colours = {key: DECORATIONS[state.tone] for key, state in model._states.items()}
                self.assertEqual(json.loads(bar.get('colors')), colours, model._name)

    def test_nothing_else_gives_a_state_a_colour(self):
        names = {state for model in self.machines() for state in model._states}
        for addon in our_addons(self.env):
            for path in sorted(Path(get_module_path(addon)).rglob('*')):
                if path.suffix not in ('.py', '.js', '.xml') or {'tests', 'lib'} & set(path.parts):
                    continue
                text = path.read_text(encoding='utf-8')
                for found in PAIR.finditer(text):
                    around = text[max(0, text.rfind('= {', 0, found.start()) - 10) : found.end()]
                    if not any(one in around for one in NOT_STATES):
                        self.assertNotIn(found[1], names, f'{path}: {found[0]}')
                self.assertNotRegex(text, r'name="state"[^>]*\sdecoration-', path)

    def test_a_badge_shows_name_and_colour(self):
        account = self.env['esign.account'].new({'state': 'frozen'})
        self.assertEqual(state_of(account).tone, 'bad')
        self.assertTrue(state_of(account).label)
