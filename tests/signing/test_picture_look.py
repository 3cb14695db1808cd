"""Pictures as pages: the page is compared with the picture by tiles, and a picture that would change is refused."""

from __future__ import annotations

import io
import random
import time
from dataclasses import asdict

import pikepdf
import pytest
from PIL import Image, ImageCms, ImageDraw
from signing.apart.intake import DEFAULT_LIMITS, image_to_pdf
from signing.errors import FileRefused
from signing.pages import images
from signing.pages.images import image_page

from tests.signing.pages_support import render
from tests.signing.test_images import ALPHA, GREY, RGB, RGBA, png, saved

LIMITS = asdict(DEFAULT_LIMITS)


def scan(mode: str = 'L', size: tuple[int, int] = (827, 1169)) -> Image.Image:
    """A page of text-like strokes, with a thin line and a small sign at one place."""
    image = Image.new('L', size, 255)
    pen, chance = ImageDraw.Draw(image), random.Random(7)
    for row in range(60, size[1] - 120, 26):
        for column in range(60, size[0] - 80, 14):
            if chance.random() < 0.8:
                pen.rectangle((column, row, column + chance.randint(2, 9), row + chance.randint(4, 14)), fill=20)
    pen.line((70, size[1] - 90, 300, size[1] - 90), fill=0, width=2)
    return image.convert(mode)


def photo() -> Image.Image:
    chance = random.Random(3)
    small = Image.frombytes('RGB', (40, 30), bytes(chance.randrange(256) for _ in range(3600)))
    return small.resize((1600, 1200), Image.Resampling.BICUBIC)


