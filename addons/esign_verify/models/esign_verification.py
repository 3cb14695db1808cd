import datetime as dt
import hashlib
import secrets

from odoo import api, fields, models
from odoo.orm.models import NO_ACCESS

from odoo.addons.esign_base.errors import EsignError, FormRefused
from odoo.addons.esign_base.signing.acts.verdict import Conclusion, Verdict
from odoo.addons.esign_base.signing.apart.findings import from_json, to_json
from odoo.addons.esign_base.signing.apart.verify_apart import DEFAULT_LIMITS, verify_apart
from odoo.addons.esign_base.tools.signing_messages import explained
from odoo.addons.esign_base.tools.trace_faults import FAULTS, GONE

from ..rules.judgement import Judgement, Origin, judge

LARGEST = DEFAULT_LIMITS.size
KEPT = dt.timedelta(hours=24)
PURPOSE = 'esign.verify'
# Uploads an hour: by the address for visitors, by the login for those we know.
VISITOR_LIMIT, LOGIN_LIMIT = 30, 120
HOUR = 3600
_SHA256_LENGTH = 64


class EsignVerification(models.Model):
    """What a verification found. The file itself is never stored; the findings are gone after a day.

    They are kept at all so that the answer can be printed, reloaded and issued as a report. Only who
    holds the token of the answer reaches them; what they are shown of people depends on who they are.
    """

    _name = 'esign.verification'
    _description = 'Verification of a file'
    _order = 'id desc'
    _rec_name = 'sha256'

    token_hash = fields.Char(required=True, readonly=True, index=True, groups=NO_ACCESS)
    at = fields.Datetime('Verified at', required=True, readonly=True, default=fields.Datetime.now)
    expires_at = fields.Datetime('Kept until', required=True, readonly=True, index=True)
    sha256 = fields.Char('SHA-256', required=True, readonly=True)
    wanted_sha256 = fields.Char('SHA-256 asked about', readonly=True)
    size = fields.Integer('Size (bytes)', required=True, readonly=True)
    answer = fields.Selection([(one.value, one.value) for one in Judgement], required=True, readonly=True)
    findings = fields.Json(required=True, readonly=True, groups=NO_ACCESS)
    origin = fields.Json(required=True, readonly=True, groups=NO_ACCESS)
    revision_id = fields.Many2one('esign.document.revision', readonly=True, ondelete='cascade', groups=NO_ACCESS)
    report_id = fields.Many2one('esign.report', readonly=True, ondelete='cascade', groups=NO_ACCESS)

    # Taking in --------------------------------------------------------------------------------

    @api.model
    def _count(self, address):
        """Count one upload, before anything is read.

        :raises RateLimited: too many within an hour.
        """
        user = self.env.user
        known = not user._is_public()
        key, limit = (f'user:{user.id}', LOGIN_LIMIT) if known else (f'from:{address}', VISITOR_LIMIT)
        self.env['esign.rate.limit']._take(PURPOSE, key, limit, HOUR)

    @api.model
    def _check(self, data, *, wanted=''):
        """Verify a file and keep what was found.

        :param data: its bytes; they are not stored.
        :param wanted: SHA-256 (hexadecimal) that the file is expected to have, or ''.
        :return: (record, token).
        :raises FormRefused: no file, an empty one, or one beyond :data:`LARGEST`.
        """
        self._refuse_size(len(data))
        verdict, revision, report, origin = self._examine(data)
        token = secrets.token_urlsafe(24)
        now = fields.Datetime.now()
        record = self.sudo().create(
            {
                'token_hash': self._hash(token),
                'at': now,
                'expires_at': now + KEPT,
                'sha256': verdict.sha256,
                'wanted_sha256': self._clean_digest(wanted),
                'size': verdict.size,
                'answer': judge(verdict, origin).value,
                'findings': to_json(verdict),
                'origin': to_json(origin),
                'revision_id': revision.id,
                'report_id': report.id,
            }
        )
        return record, token

    @api.model
    def _refuse_size(self, size):
        if not size:
            raise FormRefused({'file': self.env._('The file is empty. Choose the PDF that was signed.')})
        if size > LARGEST:
            raise FormRefused({'file': self._too_large()})

    @api.model
    def _too_large(self):
        return self.env._('The file is larger than %s MB. Larger files are not examined here.', LARGEST // 2**20)

    @api.model
    def _examine(self, data):
        """(verdict, issued revision, issued report, origin) of a file; nothing is kept."""
        sha256 = hashlib.sha256(data).hexdigest()
        revision = self.env['esign.document.revision']._issued(sha256)
        report = self.env['esign.report']._issued(sha256)
        expected = self.env['esign.evidence']._expected(revision) if revision else None
        kind = 'visitor' if self.env.user._is_public() else 'verification'
        trust = self.env['esign.signing']._trust()
        with explained(self.env), self.env['esign.turn']._turn(kind):
            verdict = verify_apart(data, trust, expected)
        if revision or report:
            newest = bool(report) or not self._went_further(revision)
            faults = self._faults_of(revision) if revision else ()
            return verdict, revision, report, Origin(issued=True, newest=newest, faults=faults)
        grown = self._began_as(verdict)
        gone = () if grown else self._gone(verdict)
        return verdict, grown, report, Origin(grown=bool(grown), certified=self._certified_here(verdict), faults=gone)

    @api.model
    def _faults_of(self, revision):
        """What the records of an issued revision lack; who audits is told."""
        evidence = self.env['esign.evidence'].sudo()
        faults = evidence._faults(revision.document_id)
        if faults:
            told = '; '.join(self.env._(FAULTS[code]) for code in faults)
            evidence._chain_of(revision.document_id)._alarm(told)
        return faults

    @api.model
    def _gone(self, verdict):
        """Whether records were removed: signed here, by a consent that only the witness log knows."""
        if verdict.conclusion is not Conclusion.GENUINE:
            return ()
        consents = {one.consent for one in verdict.signatures if one.consent}
        for trace in filter(None, map(self.env['esign.witness']._knows_consent, consents)):
            self.env['esign.trace.check'].sudo()._raise_activity(trace, self.env._(FAULTS[GONE]))
            return (GONE,)
        return ()

    @api.model
    def _went_further(self, revision):
        newest = revision.document_id._newest()
        return bool(newest) and newest.number > revision.number

    @api.model
    def _began_as(self, verdict):
        """The newest issued revision that the file begins with; the longest beginning counts."""
        revisions = self.env['esign.document.revision']
        for one in reversed(verdict.beginnings):
            found = revisions._issued(one.sha256)
            if found:
                return found
        return revisions

    @api.model
    def _certified_here(self, verdict):
        """Whether a signature names a certificate that stands in the platform's register."""
        prints = [one.fingerprint for one in verdict.signatures if one.fingerprint]
        found = self.env['esign.certificate'].sudo().search_count([('fingerprint', 'in', prints)], limit=1)
        return bool(prints and found)

    # Finding again ----------------------------------------------------------------------------

    @api.model
    def _hash(self, token):
        return hashlib.sha256(token.encode()).hexdigest()

    @api.model
    def _of_token(self, token):
        """The record of a token.

        :raises EsignError: unknown, or older than a day.
        """
        record = self.sudo().search(
            [('token_hash', '=', self._hash(token or '')), ('expires_at', '>', fields.Datetime.now())], limit=1
        )
        if not record:
            raise EsignError(
                self.env._('This result is no longer kept. Upload the file again to verify it anew.'), 'GONE'
            )
        return record

    @api.model
    def _is_known_digest(self, sha256):
        """Whether the platform issued a file with this digest: the newest or an older version, or a report."""
        issued = self.env['esign.document.revision']._issued(sha256)
        return bool(issued or self.env['esign.report']._issued(sha256))

    def _verdict(self):
        self.ensure_one()
        return from_json(Verdict, self.sudo().findings)

    def _known_origin(self):
        self.ensure_one()
        return from_json(Origin, self.sudo().origin)

    @api.model
    def _clean_digest(self, text):
        """The digest in lower case, or '' for anything that is none."""
        text = (text or '').strip().lower()
        return text if len(text) == _SHA256_LENGTH and not set(text) - set('0123456789abcdef') else ''

    @api.autovacuum
    def _gc_findings(self):
        self.sudo().search([('expires_at', '<', fields.Datetime.now())]).unlink()
