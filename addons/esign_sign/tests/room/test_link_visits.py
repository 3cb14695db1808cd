"""Whether somebody may still be inside is asked at every request, and nobody else is inside with him."""

from odoo.tests import tagged

from .link_common import LinkCase


# R7.1 R3.4
@tagged('-at_install', 'post_install')
class TestLinkVisits(LinkCase):
    def opened(self, access='open'):
        """A group whose link has been entered in this way."""
        group = self.group()
        group.business_type_id.link_access = access
        link, token = self.link(group)
        if access == 'open':
            self.assertEqual(self.call('enter', token=token)['url'], '/esign/sign/room')
        else:
            self.enter(token)
        self.assertEqual(self.call(f'{group.id}/room')['outcome'], 'OK')
        return group, link, token

    def be(self, name):
        """A browser with this name of a session."""
        self.opener.cookies.clear()
        self.opener.cookies['session_id'] = name

    def test_who_knows_the_former_name_of_the_session_stays_outside(self):
        for access in ('open', 'code'):
            self.authenticate(None, None)
            self.clear_limits()
            fixed = self.session.sid
            group = self.opened(access)[0]
            self.be(fixed)
            self.closed(group)

    def test_the_session_of_who_is_logged_in_has_another_name_as_well(self):
        token = self.link(self.group())[1]
        self.authenticate(self.carol.user_id.login, self.carol.user_id.login)
        fixed = self.session.sid
        self.assertIn('url', self.call('enter', token=token))
        self.assertNotEqual(self.session_name(), fixed)
        self.be(fixed)
        self.assertIn('/esign/login', self.url_open('/my/esign').url)

    def test_a_visit_without_a_code_ends_when_codes_are_asked_for(self):
        group, _link, token = self.opened()
        group.business_type_id.link_access = 'code'
        self.env.flush_all()
        page = self.url_open('/esign/sign/room')
        self.assertEqual(page.status_code, 404)
        self.assertIn('es-empty', page.text)
        self.closed(group)
        self.clear_limits()
        self.enter(token)
        self.assertEqual(self.call(f'{group.id}/room')['outcome'], 'OK')

    def test_a_visit_with_a_code_goes_on_when_none_is_needed(self):
        group = self.opened('code')[0]
        group.business_type_id.link_access = 'open'
        self.env.flush_all()
        self.assertEqual(self.call(f'{group.id}/room')['outcome'], 'OK')

    def test_a_visit_ends_when_the_party_is_somebody_else(self):
        group, link, _token = self.opened()
        link.party_id.sudo().person_id = self.bob
        self.env.flush_all()
        self.closed(group)
