from odoo import models

from odoo.addons.esign_base.signing.pages.anchors import find_keyword
from odoo.addons.esign_base.tools.signing_messages import explained
from odoo.addons.esign_base.tools.states import state_of


class EsignContract(models.Model):
    """A contract as the board of the signing room shows it."""

    _inherit = 'esign.contract'

    def _room_facts(self, mine, revision, address):
        """Plain values; ``url`` is empty where the file is not handed out.

        :param mine: the signer for which the identity is here, or empty.
        :param address: the :class:`RoomAddress`; None where no file is handed out.
        """
        frames = self.document_id._frames()
        shown = address is not None
        signed_parts = mine.act_line_ids.filtered(lambda line: line.act_state == 'done')
        return {
            'id': self.id,
            'name': self.name,
            'placed': self.placed,
            'frames': [{'width': round(one.width_mm, 3), 'height': round(one.height_mm, 3)} for one in frames],
            'url': address.file(self.group_id.id, self.id, revision.number) if shown and revision else '',
            'mine': bool(mine),
            'state': mine.state or '',
            **({'state_label': state_of(mine).label, 'tone': state_of(mine).tone} if mine else {}),
            'begun': bool(signed_parts),
            'has_text': self.document_id.has_text,
            'earlier': self.document_id._earlier_texts() if shown else [],
            'positions': [
                position._room_facts(position.signer_id == mine)
                for position in self.signer_ids.placement_ids
                # What is signed is in the document itself.
                if self.placed and position.signer_id.state == 'open'
            ],
        }

    def _find_keyword(self, keyword):
        """Boxes (mm) of a keyword in the document, for placing beside it.

        :return: list of ``{page, box: {x, y, width, height}}``.
        :raises CoreRefused: empty, too long or far too common.
        """
        self.ensure_one()
        document = self.sudo().document_id
        with explained(self.env):
            report = find_keyword(document._newest()._bytes(), document._frames(), str(keyword or ''))
        return [
            {
                'page': match.page,
                'box': {name: round(getattr(match.box, name), 2) for name in ('x', 'y', 'width', 'height')},
            }
            for match in report.matches
        ]


class EsignPlacement(models.Model):
    """A position as an item of the room's board."""

    _inherit = 'esign.placement'

    def _room_facts(self, mine):
        return {
            **self._board_facts(),
            'id': f'position{self.id}',
            'label': self.seal_kind_id.name or self.env._('Date seal'),
            'mine': mine,
        }
