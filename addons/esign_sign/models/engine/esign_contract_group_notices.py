from odoo import fields, models

from odoo.addons.esign_base.rules.shown import shown_day
from odoo.addons.esign_base.tools.said import in_words


class EsignContractGroup(models.Model):
    """Whom a group tells what, each in their language. Everything is an outbox row and leaves after commit."""

    _inherit = 'esign.contract.group'

    def _concerned(self):
        """Everybody who has been told of the group, and who launched it."""
        told = self.party_ids.filtered(lambda party: party.notified_at)
        return told._people() | self.initiated_by

    def _tell_end(self, told, state, reason):
        """The group ended without completion."""
        name = self.name

        def words(_):
            subject = {
                'refused': _('The contract “%s” was refused and is void', name),
                'revoked': _('The contract “%s” was revoked and is void', name),
                'expired': _('The contract “%s” has expired', name),
            }[state]
            return subject, reason or ''

        self.env['esign.notice']._tell(told._people() | self.initiated_by, words)

    def _tell_completed(self):
        """Everybody has signed."""
        name = self.name
        self.env['esign.notice']._tell(self._concerned(), lambda _: (_('The contract “%s” is completed', name), ''))
        self._tell_copies('completion')

    def _tell_failed(self):
        """The documents could not be prepared."""
        name, kept = self.name, self._kept_for_all()
        self.env['esign.notice']._tell(
            self.initiated_by,
            lambda _: (_('The contract “%s” could not be launched', name), in_words(_.__self__, kept)),
        )

    def _tell_not_signed(self, party):
        """A party's signing failed for good: the launcher learns it, and who was to sign silently."""
        name, who, kept = self.name, party.name, party._kept_for_all()
        people = self.initiated_by | (party._people() if party.kind == 'enterprise' else party.person_id)
        self.env['esign.notice']._tell(
            people,
            lambda _: (_('%(party)s could not sign “%(name)s”', party=who, name=name), in_words(_.__self__, kept)),
        )

    def _tell_copies(self, moment):
        """Tell those who get a copy, at the moment the business type says."""
        if self.business_type_id.copy_at != moment:
            return
        enterprise, name = self.initiator_id.name, self.name
        for copy in self.copy_ids.filtered(lambda one: not one.told_at):
            copy.told_at = fields.Datetime.now()
            self._trace('copied', note=copy.person_id.name)
            self.env['esign.notice']._tell(
                copy.person_id,
                lambda _: (_('%(enterprise)s sent you a copy of “%(name)s”', enterprise=enterprise, name=name), ''),
            )


class EsignParty(models.Model):
    """Whom a party's messages reach."""

    _inherit = 'esign.party'

    def _people(self):
        """The persons who act for these parties: the person, or who may use the enterprise's seals."""
        people = self.env['esign.person'].sudo()
        for party in self.sudo():
            people |= party.person_id or party._operators()
        return people

    def _operators(self):
        """Members who operate seals for this party; its administrators where nobody does."""
        members = self.enterprise_id.member_ids.filtered(lambda member: member.state == 'active')
        if self.department_id:
            members = members.filtered(lambda member: member.department_id == self.department_id) or members
        operators = members.filtered(lambda member: 'seal_operator' in member._codes())
        return (operators or self.enterprise_id._administrators()).person_id

    def _tell_turn(self):
        """It is this party's turn."""
        group = self.group_id
        enterprise, name, day = group.initiator_id.name, group.name, shown_day(group.deadline)
        self.env['esign.notice']._tell(
            self._people(),
            lambda _: (
                _('%(enterprise)s asks you to sign “%(name)s”', enterprise=enterprise, name=name),
                _('Please sign by 24:00 on %s.', day),
            ),
        )

    def _tell_reminder(self):
        """It still is."""
        group = self.group_id
        name, day = group.name, shown_day(group.deadline)
        self.env['esign.notice']._tell(
            self._people(),
            lambda _: (
                _('Reminder: “%s” is waiting for your signature', name),
                _('Please sign by 24:00 on %s.', day),
            ),
        )