def swapped() -> bytes:
    """An ICC profile that means other colours than the numbers say: gamma 1, as of raw sensors."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile('sRGB')).tobytes())
    red, green = profile.find(b'rXYZ'), profile.find(b'gXYZ')
    profile[red : red + 4], profile[green : green + 4] = b'gXYZ', b'rXYZ'
    return bytes(profile)


def turned(number: int) -> bytes:
    exif = Image.Exif()
    exif[274] = number
    return saved(scan(), 'JPEG', exif=exif)


def corners() -> Image.Image:
    image = Image.new('RGB', (600, 400), 'white')
    image.paste((200, 0, 0), (0, 0, 100, 100))
    image.paste((0, 160, 0), (500, 0, 600, 100))
    image.paste((0, 0, 200), (0, 300, 100, 400))
    return image


# R2.3
@pytest.mark.parametrize(
    'data',
    [
        saved(scan()),
        saved(scan('1')),
        saved(scan('P')),
        saved(scan('RGB'), 'JPEG', quality=40),
        saved(scan('CMYK'), 'JPEG'),
        saved(photo(), 'JPEG', quality=30),
        saved(photo().convert('CMYK'), 'JPEG'),
        saved(photo(), icc_profile=swapped()),
        saved(photo(), 'JPEG', icc_profile=swapped()),
        saved(photo(), 'JPEG', icc_profile=b'no profile at all'),
        saved(Image.merge('RGBA', [*photo().split(), scan(size=(1600, 1200))])),
        saved(Image.merge('LA', [scan(), scan().transpose(Image.Transpose.ROTATE_180)])),
        saved(Image.new('RGB', (1, 1), 'black')),
        saved(Image.frombytes('L', (2, 2), bytes([0, 255, 255, 0]))),
        saved(Image.effect_noise((300, 5000), 90)),
        saved(Image.effect_noise((5000, 30), 90)),
        png(GREY, (0x1000,), (0xF000,)),
        png(ALPHA, (0x4000, 0xFFFF), (0, 0x8000)),
        png(RGB, (0x4000, 0x8000, 0xC000), (0xFFFF, 0, 0)),
        png(RGBA, (0x4000, 0x8000, 0xC000, 0xFFFF), (0, 0, 0, 0x8000)),
        *(turned(number) for number in range(1, 9)),
    ],
)
def test_ordinary_pictures_are_shown_as_they_are(data: bytes) -> None:
    assert image_page(data, LIMITS).startswith(b'%PDF')


@pytest.mark.parametrize('number', range(1, 9))
def test_a_picture_stands_as_viewers_show_it(number: int) -> None:
    exif = Image.Exif()
    exif[274] = number
    page = Image.fromarray(render(image_page(saved(corners(), exif=exif), LIMITS), 0, 72).astype('uint8'))
    # EXIF: which corner of the stored picture is at the top left, and which at the top right of what is looked at.
    red, green = {
        1: ('tl', 'tr'), 2: ('tr', 'tl'), 3: ('br', 'bl'), 4: ('bl', 'br'),
        5: ('tl', 'bl'), 6: ('tr', 'br'), 7: ('br', 'tr'), 8: ('bl', 'tl'),
    }[number]  # fmt: skip
    width, height = page.size
    across, down = (width, width * 2 / 3) if width > height else (height * 2 / 3, height)
    if height > width:
        across, down = min(width, height * 2 / 3), min(height, width * 3 / 2)
    spots = {
        name: (
            (width - across) / 2 + across * (0.05 if name[1] == 'l' else 0.95),
            (height - down) / 2 + down * (0.05 if name[0] == 't' else 0.95),
        )
        for name in ('tl', 'tr', 'bl', 'br')
    }
    seen = {name: page.getpixel((round(x), round(y))) for name, (x, y) in spots.items()}
    assert seen[red][0] > 150 > seen[red][1], (number, seen)
    assert seen[green][1] > 120 > seen[green][0], (number, seen)


def test_a_profile_is_obeyed_and_a_plain_jpeg_kept() -> None:
    plain = saved(photo(), 'JPEG', quality=80)
    assert '/DCTDecode' in filters(image_page(plain, LIMITS))
    assert '/DCTDecode' not in filters(image_page(saved(photo(), 'JPEG', icc_profile=swapped()), LIMITS))
    other = saved(Image.new('RGB', (400, 300), (220, 30, 30)), 'JPEG', icc_profile=swapped())
    pixel = render(image_page(other, LIMITS), 0, 30)[124, 100]
    assert pixel[1] > 150 > pixel[0], pixel


def filters(page: bytes) -> str:
    with pikepdf.open(io.BytesIO(page)) as pdf:
        return str([str(one.get('/Filter')) for one in pdf.objects if isinstance(one, pikepdf.Stream)])


FAULTS = {
    'clipped': lambda image: image.point(lambda value: 255 if value > 10 else value),
    'inverted': lambda image: image.point(lambda value: 255 - value),
    'paler': lambda image: image.point(lambda value: 200 + value // 5),
    'upside_down': lambda image: image.transpose(Image.Transpose.ROTATE_180),
    'a_line_lost': lambda image: paste(image, 255, (60, 1060, 320, 1100)),
    'a_sign_lost': lambda image: paste(image, 255, (60, 60, 116, 76)),
    'a_sign_more': lambda image: paste(image, 0, (400, 1120, 412, 1132)),
}


def paste(image: Image.Image, value: int, box: tuple[int, int, int, int]) -> Image.Image:
    image = image.copy()
    image.paste(value, box)
    return image


@pytest.mark.parametrize('fault', FAULTS)
def test_a_page_that_shows_something_else_is_refused(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    on_white = images._on_white
    monkeypatch.setattr(images, '_on_white', lambda image: FAULTS[fault](on_white(image)))
    with pytest.raises(FileRefused) as refused:
        image_page(saved(scan()), LIMITS)
    assert refused.value.code == 'picture_changed'


def test_colours_that_change_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, '_in_srgb', lambda image: image)
    with pytest.raises(FileRefused) as refused:
        image_page(saved(photo(), icc_profile=swapped()), LIMITS)
    assert refused.value.code == 'picture_changed'


def test_sixteen_bits_that_are_clipped_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, '_eight_bits', lambda image: image.convert('RGBA'))
    with pytest.raises(FileRefused) as refused:
        image_page(png(GREY, (0x4000,), (0xC000,)), LIMITS)
    assert refused.value.code == 'picture_changed'


def test_the_largest_picture_fits_the_sandbox() -> None:
    side = int((LIMITS['pixels'] // 4) ** 0.5)
    image = scan('RGB').resize((side, side), Image.Resampling.NEAREST)
    data = saved(image, compress_level=1)
    started = time.monotonic()
    assert image_to_pdf(data).startswith(b'%PDF')
    assert time.monotonic() - started < 2 * LIMITS['seconds']
