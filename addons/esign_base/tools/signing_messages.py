"""What people read when the signing core refuses something: one table, one translation point."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from odoo.tools import LazyTranslate
from odoo.tools.translate import LazyGettext

from ..errors import EsignError
from ..rules.trouble import is_of_operator
from ..signing.errors import (
    CertificateError,
    FileRefused,
    GlyphMissing,
    PlacementError,
    SealError,
    SigningError,
    TimestampError,
    TokenError,
)

_logger = logging.getLogger(__name__)
MIB = 1024 * 1024
_lt = LazyTranslate(__name__)


class CoreRefused(EsignError):
    """A refusal of the signing core in the reader's language; ``code`` is the core's, upper case."""

    code = 'SIGNING_REFUSED'


# Text may use the values of ``details``; a name that is missing there shows as "?".
MESSAGES = {
    'token_unconfigured': _lt('The server has no key token. The operator must set %(missing)s.'),
    'module_missing': _lt('The module of the key token cannot be loaded. Tell the operator.'),
    'token_missing': _lt('The key token "%(token)s" is not there. Tell the operator.'),
    'token_ambiguous': _lt('Several key tokens are called "%(token)s". Tell the operator.'),
    'token_failed': _lt('The key token does not answer. Try again in a minute, then tell the operator.'),
    'pin_unavailable': _lt('The PIN file of the key token cannot be read. Tell the operator.'),
    'pin_refused': _lt('The key token refuses the configured PIN. Tell the operator; nothing is tried again.'),
    'pin_locked': _lt('The key token is locked. The operator must unlock it with its own tool.'),
    'key_missing': _lt('The key "%(label)s" is not in the token.'),
    'key_exists': _lt('A key called "%(label)s" is in the token already.'),
    'key_ambiguous': _lt('Several keys in the token are called "%(label)s".'),
    'key_mismatch': _lt('The certificate belongs to another key.'),
    'glyph_missing': _lt('The seal fonts have no sign for: %(characters)s. Upload a picture of the seal instead.'),
    'name_length': _lt(
        'A seal is drawn with a name of %(minimum)s to %(maximum)s characters; this one has %(length)s. '
        'Upload a picture of the seal instead.'
    ),
    'text_length': _lt('The text in the middle of this seal has %(minimum)s to %(maximum)s characters.'),
    # Uploads (see apart.intake and pages.convert)
    'empty': _lt('The file is empty. Choose another one.'),
    'too_large': _lt('The file is larger than %(mib)s MB. Split it or make it smaller.'),
    'not_pdf': _lt('This is not a PDF file, whatever its name says. Save it as PDF and upload it again.'),
    'not_image': _lt('This is neither a PNG nor a JPEG picture, whatever its name says.'),
    'not_convertible': _lt('The document could not be converted. Save it as PDF yourself and upload that.'),
    'format_not_offered': _lt('This format is not accepted here. Accepted are: %(formats)s.'),
    'password': _lt('The file is protected by a password. Save it without one and upload it again.'),
    'owner_password': _lt(
        'The file is protected against changes by a password. Save it without one and upload it again.'
    ),
    'damaged': _lt('The file is damaged or was cut off. Open it, save it again as PDF and upload that.'),
    'unreadable': _lt('The file cannot be read. Open it, save it again as PDF and upload that.'),
    'page_tree': _lt('The pages of the file are damaged. Print it into a new PDF and upload that.'),
    'no_pages': _lt('The file has no pages.'),
    'too_many_pages': _lt('The file has more than %(maximum)s pages. Split it.'),
    'too_many_objects': _lt('The file is too complicated. Print it into a new PDF and upload that.'),
    'image_too_large': _lt('A picture in the file is too large. Scan it with fewer dots per inch.'),
    'bomb': _lt('The file unpacks to far too much data. Print it into a new PDF and upload that.'),
    'too_slow': _lt('Reading the file takes too long. Print it into a new PDF and upload that.'),
    'too_demanding': _lt('Reading the file takes too much memory. Print it into a new PDF and upload that.'),
    'xfa': _lt('The file is a dynamic form (XFA). Print it into a new PDF and upload that.'),
    'portfolio': _lt('The file is a portfolio of several files. Upload them one by one.'),
    'external_content': _lt('The file refers to content outside itself. Print it into a new PDF and upload that.'),
    'form_not_drawn': _lt(
        'The field "%(field)s" on page %(page)s does not show its value, or two of them. '
        'Print the file into a new PDF and upload that.'
    ),
    'mark_not_drawn': _lt(
        'Page %(page)s has a mark (%(mark)s) that is not drawn in the file and would be lost. '
        'Print the file into a new PDF and upload that.'
    ),
    'encrypted_for_people': _lt(
        'The file is encrypted for the holders of certain certificates. Save it without encryption and upload it again.'
    ),
    'cannot_be_signed': _lt(
        'The file is built in a way that cannot be signed. Print it into a new PDF and upload that.'
    ),
    'changed_by_rewrite': _lt('Page %(page)s would look different after cleaning. Print the file into a new PDF.'),
    'picture_changed': _lt(
        'On a page the picture would look different from how it is shown. '
        'Save it as an ordinary picture (sRGB, 8 bits a colour) or print it into a PDF and upload that.'
    ),
    'certified_no_changes': _lt('The file carries a certification that forbids any further signature.'),
    'certified_own_fields': _lt(
        'The file carries a certification that allows signatures only in fields of its own. Upload the uncertified original.'  # noqa: E501
    ),
    'signed_altered': _lt(
        'The file was changed after it was signed: its signatures do not hold. Ask its signers for the original.'
    ),
    'signed_unclear': _lt(
        'A signature in the file cannot be judged, so nothing can be added to it. Upload the unsigned original.'
    ),
    'signed_locked': _lt('A signature in the file locks it against further fields. Upload the unsigned original.'),
    'signed_closed': _lt('A further signature would break those in the file. Upload the unsigned original.'),
    'signed_revoked': _lt(
        'A signature in the file was made with a certificate that had been revoked. Upload the unsigned original.'
    ),
    'signed_not_yet': _lt(
        'A signature in the file was made with a certificate that was not valid yet. Upload the unsigned original.'
    ),
    'signed_usage': _lt(
        'A signature in the file was made with a certificate that is not meant for signatures. Upload the unsigned original.'  # noqa: E501
    ),
    'signed_envelope': _lt(
        'The file is a signed envelope (.p7m) around another file. Take the PDF out with the program that made it, and upload that.'  # noqa: E501
    ),
    'signed_detached': _lt(
        'The file is a signature by itself (.p7s): the document is in another file. Upload the PDF that it belongs to.'
    ),
    'signed_damaged': _lt('The file carries signatures already and is damaged. Upload the unsigned original.'),
    'signed_hybrid': _lt('The file carries signatures already, in an unusual form. Upload the unsigned original.'),
    'signed_encrypted': _lt('The file carries signatures already and is encrypted. Upload the unsigned original.'),
    'signed_active_content': _lt('The file carries signatures already and runs code. Upload the unsigned original.'),
    'signed': _lt('The file carries signatures already. Upload the unsigned original.'),
    'sandbox_unavailable': _lt('Files cannot be examined at present. Tell the operator.'),
    # Positions and keywords
    'keyword_invalid': _lt('Enter a keyword of 1 to %(maximum)s characters.'),
    'too_many_matches': _lt('The keyword stands in more than %(maximum)s places. Choose a longer one.'),
    'page_missing': _lt('There is no such page.'),
    'outside_page': _lt('A seal or date leaves its page. Move it inwards.'),
    'page_range': _lt('The first page of a cross-page seal comes after its last.'),
}
# What intake changed or noticed about an accepted file.
NOTES = {
    'repaired': _lt('The file had small faults; they were repaired.'),
    'hybrid': _lt('The file was written in an old form and has been rewritten.'),
    'encrypted': _lt('The file was encrypted.'),
    'unlocked': _lt('The protection against changes was removed.'),
    'attachments_removed': _lt('Files attached to it were removed.'),
    'layers': _lt('The file has layers: check that the pages show what you mean.'),
    'form_flattened': _lt('Form fields were turned into text.'),
    'notes_flattened': _lt('Notes were turned into page content.'),
    'note_texts_removed': _lt(
        'Texts that notes show when they are opened were removed: they are not part of the pages.'
    ),
    'hidden_removed': _lt(
        'Marks that no screen shows were removed: hidden, for printing only, or on a layer that is switched off.'
    ),
    'usage_rights_removed': _lt('Rights of use that enabled functions of one reader were removed.'),
    'archive_claim_removed': _lt(
        'The file said that it meets PDF/A. With seals on its pages that is not certain, so it says so no longer.'
    ),
    'fonts_missing': _lt(
        'The file does not contain all its fonts (%(detail)s): other computers may show another font, or no text. '
        'Save it with fonts embedded and upload it again.'
    ),
    'tracked_changes': _lt(
        'The document has tracked changes: the pages show the deleted text struck through beside the new text. '
        'If that is not what you mean, accept or reject the changes and upload it again.'
    ),
    'changing_fields': _lt(
        'The document has fields that change by themselves, such as a date: the pages show the value of this moment. '
        'Check them, or type the value as text and upload it again.'
    ),
    'comments_left_out': _lt('Comments in the document are not shown on the pages.'),
    'office_unread': _lt(
        'Documents of this old format are not searched for tracked changes, dates that change and comments. '
        'Check the pages.'
    ),
    'javascript': _lt('Program code was removed from the file.'),
    'actions': _lt('Automatic actions were removed from the file.'),
    'no_text': _lt('The pages are pictures: keywords cannot be searched for.'),
    'pages_without_text': _lt('Some pages are pictures: keywords are not found there.'),
}
# Kinds of notes (ISO 32000-1, table 169) as people call them.
MARKS = {
    'FreeText': _lt('text box'),
    'Line': _lt('line'),
    'Square': _lt('rectangle'),
    'Circle': _lt('ellipse'),
    'Polygon': _lt('polygon'),
    'PolyLine': _lt('line'),
    'Ink': _lt('freehand line'),
    'Highlight': _lt('highlight'),
    'Underline': _lt('underline'),
    'StrikeOut': _lt('strike-through'),
    'Squiggly': _lt('underline'),
    'Stamp': _lt('stamp'),
    'Caret': _lt('insertion mark'),
    'Redact': _lt('redaction'),
}
# Where the code is not in the table, the kind of error still says who can mend it.
KINDS = (
    (GlyphMissing, MESSAGES['glyph_missing']),
    (TokenError, _lt('The key token cannot do this now (%(code)s). Tell the operator.')),
    (CertificateError, _lt('The certificate cannot be made or used (%(code)s).')),
    (TimestampError, _lt('No trusted time stamp could be had (%(code)s). Try again later.')),
    (FileRefused, _lt('The file cannot be accepted (%(code)s).')),
    (SealError, _lt('The seal cannot be drawn like this (%(code)s). Change the text, the size or the picture.')),
    (PlacementError, _lt('A seal does not fit on its page (%(code)s).')),
    (SigningError, _lt('The document cannot be signed (%(code)s).')),
)


# What outsiders read where only the operator of the server can mend it.
NOT_NOW = _lt('The signing service is not available just now. Please try again later.')
RETRIED = _lt('The signing service is not available just now. It is tried again by itself; you need not do anything.')
NAMES = re.compile(r'%\((\w+)\)s')


def explain(env, error: SigningError) -> CoreRefused:
    """Return the refusal that a person reads for an error of the core.

    The plain English message goes to the log, the details into the text; neither holds secrets
    (see :mod:`..signing.errors`). Of what only the operator can mend, staff alone read the cause.
    """
    _logger.info('Refused by the core: %s', error)
    hidden = is_of_operator(error.code) and not env.user._is_internal()
    return CoreRefused(env._(NOT_NOW if hidden else _cause(error)), error.code.upper(), **error.details)


def _cause(error):
    """The term of an error, with the values that its text names."""
    term = MESSAGES.get(error.code) or next(text for kind, text in KINDS if isinstance(error, kind))
    values = {**{name: _shown(value) for name, value in error.details.items()}, 'code': error.code}
    if (mark := error.details.get('mark')) in MARKS:
        values['mark'] = MARKS[mark]
    if isinstance(error.details.get('maximum'), int):
        values['mib'] = str(error.details['maximum'] // MIB)
    named = {name: values.get(name, '?') for name in NAMES.findall(term._source)}
    return LazyGettext(term._source, _module=term._module, **named) if named else term


def noticed(env, codes) -> list[str]:
    """Return sentences on what was changed or noticed in an accepted file; unknown codes say nothing.

    :param codes: each one, or with a detail behind a colon (names of fonts).
    """
    parted = [code.partition(':') for code in codes]
    return [env._(NOTES[code]) % {'detail': detail} for code, _, detail in parted if code in NOTES]


@contextmanager
def explained(env) -> Iterator[None]:
    """Turn whatever the core refuses inside the block into :class:`CoreRefused`."""
    try:
        yield
    except SigningError as error:
        raise explain(env, error) from error


def _shown(value: object) -> str:
    if isinstance(value, list | tuple | set | frozenset):
        return ' '.join(str(one) for one in value)
    return str(value)
