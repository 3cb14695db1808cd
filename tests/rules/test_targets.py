"""Where a redirect may lead: nowhere but to this site, whatever a browser makes of the address."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules.targets import HOME, local_path

SITE = 'https://sign.example.cn/esign/login'
# What a browser takes out of an address or reads otherwise (URL Standard §4.4: the basic URL parser).
SIGNS = st.sampled_from(['/', '\\', '\t', '\n', '\r', ' ', '\0', ':', '@', '?', '#', '%', '.', 'a', 'evil.example'])


def as_a_browser(target: str) -> str:
    """Where a browser goes: ``\\`` is ``/``, tabs and line breaks are dropped, blanks and controls around go."""
    read = target.strip(''.join(map(chr, range(33)))).translate({9: None, 10: None, 13: None, ord('\\'): '/'})
    return urljoin(SITE, read)


# R1.1
@pytest.mark.parametrize('target', ['/', '/esign', '/esign/sign/room/7?document=2#page-3', '/zh_CN/esign/todo'])
def test_pages_of_this_site_are_reached(target):
    assert local_path(target) == target


# R1.1
@pytest.mark.parametrize(
    'target',
    [
        '//evil.example',
        '/\\evil.example',
        '/\t/evil.example',
        '/\n/evil.example',
        '\\\\evil.example',
        'https://evil.example',
        'javascript:alert(1)',
        'esign',
        '',
        ' /esign',
        '/esign x',
        None,
        7,
        ['/esign'],
    ],
)
def test_other_addresses_lead_home(target):
    assert local_path(target) == HOME
    assert local_path(target, '/esign') == '/esign'


# R1.1
@given(st.lists(SIGNS, max_size=8).map(''.join))
def test_nothing_leads_away(target):
    assert urlsplit(as_a_browser(local_path(target))).netloc == urlsplit(SITE).netloc
