from operator import attrgetter

from odoo import api, models

from odoo.addons.esign_base.errors import EsignError


class EsignDraftPart(models.AbstractModel):
    """What a contract group consists of: staff change it while the group is their draft, then nobody does.

    The engine itself writes as superuser; everything that a form or a remote call writes is checked
    here, whatever the access rows allow.
    """

    _name = 'esign.draft.part'
    _description = 'Part of a draft'
    # Where the group is, seen from the record; '' when the record is the group.
    _group_path = 'group_id'

    def _groups_of_parts(self):
        """The contract groups that these records belong to."""
        path, parts = self._group_path, self.sudo()
        return attrgetter(path)(parts) if path else parts

    def _require_own_drafts(self):
        """Refuse staff what is launched, or is not an internal enterprise's.

        :raises EsignError: ``WRONG_STATE`` or ``NOT_INTERNAL``.
        """
        if self.env.su:
            return
        groups = self._groups_of_parts()
        if any(group.state != 'draft' for group in groups):
            raise EsignError(self.env._('Only drafts can be changed: this contract is launched.'), 'WRONG_STATE')
        for enterprise in groups.initiator_id:
            self.env['esign.identity']._staff(enterprise)

    @api.model_create_multi
    def create(self, vals_list):
        created = super().create(vals_list)
        created._require_own_drafts()
        return created

    def write(self, vals):
        self._require_own_drafts()
        done = super().write(vals)
        self._require_own_drafts()  # what was moved may have been moved elsewhere
        return done

    def unlink(self):
        self._require_own_drafts()
        return super().unlink()
