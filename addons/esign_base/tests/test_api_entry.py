from odoo.tests import tagged

from .api_common import ApiCase, Refused


@tagged('post_install', '-at_install')
class TestApiEntry(ApiCase):
    """The door: the same answers by both ways."""

    def both(self, method, arguments, **options):
        """The code (or answer) of a call by both ways; they must be the same."""
        seen = []
        for way in (self.xmlrpc, self.json2):
            try:
                seen.append(way(method, arguments, **options))
            except Refused as refused:
                seen.append(refused.text)
        self.assertEqual(seen[0], seen[1])
        return seen[0]

    def test_templates_are_known_by_name(self):  # R7.1
        self.assertRegex(self.both('templates', {}), '^ESIGN_UNAVAILABLE: ')

    def test_unknown_argument(self):  # R7.1
        self.assertRegex(self.both('templates', {'scenarios': 'x'}), '^ESIGN_INVALID: scenarios')
