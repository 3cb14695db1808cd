from odoo import fields, models


class EsignContractGroup(models.Model):
    """Whom a group tells what. Everything goes through outbox rows and leaves after commit."""

    _inherit = 'esign.contract.group'

    def _tell_people(self, people, subject, text=''):
        notices = self.env['esign.enterprise.notice']
        for person in people:
            notices._tell(person, subject, text)

    def _concerned(self):
        """Everybody who has been told of the group, and who launched it."""
        told = self.party_ids.filtered(lambda party: party.notified_at)
        return told._people() | self.initiated_by

    def _tell_end(self, told, state, reason):
        """The group ended without completion."""
        texts = {
            'refused': self.env._('The contract “%s” was refused and is void', self.name),
            'revoked': self.env._('The contract “%s” was revoked and is void', self.name),
            'expired': self.env._('The contract “%s” has expired', self.name),
        }
        self._tell_people(told._people() | self.initiated_by, texts[state], reason or '')

    def _tell_completed(self):
        self._tell_people(self._concerned(), self.env._('The contract “%s” is completed', self.name))
        self._tell_copies('completion')

    def _tell_failed(self):
        self._tell_people(
            self.initiated_by, self.env._('The contract “%s” could not be launched', self.name), self.problem or ''
        )

    def _tell_copies(self, moment):
        """Tell those who get a copy, at the moment the business type says."""
        if self.business_type_id.copy_at != moment:
            return
        for copy in self.copy_ids.filtered(lambda one: not one.told_at):
            copy.told_at = fields.Datetime.now()
            self._trace('copied', note=copy.person_id.name)
            self._tell_people(
                copy.person_id,
                self.env._('%(enterprise)s sent you a copy of “%(name)s”', enterprise=self.initiator_id.name, name=self.name),
            )

    def _shown_day(self):
        """The deadline as people in China write it."""
        day = self.deadline
        return f'{day.year}年{day.month}月{day.day}日'


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
        """Members who may use a seal for this party now; its administrators where nobody may."""
        members = self.enterprise_id.member_ids.filtered(lambda member: member.state == 'active')
        if self.department_id:
            members = members.filtered(lambda member: member.department_id == self.department_id) or members
        operators = members.filtered(lambda member: 'seal_operator' in member._codes())
        return (operators or self.enterprise_id._administrators()).person_id

    def _tell_turn(self):
        """It is this party's turn."""
        group = self.group_id
        group._tell_people(
            self._people(),
            self.env._('%(enterprise)s asks you to sign “%(name)s”', enterprise=group.initiator_id.name, name=group.name),
            self.env._('Please sign by 24:00 on %s.', group._shown_day()),
        )

    def _tell_reminder(self):
        group = self.group_id
        group._tell_people(
            self._people(),
            self.env._('Reminder: “%s” is waiting for your signature', group.name),
            self.env._('Please sign by 24:00 on %s.', group._shown_day()),
        )
