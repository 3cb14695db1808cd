"""The language of texts that nobody asked for: what clocks write down and send."""


def in_platform_language(records):
    """The records in the language that new people get; a clock has none of its own."""
    chosen = records.env['ir.default'].sudo()._get('res.partner', 'lang')
    return records.with_context(lang=chosen or records.env.user.lang or 'en_US')
