"""Whether a page shows what a picture shows: a second reading of the picture, apart from the one that made the page.

The picture is made small first, in the numbers of its own file, and brought to colours afterwards: what goes
wrong with many bits, inks, opacity or orientation on the way to the page does not go wrong here as well.
"""

from __future__ import annotations

import io

from PIL import Image, ImageChops, ImageCms, ImageStat

from .recheck import TILE, looks_differ, render_pages

_SIDE = 842  # pixels of the longer side: one a point on A4
_SHADE = 28  # of 255: how far the mean of a tile may be away
# How to look at a picture whose orientation says so (EXIF 2.32, 4.6.4).
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def shows(page: bytes, data: bytes, place: tuple[float, float, float, float]) -> bool:
    """Tell whether the one page of a PDF shows a PNG or JPEG as viewers of pictures do, tile by tile.

    :param place: left, bottom, width, height of the picture in parts of the page.
    """
    picture = Image.open(io.BytesIO(data), formats=('PNG', 'JPEG'))
    # Never larger than the picture: readers differ in how they smooth what they enlarge.
    side = min(_SIDE, round(max(picture.size) / max(place[2:])))
    (drawn,) = render_pages(page, 1, {0: side}, marks=False)
    left, bottom, across, down = place
    box = (
        round(left * drawn.width),
        round((1 - bottom - down) * drawn.height),
        round((left + across) * drawn.width),
        round((1 - bottom) * drawn.height),
    )
    seen = _seen(picture, (max(1, box[2] - box[0]), max(1, box[3] - box[1])))
    wanted = Image.new('RGB', drawn.size, 'white')
    wanted.paste(seen, box[:2])
    return not looks_differ(wanted, drawn) and _shade_apart(wanted, drawn) <= _SHADE


def _shade_apart(one: Image.Image, other: Image.Image) -> float:
    """Return the largest difference of the means of a tile, of 255."""
    sides = [max(1, round(side / TILE)) for side in one.size]
    small = [picture.resize(sides, Image.Resampling.BOX) for picture in (one, other)]
    return max(high for _, high in ImageStat.Stat(ImageChops.difference(*small)).extrema)


def _seen(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the picture as it is looked at, in the size in which it stands on the drawn page."""
    turn = _TURNS.get(picture.getexif().get(274, 1))
    small = size[::-1] if turn in {_TURNS[5], _TURNS[6], _TURNS[7], _TURNS[8]} else size
    seen = _coloured(picture, small)
    return seen.transpose(turn) if turn is not None else seen


def _coloured(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    profile = picture.info.get('icc_profile')
    if picture.mode == 'P' or 'transparency' in picture.info:
        picture = picture.convert('RGBA')
    if picture.mode in {'LA', 'La', 'RGBA', 'RGBa'}:
        return _laid_on_white(picture.convert('RGBA'), size, profile)
    if picture.mode.startswith('I'):
        deep = picture.convert('I').convert('F').resize(size, Image.Resampling.BOX)
        return deep.point(lambda value: value * (255 / 65535) + 0).convert('L').convert('RGB')
    if picture.mode == '1':
        picture = picture.convert('L')
    return _meant(picture.resize(size, Image.Resampling.BOX), profile)


def _laid_on_white(picture: Image.Image, size: tuple[int, int], profile: bytes | None) -> Image.Image:
    opacity = picture.getchannel('A')
    sheet = Image.new('RGB', picture.size, 'white')
    sheet.paste(_meant(picture.convert('RGB'), profile), mask=opacity)
    return sheet.resize(size, Image.Resampling.BOX)


def _meant(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the colours that the profile means, where it is one of such a picture."""
    if profile:
        try:
            source = ImageCms.getOpenProfile(io.BytesIO(profile))
            change = ImageCms.buildTransform(source, ImageCms.createProfile('sRGB'), picture.mode, 'RGB')
            return ImageCms.applyTransform(picture, change) or picture.convert('RGB')
        except (ImageCms.PyCMSError, OSError):
            pass
    return picture.convert('RGB')
