"""QR codes as SVG, drawn here so that no address of ours goes to another service."""

from __future__ import annotations

import qrcode
from markupsafe import Markup

QUIET = 3  # modules around the code


def qr_svg(text: str, label: str) -> Markup:
    """Return an inline SVG of the code, black on white, as large as its box.

    :param label: what it is, for those who do not see it.
    """
    code = qrcode.QRCode(border=QUIET, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    path = ''.join(f'M{x} {y}h1v1h-1z' for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    size = len(rows)
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {0}" class="es-qr" role="img" aria-label="{2}">'
        '<rect width="{0}" height="{0}" fill="#fff"/><path d="{1}" fill="#000" shape-rendering="crispEdges"/></svg>'
    ).format(size, path, label)
