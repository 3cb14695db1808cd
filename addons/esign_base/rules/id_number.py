"""ID numbers of the types we accept: form, check digit and date. Nothing is looked up anywhere.

Eighteen-character numbers follow GB 11643-1999: region (6), birth date (8), sequence (3), check
character by ISO 7064 MOD 11-2. The region is no proof (districts are renamed every year), only
its first digits tell the type: 81–83 are residence permits of Hong Kong, Macao and Taiwan
residents, 9 is a foreigner's permanent resident card of the 2023 form.
"""

import datetime as dt
import re
import unicodedata

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = '10X98765432'
EIGHTEEN = re.compile(r'^[0-9]{17}[0-9X]$')
OLDEST_YEAR = 1880

# Types that are eighteen characters with a check character, and how they begin.
_BEGINNINGS = {
    'resident': re.compile(r'^[1-7]'),
    'residence_permit': re.compile(r'^8[123]0000'),
    'foreigner_id': re.compile(r'^9'),
}
_FORMS = {
    'hk_macao_permit': re.compile(r'^[HM][0-9]{8}(?:[0-9]{2})?$'),
    'taiwan_permit': re.compile(r'^[0-9]{8}(?:[0-9]{2})?$'),
    'passport': re.compile(r'^(?=.*[0-9])[A-Z0-9]{5,17}$'),
}
# The foreigner's card before 2023: country (3 letters), region (4), birth date (6), sequence, check.
_OLD_FOREIGNER = re.compile(r'^[A-Z]{3}[0-9]{12}$')


def normal_id_number(text: str | None) -> str:
    """Upper case, no spaces or hyphens, ordinary digits."""
    return re.sub(r'[\s\-]', '', unicodedata.normalize('NFKC', text or '')).upper()


def check_character(first_seventeen: str) -> str:
    """The eighteenth character of GB 11643."""
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, first_seventeen, strict=True))
    return CHECKS[total % 11]


def birth_date(number: str) -> dt.date | None:
    """The date in an eighteen-character number, None when it is no date."""
    try:
        return dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def id_number_fault(id_type: str, number: str, today: dt.date) -> str | None:
    """Say what is wrong with a normalised number, None when nothing is.

    Codes: ``type`` (unknown type), ``form``, ``kind`` (the number is of another type), ``date``
    (no date, or in the future), ``check`` (check character).

    :param today: the local date; the birth date may not lie after it.
    """
    if id_type in _FORMS:
        return None if _FORMS[id_type].match(number) else 'form'
    if id_type not in _BEGINNINGS:
        return 'type'
    if id_type == 'foreigner_id' and _OLD_FOREIGNER.match(number):
        return None
    return _eighteen_fault(id_type, number, today)


def _eighteen_fault(id_type: str, number: str, today: dt.date) -> str | None:
    if not EIGHTEEN.match(number):
        return 'form'
    if not _BEGINNINGS[id_type].match(number):
        return 'kind'
    born = birth_date(number)
    if born is None or born > today or born.year < OLDEST_YEAR:
        return 'date'
    return None if check_character(number[:17]) == number[17] else 'check'
