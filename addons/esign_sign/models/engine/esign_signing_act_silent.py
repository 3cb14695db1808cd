from odoo import fields, models

from odoo.addons.esign_base.errors import EsignError

JOINER = ', '


class EsignSigningAct(models.Model):
    """Acts without a person present: confirmed by a standing authorisation, performed as a job."""

    _inherit = 'esign.signing.act'

    job = fields.Char(readonly=True, copy=False, help='The job that performs a silent act.')

    def _consent_by_authority(self, identity, asked_by):
        """Give the consent that the authorisations for silent signing are, and queue the signing.

        The consent is a record of its own kind, bound to the digest of exactly this act; whether
        authorisations, seals and certificate are still in force is asked again at the moment of
        signing.

        :param asked_by: login (``res.users``) of the business system that asks.
        """
        self.ensure_one()
        act = self._lock().sudo()
        if act.state != 'frozen':
            return act
        usabilities = act.line_ids._require_seals(identity, silent=True)
        authority = JOINER.join(_grants(usabilities))
        consent = self.env['esign.consent']._by_authority(
            act.person_id,
            act.digest,
            f'{act._name},{act.id}',
            authority,
            _warrants(usabilities),
            act.group_id._trace_head(),
        )
        act.consent_id = consent
        act._move('consented')
        act.group_id._trace(
            'consent_given',
            identity=identity,
            consent=consent.record_sha256,
            data={'act': act.id, 'authority': authority, 'asked_by': asked_by.login},
        )
        act.job = act._perform_later()
        return act

    def _perform_later(self):
        """Queue the signing; the clock takes up what its job leaves."""
        # Never in this transaction, whatever the context says of jobs: the consent is committed first.
        job = self.with_context(queue_job__no_delay=False).with_delay(
            identity_key=f'esign-act-{self.id}', channel='root.esign', description=f'Sign {self.group_id.number}'
        )
        return job._perform_as_job().uuid

    def _perform_as_job(self):
        """Sign, in a transaction of its own; once, whoever else tries."""
        self.ensure_one()
        self._perform_apart(self.env.registry, self.id, dict(self.env.context))

    def _require_authority(self, usabilities):
        """Refuse when an authorisation has taken another's place since the consent.

        :raises EsignError: ``AUTHORITY``.
        """
        super()._require_authority(usabilities)
        if not self.silent:
            return
        known, proven = set((self.consent_id.authority or '').split(JOINER)), self.consent_id._warrants()
        if not set(_grants(usabilities)) <= known or not {one.sha256 for one in _warrants(usabilities)} <= proven:
            raise EsignError(
                self.env._('The authorisation for silent signing has changed: nothing was signed. Ask again.'),
                'AUTHORITY',
            )


def _grants(usabilities):
    return sorted({answer.grant.reference for answer in usabilities.values()})


def _warrants(usabilities):
    """The proven statements of the authorisations, each once."""
    grants = {answer.grant.id: answer.grant for answer in usabilities.values()}
    return [grant._warrant() for grant in grants.values()]
