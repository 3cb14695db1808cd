import datetime as dt

from odoo.tests import BaseCase

from odoo.addons.esign_base.rules import filenames

from ...rules import order, reminders


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
        self.assertEqual(filenames.distinct(['folder', 'folder']), ['folder', 'folder (2)'])

    # R3.11
    def test_file_names_fit_every_file_system(self):
        for title in ('长' * 300, '𠮷' * 300, 'é' * 300, 'a' * 300, 'e\u0301\u0323' * 100, 'ﷺ' * 99):
            names = [filenames.file_name('HT202611300001', f'{title}{end}') for end in ('', '甲', '乙')] * 4
            told = filenames.distinct(names)
            self.assertEqual(len({name.casefold() for name in told}), len(names))
            for name in told:
                self.assertLessEqual(len(name.encode()), 255)
                self.assertLessEqual(len(name), filenames.LONGEST)
                self.assertTrue(name.startswith('HT202611300001_') and name.endswith('.pdf'), name)
        marked = filenames.file_name('', 'e\u0323\u0301' * 100)
        self.assertEqual(marked.removesuffix('.pdf').count('e') * 3, len(marked) - 4, 'a letter was cut through')

    # R3.11
    def test_paths_inside_an_archive_fit_every_file_system(self):
        for title in ('长' * 300, '𠮷' * 300, 'e\u0301\u0323' * 100, 'a' * 300, '框架合同 v1.0 附件' * 20, '短'):
            folder = filenames.folder_name('HT202611300001', title)
            files = [filenames.file_name('HT202611300001', title)] * 12
            told = filenames.paths([(folder, files)] * 12)
            self.assertEqual(len({path.casefold() for group in told for path in group}), 144)
            for path in (path for group in told for path in group):
                inside, slash, name = path.partition('/')
                self.assertLessEqual(len(path.encode()), 255)
                self.assertTrue(slash and '/' not in name and name.endswith('.pdf'), path)
                for part in (inside, name):
                    self.assertTrue(part.startswith('HT202611300001_'), path)
                    self.assertLessEqual(len(part), filenames.LONGEST)
        for folder in ('一', '框架合同 v1.0'):
            given = [(folder, ['a.pdf']), (folder, ['a.pdf'])]
            self.assertEqual(filenames.paths(given), [[f'{folder}/a.pdf'], [f'{folder} (2)/a.pdf']])

    # R3.11
    def test_names_that_windows_keeps_for_itself(self):
        for title in ('CON', 'nul', 'Com1', 'lpt¹', 'aux.txt', 'PRN ', 'con .x'):
            self.assertTrue(filenames.file_name('', title).startswith('_'), title)
        for title in ('contract', 'console', 'COM10', 'auxiliary'):
            self.assertFalse(filenames.file_name('', title).startswith('_'), title)
        self.assertEqual(filenames.file_name('', 'x. . '), 'x.pdf')
        self.assertEqual(filenames.distinct(['\u00e9.pdf', 'e\u0301.pdf'])[1], 'e\u0301 (2).pdf')

    # R3.9
    def test_reminders(self):
        told = dt.datetime(2026, 1, 1, 8, 0)  # noqa: DTZ001 - naive UTC, as Odoo keeps it
        self.assertIsNone(reminders.next_reminder(None, None, 0))
        self.assertEqual(reminders.next_reminder(told, None, 0), told + dt.timedelta(minutes=30))
        last = told + dt.timedelta(minutes=35)
        self.assertEqual(reminders.next_reminder(told, last, 1), last + dt.timedelta(minutes=10))
        self.assertIsNone(reminders.next_reminder(told, last, 3))
