import random
import zlib
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..rules import files, names, uscc
from .common import pdf, png

BODIES = st.text(alphabet=uscc.ALPHABET, min_size=17, max_size=17)


class TestUscc(BaseCase):
    # R1.3

    def test_published_codes(self):
        # As printed on the licences of listed companies.
        for code in ('91110000802100433B', '91440300708461136T', '914403001922038216', '91330100799655058B'):
            self.assertIsNone(uscc.problem(code), code)

    @given(BODIES)
    @settings(max_examples=200, deadline=None)
    def test_the_check_character_is_the_only_one_that_fits(self, body):
        fitting = [c for c in uscc.ALPHABET if uscc.problem(body + c) is None]
        self.assertEqual(fitting, [uscc.check_character(body)])

    @given(BODIES, st.integers(0, 17), st.sampled_from(uscc.ALPHABET))
    @settings(max_examples=300, deadline=None)
    def test_any_single_wrong_character_is_found(self, body, place, other):
        code = body + uscc.check_character(body)
        wrong = code[:place] + other + code[place + 1 :]
        self.assertEqual(uscc.problem(wrong) is None, wrong == code)

    @given(BODIES, st.integers(0, 16))
    @settings(max_examples=300, deadline=None)
    def test_swapped_neighbours_are_found(self, body, place):
        code = body + uscc.check_character(body)
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        self.assertEqual(uscc.problem(swapped) is None, swapped == code)

    @given(st.text(max_size=40))
    @settings(max_examples=300, deadline=None)
    def test_anything_gets_an_answer(self, text):
        self.assertIn(uscc.problem(uscc.normalise(text)), {None, 'length', 'alphabet', 'check'})

    def test_what_is_wrong(self):
        self.assertEqual(uscc.problem('91110000802100433'), 'length')
        self.assertEqual(uscc.problem('9111000080210043IB'), 'alphabet')
        self.assertEqual(uscc.problem('91110000802100433C'), 'check')
        self.assertEqual(uscc.normalise(' 9111 0000-8021００４３３b '), '91110000802100433B')

    def test_first_place_may_be_a_letter(self):
        body = 'N1110000802100433'
        self.assertIsNone(uscc.problem(body + uscc.check_character(body)))

    def test_mask_keeps_ten_characters_secret(self):
        self.assertEqual(uscc.masked('91110000802100433B'), '9111**********433B')
        self.assertEqual(uscc.masked(None), '')


class TestNames(BaseCase):
    # R1.3

    def test_spelling(self):
        self.assertEqual(names.normalise('  上海  星河(中国)有限公司 '), '上海 星河（中国）有限公司')
        self.assertEqual(names.normalise(' Acme  (UK) Ltd '), 'Acme (UK) Ltd')

    def test_refused(self):
        for name in ('<b>公司</b>', '公\u202e司有限', '公\u200b司有限', '=cmd|公司', '公\x00司', '../etc', '好公司😀'):
            self.assertEqual(names.problem(names.normalise(name)), 'character', name)
        self.assertEqual(names.problem('公'), 'short')
        self.assertEqual(names.problem('公' * 101), 'long')

    def test_long_and_rare_names_are_taken(self):
        for name in ('公' * 30, '𠮷野家餐饮有限公司', 'Müller & Söhne (上海) Co., Ltd.', '阿依·古丽商贸行'):
            self.assertIsNone(names.problem(names.normalise(name)), name)
        for name in ('A/S Ørsted', 'Yahoo! #1 (UK)', 'شركة الاتحاد'):
            self.assertIsNone(names.problem(names.normalise(name)), name)

    @given(st.text(max_size=120))
    @settings(max_examples=300, deadline=None)
    def test_normalising_twice_changes_nothing(self, text):
        once = names.normalise(text)
        self.assertEqual(names.normalise(once), once)


class TestFiles(BaseCase):
    # R1.3

    def refused(self, data, name='x.png'):
        with self.assertRaises(files.FileProblem) as caught:
            files.inspect(data, name)
        return caught.exception.code

    def test_type_comes_from_the_content(self):
        self.assertEqual(files.inspect(png(), 'licence.pdf').mimetype, 'image/png')
        self.assertEqual(files.inspect(png(), 'licence.pdf').name, 'licence.png')
        self.assertEqual(files.inspect(pdf(), 'x.jpg').mimetype, 'application/pdf')

    def test_a_pdf_that_swells_is_refused_before_a_parser_opens_it(self):
        packed = zlib.compress(bytes(80 * 2**20), 9)
        objects = b'1 0 obj\n<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream\nendobj'
        swelling = b'%PDF-1.7\n' + objects % (len(packed), packed) + b'\nstartxref\n9\n%%EOF\n'
        with patch.object(files.pikepdf, 'open', side_effect=AssertionError('it was opened')):
            self.assertEqual(self.refused(swelling), 'damaged')
            self.assertEqual(self.refused(b'%PDF-1.7\n' + bytes(2**20)), 'damaged')

    def test_markup_is_refused_whatever_its_name(self):
        self.assertEqual(self.refused(b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'), 'type')
        self.assertEqual(self.refused(b'<!doctype html><script>alert(1)</script>', 'licence.jpg'), 'type')
        self.assertEqual(self.refused(b'GIF89a' + b'\0' * 50), 'type')

    def test_damaged_large_and_locked(self):
        self.assertEqual(self.refused(b''), 'empty')
        self.assertEqual(self.refused(b'\x89PNG\r\n\x1a\n' + b'\0' * 100), 'damaged')
        self.assertEqual(self.refused(png()[: len(png()) // 2]), 'damaged')
        self.assertEqual(self.refused(b'%PDF-1.7\nrubbish'), 'damaged')
        self.assertEqual(self.refused(b'\xff\xd8\xff' + b'\0' * (50 * 1024 * 1024)), 'large')

    def test_a_picture_bomb_is_not_unpacked(self):
        self.assertEqual(self.refused(_bomb()), 'pixels')

    def test_file_names_are_harmless(self):
        for name in ('../../etc/passwd.png', 'C:\\x\\a<b>.png', '\x00.png', '', None, 'a' * 300 + '.png'):
            safe = files.inspect(png(), name).name
            self.assertTrue(safe.endswith('.png'))
            self.assertFalse(set(safe) & set('/\\<>\x00'), safe)
            self.assertLessEqual(len(safe), 84)

    @given(st.binary(max_size=300))
    @settings(max_examples=200, deadline=None)
    def test_rubbish_is_refused_and_nothing_else_raised(self, data):
        prefix = random.Random(len(data)).choice([b'', b'%PDF-', b'\xff\xd8\xff', b'\x89PNG\r\n\x1a\n'])
        self.assertIn(self.refused(prefix + data), {'empty', 'type', 'damaged', 'pixels'})


def _bomb():
    """A PNG header that claims 100,000 × 100,000 pixels."""
    import struct
    import zlib

    body = b'IHDR' + struct.pack('>IIBBBBB', 100_000, 100_000, 1, 0, 0, 0, 0)
    data = zlib.compress(b'\0')
    chunk = struct.pack('>I', 13) + body + struct.pack('>I', zlib.crc32(body))
    idat = b'IDAT' + data
    chunk += struct.pack('>I', len(data)) + idat + struct.pack('>I', zlib.crc32(idat))
    chunk += struct.pack('>I', 0) + b'IEND' + struct.pack('>I', zlib.crc32(b'IEND'))
    return b'\x89PNG\r\n\x1a\n' + chunk
