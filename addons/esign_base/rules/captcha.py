"""A picture of a few characters, and a question in words for those who cannot see it.

Made here, sent nowhere. It only raises the price of a try; the limits in the database do the rest.
"""

import io
import random
import secrets

from PIL import Image, ImageDraw, ImageFilter, ImageFont

# No 0 O 1 I L, B 8, S 5, Z 2: nobody should fail for a look-alike.
ALPHABET = 'ACDEFGHJKMNPQRTUVWXY34679'
LENGTH = 4
WIDTH, HEIGHT = 132, 48


def new_text() -> str:
    """The characters to be read."""
    return ''.join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def new_sum() -> tuple[int, int]:
    """Two numbers to be added by those who choose the question."""
    return 11 + secrets.randbelow(39), 2 + secrets.randbelow(8)


def normal_answer(text: str | None) -> str:
    """Answers are compared without case and spaces."""
    return ''.join((text or '').split()).upper()


def draw(text: str) -> bytes:
    """Draw the characters, each turned and shifted, with lines across; PNG bytes."""
    luck = random.SystemRandom()
    image = Image.new('RGB', (WIDTH, HEIGHT), (246, 248, 251))
    step = WIDTH // (len(text) + 1)
    for index, character in enumerate(text):
        glyph = _glyph(character, luck)
        place = (step * index + step // 3 + luck.randint(-4, 4), luck.randint(-3, 5))
        image.paste(glyph, place, glyph)
    _scratch(ImageDraw.Draw(image), luck)
    out = io.BytesIO()
    image.filter(ImageFilter.SMOOTH).save(out, 'PNG')
    return out.getvalue()


def _glyph(character: str, luck: random.Random) -> Image.Image:
    glyph = Image.new('RGBA', (44, 44), (0, 0, 0, 0))
    colour = tuple(luck.randint(10, 110) for _ in range(3))
    font = ImageFont.load_default(luck.randint(28, 34))
    ImageDraw.Draw(glyph).text((10, 2), character, fill=(*colour, 255), font=font)
    return glyph.rotate(luck.randint(-26, 26), resample=Image.Resampling.BICUBIC)


def _scratch(pen: ImageDraw.ImageDraw, luck: random.Random) -> None:
    for _ in range(4):
        ends = [
            (luck.randint(0, WIDTH // 3), luck.randint(0, HEIGHT)),
            (luck.randint(2 * WIDTH // 3, WIDTH), luck.randint(0, HEIGHT)),
        ]
        pen.line(ends, fill=tuple(luck.randint(60, 170) for _ in range(3)), width=luck.randint(1, 2))
    for _ in range(120):
        spot = (luck.randint(0, WIDTH - 1), luck.randint(0, HEIGHT - 1))
        pen.point(spot, fill=tuple(luck.randint(60, 190) for _ in range(3)))
