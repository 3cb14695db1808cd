"""出证报告: the evidence report of a contract group, drawn; the caller signs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from odoo.addons.esign_base.rules.clock import naive_utc
from odoo.addons.esign_base.signing.acts.verdict import Verdict
from odoo.addons.esign_base.tools.evidence import ActFacts, Case, PartyFacts

from . import words
from .certificates import describe
from .digests import sm3
from .paper import Paper


def draw_evidence(
    around: Mapping[str, Any], case: Case, verdicts: Mapping[int, Verdict], number: str, asked_by: str
) -> bytes:
    """Return the report as an unsigned PDF.

    :param around: see ``esign.evidence.issue._paper_context``.
    :param verdicts: judgement of the newest revision, by id of the document.
    """
    return _Drawing(around, case, verdicts, number, asked_by).pdf()


class _Drawing:
    def __init__(self, around, case, verdicts, number, asked_by):
        self.env, self.time, self.around = around['env'], around['time'], around
        self.case, self.verdicts, self.asked_by = case, verdicts, asked_by
        self.paper = Paper(self.env._('Evidence report'), number, around['product'])
        self.number = number

    def pdf(self) -> bytes:
        self._summary()
        self._files()
        for index, party in enumerate(self.case.parties, 1):
            self._party(index, party)
        self._result()
        self._trace()
        self._about()
        return self.paper.pdf()

    def _summary(self) -> None:
        _, case = self.env._, self.case
        if case.state == self.around['void']:
            self.paper.stamp(_('VOID: this contract was not completed'), 'bad')
        if self.around['faults']:
            self.paper.stamp(_('The records of this contract are not in order'), 'bad')
            for text in self.around['faults']:
                self.paper.line(f'· {text}', 'bad')
        self.paper.facts(
            [
                (_('Report number'), self.number),
                (_('Asked for by'), self.asked_by),
                (_('Issued at'), self.time(self.around['now'])),
                (_('Contract number'), case.number),
                (_('Contract'), case.title),
                (_('Business type'), case.business),
                (_('Launched by'), f'{case.initiator} ({case.launched_by})' if case.launched_by else case.initiator),
                (_('Launched at'), self.time(case.launched_at)),
                (_('Sign until'), case.deadline),
                (_('Ended at'), self.time(case.ended_at)),
                (_('Status'), case.label),
                (_('Reason'), case.reason),
            ]
        )

    def _files(self) -> None:
        _ = self.env._
        self.paper.heading(_('Files'))
        for one in self.case.files:
            newest, data = one.document._newest(), one.document._newest()._bytes()
            self.paper.heading(one.name, level=2)
            original = one.document.sudo().revision_ids.sorted('number')[:1]
            self.paper.facts(
                [
                    (_('SHA-256, original upload'), original.sha256),
                    (_('SHA-256, newest version'), newest.sha256),
                    (_('SM3, newest version'), sm3(data)),
                    (_('Size'), _('%s bytes', f'{newest.size:,}')),
                    (_('Versions'), newest.number + 1),
                ]
            )
            caption = _('Scan to verify a file with this SHA-256: %s', newest.sha256)
            self.paper.code(self.around['address'](newest.sha256), caption)

    def _party(self, index: int, party: PartyFacts) -> None:
        _ = self.env._
        self.paper.heading(_('Party %(number)s: %(name)s', number=index, name=party.name))
        self.paper.facts([(_('Kind'), party.kind), (_('Identity'), party.identity), (_('Status'), party.state)])
        if party.verifications:
            self.paper.table(
                [_('Whose identity'), _('Verified by'), _('Reference'), _('Verified on')],
                [[who, how, reference, self.time(when)] for who, how, reference, when in party.verifications],
                [3, 3, 2, 4],
            )
        for act in party.acts:
            self._act(act)

    def _act(self, act: ActFacts) -> None:
        _, consent = self.env._, act.consent
        method = dict(consent._fields['method']._description_selection(self.env)).get(consent.method)
        certificate = act.certificate
        validity = f'{self.time(certificate.not_before)} – {self.time(certificate.not_after)}' if certificate else ''
        self.paper.facts(
            [
                (_('Operator'), act.operator),
                (_('Signed at'), self.time(act.at)),
                (_('Manner'), _('Automatic') if act.silent else _('By hand')),
                (_('Consent by'), method),
                (_('Consent number'), consent.record_sha256),
                (_('Consent given at'), self.time(consent.given_at)),
                (_('Code sent to'), consent.mobile_masked),
                (_('IP address'), consent.address),
                (_('Device'), consent.agent),
                (_('Certificate of'), certificate.holder_name),
                (_('Issued by'), certificate.issuer),
                (_('Serial number'), certificate.serial),
                (_('Validity of the certificate'), validity),
                (_('SHA-256 of the certificate'), certificate.fingerprint),
            ],
            size=8.5,
        )
        for line in act.lines:
            self.paper.facts(
                [
                    (_('Contract'), line.file),
                    (_('SHA-256 before'), line.before),
                    (_('SHA-256 after'), line.after),
                    (_('Time stamp'), self._stamp_of(line.fields)),
                ],
                size=8.5,
            )
            self.paper.pictures((seal.name, seal.picture) for seal in line.seals)

    def _stamp_of(self, fields: frozenset[str]) -> str:
        """Time and source of the signature in these fields, as the newest file proves it."""
        for verdict in self.verdicts.values():
            for one in verdict.signatures:
                if fields & set(one.fields) and one.time:
                    when = self.time(naive_utc(one.time))
                    return f'{when} · {self.env._(words.TIMES[one.time_source])}'
        return ''

    def _result(self) -> None:
        _ = self.env._
        self.paper.heading(_('Result of the verification'))
        rows = []
        for one in self.case.files:
            verdict = self.verdicts[one.document.id]
            text = _('Genuine: all signatures are valid, nothing was changed.') if verdict.genuine else _(
                'Not in order: %s', _(words.REASONS[verdict.reason])
            )  # fmt: skip
            rows.append([one.name, len(verdict.signatures), len(verdict.timestamps), text])
        self.paper.table([_('Contract'), _('Signatures'), _('Time stamps'), _('Result')], rows, [4, 2, 2, 6])
        rows = [
            [
                ', '.join(one.fields)[:60],
                one.signer,
                self.time(one.time and naive_utc(one.time)),
                one.level,
                _(words.REASONS[one.reason]),
            ]
            for file in self.case.files
            for one in (*self.verdicts[file.document.id].signatures, *self.verdicts[file.document.id].timestamps)
        ]
        head = [_('Signature fields'), _('Certificate of'), _('Time'), _('Level'), _('Result')]
        self.paper.table(head, rows, [4, 4, 4, 2, 3])
        chains = {one.chain for verdict in self.verdicts.values() for one in verdict.signatures if one.chain}
        for chain in sorted(chains, key=len):
            self.paper.line(' → '.join(str(describe(der).get('name') or '?') for der in reversed(chain)), size=8.5)

    def _trace(self) -> None:
        _, chain = self.env._, self.case.chain.sudo()
        self.paper.heading(_('Trace'))
        kinds = dict(chain.event_ids._fields['kind']._description_selection(self.env))
        rows = [
            [one.number, self.time(one.at), kinds[one.kind], one.actor or '', one.address or '', one._shown_note()]
            for one in chain.event_ids.sorted('number')
        ]
        head = [_('No.'), _('Time'), _('Event'), _('Who'), _('From address'), _('Note')]
        self.paper.table(head, rows, [1, 4, 3, 3, 3, 4])
        stamp = chain.stamp_ids.sorted('number')[-1:]
        self.paper.facts(
            [
                (_('Last hash'), chain.head),
                (_('Stamped up to'), stamp.number),
                (_('Stamped at'), self.time(stamp.at)),
            ],
            size=8.5,
        )

    def _about(self) -> None:
        _ = self.env._
        self.paper.heading(_('About this report'))
        self.paper.line(
            _(
                'This report was made by the platform from its records and carries the platform’s electronic signature'
                ' and a trusted time stamp (RFC 3161). ID numbers and telephone numbers are masked. Digests are of the'
                ' files as stored; anyone can compute them again.'
            ),
            size=9,
        )
