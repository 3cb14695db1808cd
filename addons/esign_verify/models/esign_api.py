import base64

from odoo import api, models

from odoo.addons.esign_base.rules.clock import naive_utc
from odoo.addons.esign_base.signing.apart.verify_apart import DEFAULT_LIMITS
from odoo.addons.esign_base.tools.api_method import remote
from odoo.addons.esign_base.tools.api_values import File, Ref
from odoo.addons.esign_base.tools.evidence import SignatureFacts

from ..rules.judgement import Judgement, judge
from ..tools import words
from ..tools.certificates import describe

VERDICTS = {
    Judgement.GENUINE: 'genuine',
    Judgement.EARLIER: 'genuine',
    Judgement.ALTERED: 'altered',
    Judgement.UNCLEAR: 'invalid',
    Judgement.FOREIGN: 'foreign',
    Judgement.FOREIGN_ALTERED: 'altered',
    Judgement.UNSIGNED: 'unsigned',
    Judgement.UNTRUSTED: 'invalid',
    Judgement.UNPROVEN: 'invalid',
    Judgement.UNREADABLE: 'invalid',
}


class EsignApi(models.AbstractModel):
    """Evidence and verification."""

    _inherit = 'esign.api'

    @remote(group=Ref())
    def evidence(self, group):
        """The evidence of a group that has ended, as a pack (ZIP) that anybody can check."""
        chain, identity = self._evidence_of(group)
        name, data, _media = self.env['esign.evidence.issue']._issue(chain.id, 'pack', identity)
        return {'name': name, 'content': base64.b64encode(data).decode()}

    @remote(content=File(DEFAULT_LIMITS.size))
    def verify(self, content):
        """What a file is worth. Nothing of it is kept; of other people's contracts names are masked."""
        verification = self.env['esign.verification']
        verdict, revision, _report, origin = verification._examine(content)
        answer = judge(verdict, origin)
        insider = bool(revision and self._reader_of(revision.document_id))
        earlier = revision.document_id._earlier_fields() if revision else frozenset()
        known = self.env['esign.evidence'].sudo()._signatures(revision.document_id) if revision else []
        return {
            'verdict': VERDICTS[answer],
            'reason': self._verify_reason(answer, verdict),
            'issued_here': origin.issued,
            'newest': origin.issued and origin.newest,
            'sha256': verdict.sha256,
            'signatures': [
                {**self._signature_answer(one, known, insider), 'earlier': bool(earlier & set(one.fields))}
                for one in verdict.signatures
            ],
            'changes': verification._changes(verdict.changes),
        }

    @api.model
    def _verify_reason(self, answer, verdict):
        """What a person reads of the answer; why, where the file as such is not worth anything."""
        texts = [self.env._(words.ANSWERS[answer][3])]
        if VERDICTS[answer] == 'invalid':
            texts.append(self.env._(words.REASONS[verdict.reason]))
        return ' '.join(texts)

    @api.model
    def _signature_answer(self, one, known, insider):
        facts = next((fact for fact in known if fact.fields & set(one.fields)), None)
        organisation = describe(one.certificate).get('is_organisation', True)
        facts = facts or SignatureFacts(
            frozenset(), one.signer if organisation else '', '' if organisation else one.signer, not organisation
        )
        name = self.env['esign.verification']._shown_name
        return {
            'signer': name(facts.person, True, insider) or '',
            'enterprise': '' if facts.personal else facts.party,
            'seal': ', '.join(seal.name for seal in facts.seals) if insider else '',
            'certificate': '' if facts.personal and not insider else one.serial,
            'signed_at': self._iso(one.time and naive_utc(one.time)),
            'level': one.level or '',
            'covers_file': one.covers_file,
            'sound': one.sound,
            'reason': self.env._(words.REASONS[one.reason]),
        }
