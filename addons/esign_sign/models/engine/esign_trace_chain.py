import hashlib

from odoo import models

from odoo.addons.esign_base.signing.errors import TraceBroken

SIGNED = {False: 'signed', True: 'auto_signed'}


class EsignTraceChain(models.Model):
    """A trace of contracts is compared with what was signed: each act with its consent and its events."""

    _inherit = 'esign.trace.chain'

    def _faults(self, *, tokens=True):
        """Also ``consent_unproven``, ``consent_edited``, ``consent_other``, ``consent_untraced``,
        ``signature_untraced``, ``history_differs``: each once; ``facts_differ`` with all that differs."""
        broken = super()._faults(tokens=tokens)
        found = dict.fromkeys(self._act_faults())
        acts = [TraceBroken(code, 'not backed by consent and trace', {'index': at}) for code, at in found]
        # What the rows should say is known where the trace is sound.
        differs = [] if broken else list(dict.fromkeys(self._fact_faults()))
        facts = [TraceBroken('facts_differ', 'the rows tell another story', {'what': differs})] if differs else []
        return [*broken, *acts, *facts]

    def _fact_faults(self):
        """Yield which columns of the rows differ from what the trace tells, as ``model,id column``."""
        groups = self.env['esign.contract.group'].sudo()
        pointing = groups.search([('chain_id', '=', self.id)])
        model, _, number = self.key.partition(',')
        named = groups.browse(int(number)).exists() if model == groups._name and number.isdecimal() else groups.browse()
        told = groups._told_in(self)
        if pointing != named and (pointing or told.launched):
            for group in pointing | named:
                yield f'{group._name},{group.id} chain_id'
            if not named:
                yield self.key
        if named:
            yield from named._differences(told)

    def _act_faults(self):
        """Yield (code, number of the event or None) of what acts lack; nothing of sound ones."""
        group = self.env['esign.contract.group'].sudo().search([('chain_id', '=', self.id)], limit=1)
        acts = group.act_ids.filtered(lambda act: act.state == 'done').sorted('id')
        yield from self._unknown_signatures(group, acts)
        events = self.event_ids.sudo().sorted('number')
        for act in acts:
            yield from self._faults_of(act, events)

    def _faults_of(self, act, events):
        consent = act.consent_id
        if not consent:
            yield 'consent_unproven', None
            return
        if fault := consent._fault():
            yield fault, None
            return
        if not _is_about(consent, act):
            yield 'consent_other', None
        given = events.filtered(lambda one: one.kind == 'consent_given' and one.consent == consent.record_sha256)[:1]
        if not given or given.person_id != act.person_id:
            yield 'consent_untraced', None
            return
        yield from self._history_faults(consent, given, events)
        for line in act.line_ids.filtered('revision_id'):
            signed = events.filtered(lambda one, line=line: one.revision_id == line.revision_id)[:1]
            good = signed.kind == SIGNED[act.silent] and signed.consent == consent.record_sha256
            if not good or signed.number < given.number:
                yield 'signature_untraced', signed.number or None

    def _history_faults(self, consent, given, events):
        """The consent vouches for the trace before it: that is still the same."""
        told = consent._history()
        if told is None:
            yield 'history_differs', given.number
            return
        before = events.filtered(lambda one: one.number == told['length']).digest or None
        if (told['trace'], told['head'], told['length']) != (self.key, before, given.number - 1):
            yield 'history_differs', told['length']

    def _unknown_signatures(self, group, acts):
        """Revisions that carry a signature of an act which is not there, or not done."""
        revisions = group.contract_ids.document_id.sudo().revision_ids.filtered(lambda one: one.kind == 'act')
        if revisions - acts.line_ids.revision_id:
            yield 'consent_unproven', None


def _is_about(consent, act):
    """Whether the consent is to exactly what this act says was signed, by this person."""
    frozen = hashlib.sha256((act.frozen or '').encode()).hexdigest()
    return (
        consent.digest == act.digest == frozen
        and consent.reference == f'{act._name},{act.id}'
        and consent.person_id == act.person_id
        and consent.state == 'used'
    )
