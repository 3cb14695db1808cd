from odoo import api, models

from odoo.addons.esign_base.errors import EsignError, FormRefused
from odoo.addons.esign_base.rules.names import folded
from odoo.addons.esign_base.rules.person_name import name_fault, normal_name

from ..rules import names, uscc
from .esign_enterprise import LIVE
from .esign_enterprise_role import SEAL_OPERATOR
from .esign_seal import AUDITOR, KEEPER
from .esign_seal_grant import MAX_MEMBERS

# From where a certification that a system vouches for may still have to go to be decided.
TO_PENDING = {'draft': ('pending',), 'rejected': ('draft', 'pending'), 'withdrawn': ('draft', 'pending'), 'pending': ()}


class EsignEnterpriseCertification(models.Model):
    """Certifications that a business system begins, and those it vouches for."""

    _inherit = 'esign.enterprise.certification'

    @api.model
    def _stated(self, name, code, kind, legal_name):
        """What a system states about an enterprise, checked and in one spelling.

        :raises FormRefused: a field to mend.
        """
        values = {'name': names.normalise(name), 'uscc': uscc.normalise(code), 'kind': kind}
        faults = {}
        for field, problem, message in (
            ('name', names.problem(values['name']), self._name_message),
            ('uscc', uscc.problem(values['uscc']), self._uscc_message),
        ):
            if problem:
                faults[field] = message(problem)
        if legal_name:
            values['legal_name'] = normal_name(legal_name)
            if name_fault(values['legal_name']):
                faults['legal_name'] = self._legal_name_message('')
        if faults:
            raise FormRefused(faults)
        return values

    @api.model
    def _begin_for(self, person, stated):
        """A draft for the person who will administer the enterprise: who adds the proof and hands it in.

        :raises EsignError: the person is not verified.
        """
        person._check_verified()
        certification = (
            self.sudo().with_context(mail_create_nosubscribe=True).create({**stated, 'person_id': person.id})
        )
        certification._tell_applicant(
            lambda _: (
                _('The certification of %s was begun for you', stated['name']),
                _('Log in, add the licence and the letter, and hand it in.'),
            )
        )
        return certification

    def _vouch(self):
        """Certify on the word of the current system; proof in files is not asked for.

        :raises EsignError: certified elsewhere, or the applicant is not verified.
        """
        self.ensure_one()
        record = self._lock().sudo()
        if record._certified_elsewhere():
            raise EsignError(self.env._('This enterprise is certified already.'), 'ENTERPRISE_TAKEN')
        record.person_id._check_verified()
        for state in TO_PENDING[record.state]:
            record._move(state)
        record.message_post(
            body=self.env._('Vouched for by the business system %s.', self.env.user.name), subtype_xmlid='mail.mt_note'
        )
        return record._take_effect()


class EsignEnterprise(models.Model):
    """Enterprises as business systems name them."""

    _inherit = 'esign.enterprise'

    @api.model
    def _live(self, stated):
        """The certified enterprise of a stated credit code; empty when there is none.

        :raises EsignError: it has another name.
        """
        found = self.sudo().search([('uscc', '=', stated['uscc']), ('state', 'in', LIVE)], limit=1)
        if found and found.found_by != folded(stated['name']):
            raise EsignError(
                self.env._('This credit code belongs to an enterprise with another name.'), 'ENTERPRISE_TAKEN'
            )
        return found

    def _operators_of_seals(self):
        """Verified active members who operate seals and neither keep nor audit them, as many as one grant names."""
        members = self.sudo().member_ids.filtered(
            lambda one: one.state == 'active' and one.person_id.state == 'verified'
        )
        return members.filtered(
            lambda one: SEAL_OPERATOR in one._codes() and one._codes().isdisjoint({KEEPER, AUDITOR})
        )[:MAX_MEMBERS]


class EsignEnterpriseMember(models.Model):
    """Members whom a business system vouches for."""

    _inherit = 'esign.enterprise.member'

    @api.model
    def _vouch(self, enterprise, person, codes, department):
        """Make a person a member with these roles, or give a member these and no others."""
        member = enterprise._member_of(person)
        if not member:
            return self._admit(enterprise, person, codes, department)
        member._lock()
        return member._take_roles(self._with_implied(enterprise, set(codes)), department, member.work_number)


class EsignDepartment(models.Model):
    """Departments as business systems name them."""

    _inherit = 'esign.department'

    @api.model
    def _named(self, enterprise, name):
        """The department with this name, or full name; empty when there is none."""
        wanted = names.normalise(name)
        return self.sudo().search(
            [('enterprise_id', '=', enterprise.id), '|', ('complete_name', '=', wanted), ('name', '=', wanted)], limit=1
        )

    @api.model
    def _vouch(self, enterprise, name):
        """The department with this name, made at the top when there is none."""
        return self._named(enterprise, name) or self.sudo().create({'enterprise_id': enterprise.id, 'name': name})


class EsignSealGrant(models.Model):
    """Authorisations that a business system asks for."""

    _inherit = 'esign.seal.grant'

    @api.model
    def _ask_for(self, seal, members, *, silent, until, vouched):
        """An authorisation as a system asks for it; asked again, the one that is there.

        :param vouched: put into force at once; otherwise an administrator confirms it.
        """
        members = members or seal.enterprise_id._operators_of_seals()
        if not members:
            raise EsignError(
                self.env._('Nobody operates seals of %s: give a member that role first.', seal.enterprise_id.name),
                'NO_OPERATOR',
            )
        same = self.sudo().search(
            [
                ('seal_id', '=', seal.id),
                ('silent', '=', silent),
                ('role', '=', 'use'),
                ('date_to', '=', until),
                ('state', 'in', ('pending', 'active')),
            ]
        )
        grant = same.filtered(lambda one: one.member_ids == members and not one.department_ids)[:1]
        if not grant:
            grant = self._draw_up(seal, self.env.user, members, silent=silent, date_to=until)
        if vouched and not grant.confirmed_by:
            grant._put_into_force(self.env.user)
        return grant
