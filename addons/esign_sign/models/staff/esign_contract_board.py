import datetime as dt

from odoo import api, fields, models

from odoo.addons.esign_base.errors import EsignError


class EsignContract(models.Model):
    """The pages of a file and the positions on them, as the board of the web client takes and gives them."""

    _inherit = 'esign.contract'

    board = fields.Json(
        'Positions on the pages',
        compute='_compute_board',
        inverse='_inverse_board',
        help='What the board shows; of what is written only `items` counts.',
    )

    @api.depends('document_id', 'signer_ids.party_id', 'signer_ids.state', 'signer_ids.placement_ids')
    @api.depends_context('uid', 'lang')
    def _compute_board(self):
        places = self.env['esign.placement']
        shared = {'kinds': places._kinds_json(), 'dates': places._dates_json()}
        for contract in self:
            stored = contract._origin
            contract.board = {**stored._board_json(), **shared} if stored.document_id else False

    def _board_json(self):
        """Everything but what can be placed; ``url`` is empty, with the reason, where the file is not handed out."""
        self.ensure_one()
        may, document = self._may_take(), self.sudo().document_id
        address = f'/esign/staff/contracts/{self.id}/board' if may else ''
        return {
            'url': f'{address}?revision={self._newest().number}' if may else '',
            'search': f'{address}/search' if may and document.has_text else '',
            'problem': may.message,
            'frames': [{'width': one.width_mm, 'height': one.height_mm} for one in document._frames()],
            'parties': [
                {'id': party.id, 'name': party.name, 'kind': party._kind_of_owner()}
                for party in self.sudo().signer_ids.party_id
            ],
            # What is signed is in the document itself.
            'items': self._placements_json(self.sudo().signer_ids.filtered(lambda signer: signer.state == 'open')),
        }

    def _inverse_board(self):
        """Take the positions over, all of them.

        :raises EsignError: one cannot be read, or the contract is not the user's draft.
        """
        for contract in self:
            try:
                contract._set_places(list(contract.board['items']))
            except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
                raise EsignError(self.env._('This page is out of date. Please reload it.'), 'UNREADABLE') from error
        self.invalidate_recordset(['board'])

    def _staff_view(self):
        """The file of the newest revision, for the board; the first look of a day stands in the trace.

        :raises EsignError: not allowed, or there is no file.
        """
        self._may_take().require()
        group, user = self.sudo().group_id, self.env.user
        if group.chain_id:
            actor = f'{user.name} <{user.login}>'
            since = fields.Datetime.now() - dt.timedelta(days=1)
            seen = [('chain_id', '=', group.chain_id.id), ('kind', '=', 'opened'), ('actor', '=', actor)]
            if not self.env['esign.trace.event'].sudo().search_count([*seen, ('at', '>=', since)], limit=1):
                group._trace('opened', actor=actor, revision=self._newest())
        return self._newest().file_id

    def _staff_search(self, text):
        """Where a keyword stands, for staff.

        :raises EsignError: not allowed, or nothing that can be searched for.
        """
        self._may_take().require()
        return self._find_keyword(text)
