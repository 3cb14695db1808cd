import json

from odoo import models

from ...rules.states import DECORATIONS, VOID, of_outcome, of_tone


class IrUiView(models.Model):
    """Colours of states in the web client, from the tables of the machines: views name none."""

    _inherit = 'ir.ui.view'

    def _postprocess_tag_field(self, node, name_manager, node_info):
        states = _states_of(name_manager.model)
        if states and node.get('name') == 'state' and node.get('widget') == 'badge':
            for tone, decoration in DECORATIONS.items():
                if shown := of_tone(states, tone):
                    node.set(f'decoration-{decoration}', _is_one_of(shown))
        return super()._postprocess_tag_field(node, name_manager, node_info)

    def _postprocess_tag_list(self, node, name_manager, node_info):
        """Rows of what came to nothing are muted."""
        void = of_outcome(_states_of(name_manager.model), VOID)
        if void and node.xpath('./field[@name="state"]'):
            node.set('decoration-muted', _is_one_of(void))
        return super()._postprocess_tag_list(node, name_manager, node_info)

    def _postprocess_tag_progressbar(self, node, name_manager, _node_info):
        states = _states_of(name_manager.model)
        if states and node.get('field') == 'state':
            node.set('colors', json.dumps({key: DECORATIONS[state.tone] for key, state in states.items()}))


def _states_of(model):
    return getattr(model, '_states', {})


def _is_one_of(states):
    return f'state in {states!r}'
