import hashlib

from odoo import api, fields, models

from ...errors import EsignError, FormRefused

KINDS = [
    ('service', 'Service agreement'),
    ('privacy', 'Privacy policy'),
    ('sensitive', 'Consent to the processing of sensitive personal information'),
    ('certificate', 'Digital certificate agreement'),
]


class EsignAgreement(models.Model):
    """A text that people accept, in numbered versions. A published version never changes."""

    _name = 'esign.agreement'
    _description = 'Agreement'
    _order = 'kind, id desc'

    name = fields.Char('Title', required=True, translate=True)
    kind = fields.Selection(KINDS, 'Kind', required=True, index=True)
    version = fields.Char('Version', required=True)
    body = fields.Html('Text', required=True, translate=True)
    published_at = fields.Datetime('Published on', readonly=True, copy=False)
    acceptance_count = fields.Integer('Accepted by', compute='_compute_acceptance_count')

    _version_uniq = models.UniqueIndex('(kind, version)', 'This version exists already.')

    def _compute_acceptance_count(self):
        counts = dict(
            self.env['esign.agreement.acceptance']
            .sudo()
            ._read_group([('agreement_id', 'in', self.ids)], ['agreement_id'], ['__count'])
        )
        for agreement in self:
            agreement.acceptance_count = counts.get(agreement, 0)

    def write(self, vals):
        if {'body', 'name', 'kind', 'version'} & vals.keys() and any(self.mapped('published_at')):
            raise EsignError(
                self.env._('A published text cannot be changed: people have accepted it. Make a new version.')
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_published(self):
        if any(self.mapped('published_at')):
            raise EsignError(self.env._('A published text is kept. Publish a new version instead.'))

    def action_publish(self):
        """Put this version in force."""
        self.check_access('write')
        self.filtered(lambda one: not one.published_at).published_at = fields.Datetime.now()
        return True

    @api.model
    def _current(self, kind):
        """The version in force.

        :raises EsignError: when the operator has published none; nobody can accept nothing.
        """
        found = self.sudo().search(
            [('kind', '=', kind), ('published_at', '!=', False)], order='published_at desc, id desc', limit=1
        )
        if not found:
            raise EsignError(self.env._('No text of this agreement has been published yet. Tell the operator.'))
        return found

    @api.model
    def _accept(self, kinds, user, *, field='agree', given=True, ip='', agent=''):
        """Record that a login accepts the versions in force.

        :param given: whether the box was ticked.
        :raises FormRefused: on ``field`` when it was not.
        """
        if not given:
            raise FormRefused({field: self.env._('Please read and accept the agreements first.')})
        agreements = self.browse()
        for kind in kinds:
            agreements |= self._current(kind)
        return (
            self.env['esign.agreement.acceptance']
            .sudo()
            .create([agreement._acceptance_values(user, ip, agent) for agreement in agreements])
        )

    def _acceptance_values(self, user, ip, agent):
        return {
            'agreement_id': self.id,
            'user_id': user.id,
            'version': self.version,
            'lang': self.env.lang or 'en_US',
            'sha256': hashlib.sha256((self.body or '').encode()).hexdigest(),
            'ip': ip,
            'user_agent': (agent or '')[:300],
        }
