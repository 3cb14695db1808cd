import base64

from odoo import api, models

from odoo.addons.esign_base.rules.clock import local, naive_utc
from odoo.addons.esign_base.rules.masks import mask_name
from odoo.addons.esign_base.rules.states import DONE, VOID
from odoo.addons.esign_base.signing.acts.verdict import UNJUDGED, ChangeKind, Conclusion, Kind, TimeSource
from odoo.addons.esign_base.tools.trace_faults import FAULTS

from ..rules.judgement import Judgement
from ..tools import words
from ..tools.certificates import describe

STAFF = 'esign_base.group_esign_viewer'


class EsignVerification(models.Model):
    """What people read of a verification: one structure, shown by the page and by the report.

    Strangers see masked names of persons and no numbers; who is concerned by the contract, and
    staff, see everything. Names of enterprises are public.
    """

    _inherit = 'esign.verification'

    def _shown(self, identity=None):
        """Everything a reader sees, in the reader's language.

        :return: dict with ``answer``, ``tone``, ``icon``, ``title``, ``lead``, ``reasons`` (texts),
            ``file`` (label, value), ``standing`` (label, value), ``changes`` (texts), ``sheets``
            (see :meth:`_sheets`) and ``signatures`` (dicts; see :meth:`_signature_shown`).
        """
        self.ensure_one()
        record, verdict, origin = self.sudo(), self._verdict(), self._known_origin()
        answer = Judgement(record.answer)
        tone, icon, title, lead = words.ANSWERS[answer]
        insider = self._is_insider(identity)
        return {
            'answer': answer.value,
            'tone': tone,
            'icon': icon,
            'title': self.env._(title),
            'lead': self.env._(lead),
            'insider': insider,
            'sha256': record.sha256,
            'reasons': self._reasons(answer, verdict, origin, insider=insider),
            'file': self._file_facts(),
            'standing': self._standing_facts(insider=insider),
            'changes': self._changes(verdict.changes),
            'sheets': self._sheets(verdict.sheets),
            'signatures': self._signatures_shown(verdict, insider=insider),
            'at': self._time(record.at),
        }

    @api.model
    def _is_staff(self):
        return self.env.user.has_group(STAFF)

    def _is_insider(self, identity):
        """Whether the reader may see names and numbers: staff, or somebody whom the contract concerns."""
        if self._is_staff():
            return True
        revision = self.sudo().revision_id
        if not revision or not identity:
            return False
        evidence = self.env['esign.evidence']
        chain = evidence._chain_of(revision.document_id)
        return bool(chain and evidence._may_see(chain, identity))

    # The whole --------------------------------------------------------------------------------

    def _reasons(self, answer, verdict, origin, *, insider):
        """Sentences that say why, the most telling first."""
        _, texts = self.env._, []
        if self.wanted_sha256 and self.wanted_sha256 != self.sha256:
            texts.append(_('This is not the file you were asked to verify: its SHA-256 is another one.'))
        elif self.wanted_sha256:
            texts.append(_('This is the very file you were asked to verify: the SHA-256 is the same.'))
        match answer:
            case Judgement.UNREADABLE | Judgement.UNTRUSTED | Judgement.UNCLEAR:
                texts.append(_(words.REASONS[verdict.reason]))
            case Judgement.UNPROVEN:
                texts.extend(_(FAULTS[code]) for code in origin.faults)
            case Judgement.FOREIGN:
                texts.append(self._foreign_reason(verdict, origin))
            case Judgement.ALTERED if origin.grown:
                texts.append(
                    _('It begins as a file that this platform issued, but what follows is not what it issued.')
                )
            case Judgement.EARLIER:
                texts.extend(self._earlier_reasons(insider=insider))
        texts.extend(self._side_notes(verdict))
        if self.sudo().report_id:
            kind = dict(self.sudo().report_id._fields['kind']._description_selection(self.env))
            texts.append(_('It is a report of this platform: %s.', kind[self.sudo().report_id.kind]))
        return texts

    def _side_notes(self, verdict):
        """What is to be known besides the answer: of earlier signatures, and of notes put on pages."""
        _, earlier = self.env._, self._earlier_fields()
        if any(not one.sound and earlier & set(one.fields) for one in (*verdict.signatures, *verdict.timestamps)):
            yield _(
                'Signatures that it carried before it came to this platform hold, but who made them is not confirmed.'
            )
        if pages := sorted({one.page for one in verdict.permitted if one.page}):
            yield _(
                'Notes were put on page %s afterwards, as the certification permits. A note can cover text: look'
                ' at what stands below it.',
                ', '.join(map(str, pages)),
            )

    def _foreign_reason(self, verdict, origin):
        _ = self.env._
        if origin.certified:
            return _('It was signed with a certificate known to this platform, but not on this platform.')
        if verdict.conclusion is Conclusion.GENUINE:
            return _('By themselves its signatures are intact and their certificates are known to this platform.')
        return _(
            'By themselves its signatures are intact, but who issued their certificates is not known to this'
            ' platform: it cannot confirm who signed.'
        )

    def _earlier_reasons(self, *, insider):
        """What the newest version has that this one lacks."""
        _, revision = self.env._, self.sudo().revision_id
        standing = self.env['esign.evidence']._standing(revision.document_id)
        held = {fields for one in self._verdict().signatures for fields in one.fields}
        later = [one for one in self.env['esign.evidence']._signatures(revision.document_id) if not one.fields & held]
        texts = []
        if later:
            names = ', '.join(dict.fromkeys(self._shown_name(one.party, one.personal, insider) for one in later))
            texts.append(_('Missing here: the signatures of %s.', names))
        elif 'act' in revision.document_id.revision_ids.filtered(lambda one: one.number > revision.number).mapped(
            'kind'
        ):
            texts.append(_('Missing here: signatures that were made later.'))
        else:
            texts.append(_('Missing here: a time stamp that was added when the document was archived.'))
        if standing and standing.state == DONE:
            texts.append(_('The document was completed afterwards. Ask for the final version.'))
        return texts

    def _file_facts(self):
        _ = self.env._
        facts = [
            (_('SHA-256'), self.sha256),
            (_('Size'), _('%s bytes', f'{self.size:,}')),
            (_('Verified at'), self._time(self.at)),
        ]
        if self.wanted_sha256 and self.wanted_sha256 != self.sha256:
            facts.insert(1, (_('SHA-256 asked about'), self.wanted_sha256))
        return facts

    def _standing_facts(self, *, insider):
        """What the register says about the document."""
        _, revision, report = self.env._, self.sudo().revision_id, self.sudo().report_id
        if report:
            return [(_('Issued by this platform on'), self._time(report.at))]
        if not revision:
            return []
        issued = _('Issued by this platform on')
        facts = [(issued, self._time(revision.create_date))]
        standing = self.env['esign.evidence']._standing(revision.document_id)
        if not standing:
            return facts
        if insider:
            facts += [(_('Contract number'), standing.number), (_('Contract'), standing.title)]
        facts.append((_('Status of the contract'), standing.label))
        if standing.state == VOID:
            facts.append((_('Note'), _('The contract was ended without completion: it is void.')))
        if standing.missing and standing.state != DONE:
            names = ', '.join(self._shown_name(name, personal, insider) for name, personal in standing.missing)
            facts.append((_('Not signed by'), names))
        return [(label, value) for label, value in facts if value]

    def _changes(self, changes):
        """Changes as sentences, each once, those with a page first."""
        texts = []
        for one in sorted(changes, key=lambda change: (change.page is None, change.page or 0)):
            text = self.env._(words.CHANGES[one.kind])
            texts.append(self.env._('Page %(page)s: %(change)s', page=one.page, change=text) if one.page else text)
        return list(dict.fromkeys(texts))

    def _sheets(self, sheets):
        """Pages with changed places: ``page``, ``width``, ``height`` (mm), ``title`` and ``marks`` (mm, ``text``)."""
        shown = []
        for sheet in sheets:
            marks = [
                {'x': one.x, 'y': one.y, 'width': one.width, 'height': one.height,
                 'text': self._text(words.CHANGES, one.kind)}
                for one in sheet.marks
            ]  # fmt: skip
            texts = '; '.join(dict.fromkeys(one['text'] for one in marks))
            title = self.env._('Page %(page)s: %(change)s', page=sheet.page, change=texts)
            shown.append(
                {'page': sheet.page, 'width': sheet.width, 'height': sheet.height, 'title': title, 'marks': marks}
            )
        return shown

    # Each signature ---------------------------------------------------------------------------

    def _signatures_shown(self, verdict, *, insider):
        revision = self.sudo().revision_id
        known = self.env['esign.evidence']._signatures(revision.document_id) if revision else []
        everything = sorted(
            (*verdict.signatures, *verdict.timestamps),
            key=lambda one: (one.revision, one.kind == Kind.DOCUMENT_TIMESTAMP),
        )
        return [self._signature_shown(one, known, everything, verdict, insider=insider) for one in everything]

    def _signature_shown(self, one, known, everything, verdict, *, insider):
        """One signature as a dict: ``title``, ``role``, ``tone``, ``state``, ``facts``, ``seals``
        (name, PNG as base64; for insiders only) and ``technical``."""
        _ = self.env._
        match_ = next((facts for facts in known if facts.fields & set(one.fields)), None)
        certificate = describe(one.certificate)
        platform = self._is_platform(one)
        stamp = one.kind is Kind.DOCUMENT_TIMESTAMP
        personal = match_.personal if match_ else not (platform or stamp or certificate.get('is_organisation', True))
        name = self._shown_name(match_.party if match_ else one.signer, personal, insider or platform or stamp)
        facts = []
        if match_ and not match_.personal:
            facts.append((_('Signed by'), self._shown_name(match_.person, True, insider)))
        facts += [
            (_('Certificate of'), self._shown_name(one.signer, personal, insider or platform or stamp)),
            # A self-signed certificate names its holder as the issuer: masked alike.
            (_('Issued by'), self._shown_name(one.issuer, personal and one.issuer == one.signer, insider)),
            (_('Time'), self._time_with_source(one)),
            (_('Covers'), self._covers(one)),
            (_('Since then'), self._since(one, everything, verdict)),
        ]
        if one.level:
            facts.append((_('Level'), self._text(words.LEVELS, one.level)))
        return {
            'title': name or _('Unknown'),
            'role': self._role(one, match_, platform),
            'tone': 'ok' if one.sound else 'wait' if one.intact else 'bad',
            'state': self._text(words.REASONS, one.reason),
            'facts': [(label, value) for label, value in facts if value],
            'seals': [(seal.name, base64.b64encode(seal.picture).decode()) for seal in match_.seals if seal.picture]
            if match_ and insider
            else [],
            'technical': self._technical(one, certificate, personal and not insider),
        }

    def _earlier_fields(self):
        document = self.sudo().revision_id.document_id
        return document._earlier_fields() if document else frozenset()

    def _is_platform(self, one):
        found = self.env['esign.certificate'].sudo().search([('fingerprint', '=', one.fingerprint)], limit=1)
        return bool(one.fingerprint and found and found.kind == 'platform')

    def _role(self, one, match_, platform):
        _ = self.env._
        if one.kind is Kind.DOCUMENT_TIMESTAMP:
            return self._text(words.KINDS, one.kind)
        if match_:
            return _('Person') if match_.personal else _('Enterprise')
        if platform:
            return _('Platform: closes the document against changes')
        if self._earlier_fields() & set(one.fields):
            return _('Signed before it came to this platform')
        return self._text(words.KINDS, one.kind)

    def _time_with_source(self, one):
        if not one.intact and one.reason not in UNJUDGED:
            return self.env._('not proven, as the signature does not hold')
        if not one.time:
            return self._text(words.TIMES, TimeSource.NONE)
        when = self._time(naive_utc(one.time))
        return f'{when} · {self._text(words.TIMES, one.time_source)}'

    def _covers(self, one):
        _ = self.env._
        if one.covers_file:
            return _('the whole file, to its last byte')
        return _('the file as it was then (version %s)', one.revision + 1)

    def _since(self, one, everything, verdict):
        """What happened to the file after this signature."""
        _ = self.env._
        changes = self._changes(
            change
            for change in verdict.changes
            if change.kind is not ChangeKind.NOT_ISSUED and (change.revision is None or change.revision > one.revision)
        )
        if not one.intact:
            return self._text(words.REASONS, one.reason)
        if changes:
            return '; '.join(changes)
        later = [other for other in everything if other.revision > one.revision]
        stamps = sum(other.kind is Kind.DOCUMENT_TIMESTAMP for other in later)
        if not later:
            return _('nothing was changed')
        signatures = len(later) - stamps
        if not stamps:
            return _('only added: %s signatures, as is allowed', signatures)
        if not signatures:
            return _('only added: %s time stamps, as is allowed', stamps)
        return _(
            'only added: %(signatures)s signatures and %(stamps)s time stamps, as is allowed',
            signatures=signatures,
            stamps=stamps,
        )

    def _technical(self, one, certificate, hidden):
        """Facts for experts; numbers and subjects of persons are left out for strangers."""
        _ = self.env._
        dates = ''
        if certificate:
            dates = f'{self._time(certificate["not_before"])} – {self._time(certificate["not_after"])}'
        facts = [
            (_('Subject'), '' if hidden else one.subject),
            (_('Serial number'), '' if hidden else one.serial),
            (_('Validity of the certificate'), dates),
            (_('SHA-256 of the certificate'), one.fingerprint),
            (_('Key'), certificate.get('key', '')),
            (_('Chain'), ' → '.join(_names_of_chain(one.chain, hidden=hidden))),
            (_('Revocation'), self._text(words.REVOCATIONS, one.revocation)),
            (_('Digest algorithm'), one.digest_algorithm),
            (_('Signature algorithm'), one.signature_algorithm),
            (_('Digest of the signed bytes'), one.digest),
            (_('Digest of the consent'), one.consent or ''),
            (_('Signature fields'), ', '.join(one.fields)),
        ]
        return [(label, value) for label, value in facts if value]

    # Words ------------------------------------------------------------------------------------

    @api.model
    def _shown_name(self, name, personal, insider):
        return name if insider or not personal else mask_name(name or '')

    def _text(self, table, key):
        return self.env._(table[key])

    def _time(self, moment):
        """A moment (naive UTC) in Beijing time, the time of the contracts."""
        return f'{local(moment):%Y-%m-%d %H:%M:%S} (UTC+8)' if moment else ''


def _names_of_chain(chain, *, hidden):
    """Common names from the signer to the root; a person's is masked."""
    names = [str(describe(der).get('name') or '?') for der in reversed(chain)]
    if names and hidden:
        names[0] = mask_name(names[0])
    return names
