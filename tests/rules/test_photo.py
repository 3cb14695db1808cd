# R1.2
import io

import pytest
from PIL import Image
from rules.photo import LARGEST_BYTES, PhotoRefusedError, clean_photo


def _picture(kind='JPEG', size=(640, 400), **options):
    out = io.BytesIO()
    Image.new('RGB', size, (200, 180, 160)).save(out, kind, **options)
    return out.getvalue()


def test_a_photo_comes_out_as_clean_jpeg():
    for kind in ('JPEG', 'PNG'):
        photo = clean_photo(_picture(kind))
        assert photo.data.startswith(b'\xff\xd8\xff')
        assert (photo.width, photo.height) == (640, 400)


def test_what_hides_in_a_photo_is_gone():
    marked = _picture(comment=b'<script>alert(1)</script>') + b'PK\x03\x04 hidden archive'
    photo = clean_photo(marked)
    assert b'script' not in photo.data
    assert b'hidden archive' not in photo.data


def test_orientation_is_applied():
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = clean_photo(_picture(exif=exif))
    assert (photo.width, photo.height) == (400, 640)


@pytest.mark.parametrize(
    ('raw', 'code'),
    [
        (b'', 'empty'),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', 'kind'),
        (b'<html><script>1</script></html>', 'kind'),
        (b'GIF89a' + b'0' * 900, 'kind'),
        (b'%PDF-1.7', 'kind'),
        (b'\xff\xd8\xff' + b'<script>' * 90, 'unreadable'),
        (b'\x89PNG\r\n\x1a\n' + b'x' * 200, 'unreadable'),
        (b'\xff\xd8\xff' + b'0' * LARGEST_BYTES, 'too_big'),
    ],
)
def test_other_files_are_refused(raw, code):
    with pytest.raises(PhotoRefusedError) as caught:
        clean_photo(raw)
    assert caught.value.code == code


def test_small_large_and_cut_photos_are_refused():
    for raw, code in (
        (_picture(size=(900, 200)), 'too_small'),
        (_picture('PNG', size=(9000, 6000)), 'too_large'),
        (_picture('PNG', size=(800, 800))[:-40], 'unreadable'),
    ):
        with pytest.raises(PhotoRefusedError) as caught:
            clean_photo(raw)
        assert caught.value.code == code
