from odoo import api, models

from ..tools.paper import Paper

REPORT_PURPOSE, REPORT_LIMIT, HOUR = 'esign.verify.report', 20, 3600


class EsignVerification(models.Model):
    """The findings as a PDF with the platform's signature."""

    _inherit = 'esign.verification'

    @api.model
    def _report_of(self, token, identity, address):
        """(file name, bytes) of the signed report on a verification.

        :raises EsignError: the findings are gone; :raises RateLimited: too many reports.
        """
        record = self._of_token(token)
        self.env['esign.rate.limit']._take(REPORT_PURPOSE, address, REPORT_LIMIT, HOUR)
        reports = self.env['esign.report']
        number = reports._new_number('verification')
        data = reports._sign(record._draw(number, record._shown(identity)))
        reports._write_down('verification', number, data, subject_sha256=record.sha256)
        return f'{number}.pdf', data

    def _draw(self, number, shown):
        _ = self.env._
        paper = Paper(_('Verification report'), number, self.env['esign.portal']._esign_product_name())
        paper.stamp(shown['title'], shown['tone'])
        for text in (shown['lead'], *shown['reasons']):
            paper.line(text)
        paper.heading(_('File'))
        paper.facts([*shown['standing'], *shown['file']])
        if shown['changes']:
            paper.heading(_('What was changed'))
            for text in shown['changes']:
                paper.line(f'· {text}', 'bad')
            paper.sheets(shown['sheets'])
        for index, one in enumerate(shown['signatures'], 1):
            paper.heading(f'{index}. {one["title"]} · {one["role"]}', level=2)
            paper.line(one['state'], one['tone'])
            paper.facts([*one['facts'], *one['technical']], size=8.5)
        paper.heading(_('About this report'))
        paper.line(
            _(
                'It says what this platform found in the file with the SHA-256 above at the time stated. It is signed'
                ' by the platform and carries a trusted time stamp; upload it to the verification page to verify the'
                ' report itself. The file was not stored.'
            ),
            size=9,
        )
        return paper.pdf()
