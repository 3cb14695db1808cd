"""One lock for PDFium, which must not be entered by two threads at once (its own documentation)."""

from __future__ import annotations

import threading

PDFIUM_LOCK = threading.RLock()
