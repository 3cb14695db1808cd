from odoo import api, fields, models

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.rules.clock import today
from odoo.addons.esign_base.signing.acts.act import Act
from odoo.addons.esign_base.signing.acts.sign import sign
from odoo.addons.esign_base.signing.pages.dates import DateStyle, draw_date
from odoo.addons.esign_base.tools.signing_messages import explained

from ...tools.imprints import Imprint, plans_of


class EsignSigningActLine(models.Model):
    """One contract of an act: what is put on it, and the revision that came of it."""

    _name = 'esign.signing.act.line'
    _description = 'Signature on a contract'
    _order = 'act_id.id desc, id'

    act_id = fields.Many2one('esign.signing.act', 'Act', required=True, readonly=True, ondelete='cascade', index=True)
    act_state = fields.Selection(related='act_id.state', string='Status')
    signer_id = fields.Many2one(
        'esign.contract.signer', 'Signer', required=True, readonly=True, ondelete='restrict', index=True
    )
    contract_id = fields.Many2one(related='signer_id.contract_id', store=True, index=True)
    items = fields.Json(readonly=True, help='What is placed: kind, seal, page, box in mm, style.')
    day = fields.Date('Day shown by date seals', readonly=True)
    certificate_id = fields.Many2one('esign.certificate', 'Certificate', readonly=True, ondelete='restrict')
    revision_id = fields.Many2one('esign.document.revision', 'Revision', readonly=True, ondelete='restrict')
    field_names = fields.Json('Signature fields', readonly=True)

    _once = models.Constraint('UNIQUE(act_id, signer_id)', 'An act signs a contract once.')

    # Freezing ---------------------------------------------------------------------------------

    @api.model
    def _of_signer(self, act, signer, identity, usable, seals, items):
        """Resolve what the act puts on one contract.

        :param usable: what ``esign.party._usable`` answers for the identity.
        :raises EsignError: a seal cannot be used, or a position is outside its page.
        """
        if signer.contract_id.placed:
            resolved = self._preset(signer, usable, seals)
        else:
            resolved = [Imprint.from_page(self.env, one) for one in items or []]
        if not resolved and not signer.act_line_ids.filtered(lambda line: line.act_state == 'done'):
            raise EsignError(
                self.env._('Place at least one seal on “%s” first.', signer.contract_id.name), 'NOTHING_PLACED'
            )
        line = self.create(
            {
                'act_id': act.id,
                'signer_id': signer.id,
                'contract_id': signer.contract_id.id,
                'items': [one.as_json() for one in resolved],
                'day': today(),
            }
        )
        line._require_seals(identity, usable, silent=act.silent)
        line._plans()
        return line

    @api.model
    def _preset(self, signer, usable, seals):
        """The party's positions, each with the seal that goes there."""
        fitting = [seal for seal, _answer in usable]
        return [Imprint.at_position(self.env, one, fitting, seals) for one in signer.placement_ids]

    def _placed(self):
        self.ensure_one()
        return [Imprint.from_json(one) for one in self.items or []]

    def _seals(self):
        """The seals that these lines use."""
        ids = {item.seal for line in self for item in line._placed() if item.seal}
        return self.env['esign.seal'].sudo().browse(sorted(ids))

    def _require_seals(self, identity, usable=(), *, silent=False):
        """Seal id → usability, all of them usable by the identity at this moment.

        :param usable: what ``esign.party._usable`` has answered in this transaction: not asked a second time.
        :raises EsignError: with the reason of the first that is not.
        """
        known = {seal.id: answer for seal, answer in usable}
        seals = self._seals()
        left, business = seals.filtered(lambda seal: seal.id not in known), self.act_id.group_id.business_type_id
        asked = left._usabilities(identity, silent=silent, business=business) if left else {}
        answers = {seal.id: known.get(seal.id) or asked[seal.id] for seal in seals}
        for answer in answers.values():
            if not answer:
                raise EsignError(answer.reason, f'SEAL_{answer.code.upper()}')
        return answers

    def _statement(self):
        """What goes into the digest: the contract as it was launched, and everything put on it."""
        self.ensure_one()
        contract, seals = self.contract_id, {seal.id: seal for seal in self._seals()}
        return {
            'contract': contract.id,
            'name': contract.name,
            'prepared_sha256': contract.prepared_id.sha256,
            'pages': contract.pages,
            'day': str(self.day),
            'preset': [one._fingerprint() for one in self.signer_id.placement_ids] if contract.placed else None,
            'items': [item.description(seals) for item in self._placed()],
        }

    def _plans(self):
        """Field plans of the core, checked against the pages.

        :raises CoreRefused: a position is outside its page.
        """
        with explained(self.env):
            return plans_of(self.contract_id.document_id._frames(), self._placed(), self._prefix())

    def _prefix(self):
        """The group of signature fields: the party's of the launch, or a new one of this act.

        A new group stands beside the former ones, not below: a field that is signed is locked with
        everything in its group.
        """
        prefix = self.signer_id._prefix()
        return prefix if self.contract_id.placed else f'{prefix}act{self.act_id.id}'

    # Signing ----------------------------------------------------------------------------------

    def _artworks(self):
        """Pictures by the keys that the items use."""
        arts = {f'seal:{seal.id}': seal.artwork_id._kept() for seal in self._seals()}
        with explained(self.env):
            for item in self._placed():
                if item.at.kind == 'date':
                    arts[item.art] = draw_date(self.day, DateStyle(item.at.style))
        return arts

    def _sign(self, identity, signatory, certificate, consent, usabilities):
        """Sign the newest revision of the contract and keep what comes of it.

        :raises RevisionMovedError: somebody else signed since; the caller begins anew.
        """
        self.ensure_one()
        contract, act = self.contract_id, self.act_id
        document = contract.document_id._lock()
        base = document._newest()
        if self._placed():
            plans = tuple(self._plans())
            with explained(self.env):
                signed = sign(
                    base._bytes(),
                    Act(
                        plans=plans,
                        artworks=self._artworks(),
                        consent=consent,
                        base_sha256=base.sha256,
                        group=(self._prefix(),),
                        per_placement=contract.group_id.business_type_id.per_placement,
                        name=act.party_id.name,
                        reason=contract.group_id.name,
                    ),
                    signatory,
                )
            revision = document._append(signed.content, 'act', base=base, reference=f'{act._name},{act.id}')
            names = [list(group) for group in signed.fields]
            self.write({'certificate_id': certificate.id, 'revision_id': revision.id, 'field_names': names})
            self._log_uses(identity, usabilities, base, revision, certificate)
            contract.group_id._trace(
                'auto_signed' if act.silent else 'signed',
                identity=identity,
                revision=revision,
                certificate=certificate.serial,
                consent=act.consent_id.record_sha256,
                data={'act': act.id, 'contract': contract.id, 'fields': names},
            )

    def _log_uses(self, identity, usabilities, base, revision, certificate):
        log = self.env['esign.seal.usage']
        for item in self._placed():
            if not item.seal:
                continue
            log._log(
                self.env['esign.seal'].browse(item.seal),
                'ok',
                identity=identity,
                usability=usabilities[item.seal],
                silent=self.act_id.silent,
                document=f'{self.contract_id.group_id.number or ""} {self.contract_id.name}'.strip(),
                sha256_before=base.sha256,
                sha256_after=revision.sha256,
                page=item.at.page,
                x_mm=item.at.x,
                y_mm=item.at.y,
                certificate_serial=certificate.serial,
                consent_reference=self.act_id.consent_id.record_sha256,
            )
