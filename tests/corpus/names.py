"""Two hundred names as documents have them: 2 to 60 characters, in the scripts that come up."""

from __future__ import annotations

from itertools import cycle, islice

_FAMILY = '王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗'
_GIVEN = '晓明若溪建国秀英海燕志强桂兰文静浩宇子涵一诺'
# Rare characters that documents have: extensions A, B, C, E and G, and compatibility ideographs.
_RARE = '㛃㐂䶮䲟𠮷𡋾𣲘𬭊𬬻𬍛𰻞﨑﨧'
_MINORITY = ('阿依古丽', '买买提', '阿卜杜热合曼', '古丽巴哈尔', '吐尔逊江', '迪丽热巴', '艾则孜', '热依汗古丽')
_LATIN = (
    'Al Xu', 'Anna Li', "Sean O'Neill", 'Jean-Luc Picard', 'Nguyễn Thị Minh Khai', 'Łukasz Żółtowski',
    'Björk Guðmundsdóttir', 'Zoë Ångström', 'Françoise d’Aubigné', 'José María Ñúñez', 'x̌ø̃ Q̈uest',
    'Anna Maria Wilhelmina von Hohenlohe-Schillingsfürst', 'Wolfeschlegelsteinhausenbergerdorffwelchevoralternwaren',
    'Li', 'Khalid bin Abdul Rahman Al Saud', 'İbrahim Çağlar Gökçe', 'Dr. Martin King', 'Ṣàngó Ọ̀ṣun',
)  # fmt: skip
_CYRILLIC = (
    'Алексей Николаевич Римский-Корсаков', 'Юлия Ёлкина', 'Нұрсұлтан Әбішұлы', 'Мар’яна Гонгадзе', 'Ия',
    'Бат-Эрдэнэ Өнөрбаяр', 'Константин Константинович Константинопольский-Задунайский', 'Ђорђе Јовановић',
)  # fmt: skip
_ARABIC = (
    'محەممەد ئىمىن', 'عبد الله', 'فاطمة الزهراء', 'پەرھات تۇرسۇن', 'عبد الرحمن بن محمد بن أحمد بن عبد الله',
    'نورالدین جان', 'ئايگۈل', 'خالد',
)  # fmt: skip
_OTHER = ('שלמה בן יוסף', 'Χρήστος Παπαδόπουλος', '김민준', 'たなか さくら', 'Գրիգոր Լուսավորիչ', 'ნინო ბერიძე')


def _chinese(count: int) -> list[str]:
    return [_FAMILY[i % 20] + ''.join(_GIVEN[(i * 7 + j * 3) % 20] for j in range(1 + i % 3)) for i in range(count)]


def _rare(count: int) -> list[str]:
    return [f'{_FAMILY[i % 20]}{_RARE[i % len(_RARE)]}{_GIVEN[i % 20]}' for i in range(count)]


def _dotted(count: int) -> list[str]:
    return ['·'.join(islice(cycle(_MINORITY), i % 8, i % 8 + 2 + i % 3)) for i in range(count)]


def _of_length(length: int) -> str:
    """A Chinese, a dotted or a Latin name of exactly so many characters."""
    text = ('阿卜杜热西提·' * 12, _GIVEN * 4, 'Maria Theresia Antonia ' * 4)[length % 3][:length]
    return text[:-1] + ('安', '安', 'n')[length % 3]


NAMES: tuple[str, ...] = tuple(
    dict.fromkeys(
        [
            *_chinese(40), *_rare(26), *_dotted(24), *_LATIN, *_CYRILLIC, *_ARABIC, *_OTHER,
            *(_of_length(length) for length in range(2, 61)),
            *(f'{a} {b}' for a in _CYRILLIC[1:3] for b in _CYRILLIC[1:3]), *(f'{one} Jr.' for one in _LATIN[:8]),
        ]
    )
)[:200]  # fmt: skip
