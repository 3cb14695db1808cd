"""Pictures of date seals for pages, drawn by the code that draws them into documents."""

import base64
import datetime as dt
from functools import lru_cache

from ..signing.pages.dates import DateStyle, draw_date

DPI = 220


@lru_cache(maxsize=16)
def date_picture(day: dt.date, style: str) -> str:
    """A data URI (PNG, transparent) of the date seal of a day in a style."""
    picture = draw_date(day, DateStyle(style)).png(DPI)
    return f'data:image/png;base64,{base64.b64encode(picture).decode()}'
