"""Enterprises with certificates, seals and operators, for tests of seals."""

from odoo.tests import TransactionCase

from odoo.addons.esign_base.tests.keys_common import TokenMixin

from .common import EnterpriseFixtures


class SealFixtures(TokenMixin, EnterpriseFixtures):
    """Two enterprises that know nothing of each other, each with a certificate and two seals."""

    @classmethod
    def _set_up_seals(cls):
        cls.admin = cls.make_person('管理员甲')
        cls.enterprise = cls.certified(cls.admin, kind='internal')
        cls.stranger = cls.make_person('管理员乙')
        cls.other = cls.certified(cls.stranger)
        cls.env['esign.certificate'].search([('state', '=', 'requested')])._issue_all()
        cls.operator_person = cls.make_person('操作员')
        cls.department = cls.env['esign.department']._add(cls.enterprise, cls.admin.user_id, '法务部')
        cls.operator_member = cls.join(
            cls.operator_person, cls.enterprise, cls.admin, roles=('seal_operator',), department=cls.department
        )
        cls.keeper = cls.make_person('保管员')
        cls.join(cls.keeper, cls.enterprise, cls.admin, roles=('seal_keeper',))
        cls.auditor = cls.make_person('审计员')
        cls.join(cls.auditor, cls.enterprise, cls.admin, roles=('auditor',))
        cls.member = cls.make_person('普通成员')
        cls.join(cls.member, cls.enterprise, cls.admin)
        cls.seal = cls.env['esign.seal']._owned(cls.enterprise, 'official')

    @classmethod
    def worn(cls, person, enterprise=None, department=None):
        key = f'department:{department.id}' if department else f'enterprise:{(enterprise or cls.enterprise).id}'
        found = cls.env['esign.identity']._available(person.user_id)
        return next((one for one in found if one.key == key), None)

    @classmethod
    def grant(cls, seal=None, by=None, members=None, **values):
        members = cls.operator_member if members is None else members
        return cls.env['esign.seal.grant']._propose(seal or cls.seal, (by or cls.admin).user_id, members, **values)


class SealCase(SealFixtures, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry_enter_test_mode_cls()
        cls._set_up_fixtures()
        cls._set_up_seals()

    def code(self, person=None, seal=None, at=None, enterprise=None, **options):
        """The code of the one answer."""
        person = person or self.operator_person
        return (seal or self.seal)._usability(self.worn(person, enterprise), at, **options).code
