"""What may be shown of a sensitive value."""


def mask_id_number(value: str) -> str:
    """First three and last four characters, as is usual for ID numbers; short ones show the last two."""
    if not value:
        return ''
    if len(value) < 10:
        return '*' * (len(value) - 2) + value[-2:]
    return value[:3] + '*' * (len(value) - 7) + value[-4:]


def mask_mobile(value: str) -> str:
    """138****0001: enough for the owner to know it again."""
    if not value:
        return ''
    return value[:3] + '****' + value[-4:] if len(value) >= 9 else '*' * len(value)


def mask_name(value: str) -> str:
    """Keep the last character only (张三 becomes *三)."""
    return '*' * (len(value) - 1) + value[-1:] if value else ''


def mask_email(value: str) -> str:
    """First character of the box and the domain."""
    box, at, domain = (value or '').partition('@')
    return f'{box[:1]}***{at}{domain}' if at else ''
