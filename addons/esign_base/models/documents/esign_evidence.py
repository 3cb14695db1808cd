from odoo import api, models

from ...errors import EsignError
from ...signing.acts.verdict import Expected
from .esign_document_revision import ISSUED_KINDS


class EsignEvidence(models.AbstractModel):
    """What is known about a document beyond its bytes.

    This floor knows revisions and traces only. Whoever makes contracts extends the hooks and answers
    for its own documents, and calls ``super()`` for the rest. None of them checks rights: the caller
    asks :meth:`_may_see` first.
    """

    _name = 'esign.evidence'
    _description = 'Facts for verification and evidence'

    @api.model
    def _chain_of(self, document):
        """The trace that tells of a document; empty when there is none."""
        return self.env['esign.trace.chain'].browse()

    @api.model
    def _faults(self, document):
        """Codes of what the records of a document lack (``tools.trace_faults``); empty when they are in order."""
        chain = self._chain_of(document)
        return tuple(dict.fromkeys(fault.code for fault in chain.sudo()._faults(tokens=False))) if chain else ()

    @api.model
    def _may_see(self, chain, identity):
        """Whether an identity is one of those whom the trace concerns."""
        return False

    @api.model
    def _standing(self, document):
        """:class:`...tools.evidence.Standing` of a document, or None."""
        return

    @api.model
    def _signatures(self, document):
        """:class:`...tools.evidence.SignatureFacts` of every signature made on a document."""
        return []

    @api.model
    def _expected(self, revision):
        """What the core is to find in the bytes of an issued revision."""
        issued = (
            self.env['esign.document.revision']
            .sudo()
            .search(
                [
                    ('document_id', '=', revision.document_id.id),
                    ('number', '<=', revision.number),
                    ('kind', 'in', ISSUED_KINDS),
                ],
                order='number',
            )
        )
        given = revision.document_id._earlier_fields()
        return Expected(revisions=tuple(issued.mapped('sha256')), closed=False, given=given)

    @api.model
    def _case(self, chain):
        """:class:`...tools.evidence.Case` of a trace.

        :raises EsignError: there is nothing to give evidence of, or it is not finished.
        """
        raise EsignError(self.env._('There is no evidence to give out for this.'), 'NO_EVIDENCE')
