import datetime as dt

from odoo.tests import BaseCase

from ..rules import filenames, limits, order


class TestRules(BaseCase):
    # R2.5
    def test_turns(self):
        self.assertEqual(order.turn([(1, True), (2, False), (3, False)]), 2)
        self.assertEqual(order.turn([(1, False), (1, True)]), 1)
        self.assertIsNone(order.turn([(1, True)]))
        self.assertEqual(order.normalised([5, 9, 5, 20], sequential=True), [1, 2, 1, 3])
        self.assertEqual(order.normalised([5, 9], sequential=False), [1, 1])

    # R3.11
    def test_file_names(self):
        for number, title, wanted in (
            ('HT1', '采购合同', 'HT1_采购合同.pdf'),
            ('HT1', 'a/b\\c:d*e"f<g>h|i?j', 'HT1_abcdefghij.pdf'),
            ('HT1', '合同😀\u200b书', 'HT1_合同书.pdf'),
            ('', '...', 'contract.pdf'),
        ):
            self.assertEqual(filenames.file_name(number, title), wanted)
        long = filenames.file_name('HT1', '长' * 300)
        self.assertLessEqual(len(long), filenames.LONGEST)
        self.assertTrue(long.endswith('.pdf'))
        self.assertEqual(filenames.distinct(['a.pdf', 'A.pdf', 'b.pdf']), ['a.pdf', 'A (2).pdf', 'b.pdf'])

    # R3.9
    def test_reminders(self):
        told = dt.datetime(2026, 1, 1, 8, 0)  # noqa: DTZ001 - naive UTC, as Odoo keeps it
        self.assertIsNone(limits.next_reminder(None, None, 0))
        self.assertEqual(limits.next_reminder(told, None, 0), told + dt.timedelta(minutes=30))
        last = told + dt.timedelta(minutes=35)
        self.assertEqual(limits.next_reminder(told, last, 1), last + dt.timedelta(minutes=10))
        self.assertIsNone(limits.next_reminder(told, last, 3))
