"""Fixtures of browser journeys. `./esign test e2e` starts the server and says where it is."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from .staff import STAFF, Staff

ARGUMENTS = [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
]  # fmt: skip
# A browser that shares its processor with the server and the database may take this long (ms) to show something.
expect.set_options(timeout=15_000)
SCREENS = {'desktop': (1400, 900), 'phone': (390, 844)}


def environment(name: str) -> str:
    """A variable that the runner sets; without it a journey fails (a skipped one would look green)."""
    value = os.environ.get(name)
    if not value:
        pytest.fail(f'{name} is not set: journeys are run by ./esign test e2e', pytrace=False)
    return value


def end_process(process: subprocess.Popen) -> None:
    """Asks a program that a journey started to end, and makes it."""
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)


@pytest.fixture(scope='session')
def server() -> str:
    """The address of the server under test."""
    return environment('ESIGN_E2E_URL')


@pytest.fixture(scope='session')
def staff(server: str) -> Staff:
    """The administrator at the database's interface."""
    return Staff(server)


@pytest.fixture(scope='session')
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=environment('ESIGN_CHROMIUM'), args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Visit:
    """One visitor: a page in a browser context of its own, and what its console complained about."""

    page: Page
    screen: str
    name: str
    errors: list[str]

    def sign_in(self, login: str, password: str, target: str = '/odoo') -> None:
        """Signs in by the login page; arrives at ``target``."""
        self.page.goto(f'/web/login?redirect={target}')
        self.page.fill('input[name=login]', login)
        self.page.fill('input[name=password]', password)
        self.page.click('form.oe_login_form button[type=submit]')
        self.page.wait_for_url(lambda url: '/web/login' not in url)

    def shoot(self, label: str) -> Path:
        """Keeps a screenshot in .run/screenshots."""
        folder = Path(environment('ESIGN_E2E_SCREENSHOTS'))
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f'{self.name}-{label}-{self.screen}.png'
        self.page.screenshot(path=path)
        return path

    def scrolls_sideways(self) -> bool:
        return self.page.evaluate('document.documentElement.scrollWidth > window.innerWidth')


class Visitors:
    """Opens visitors for one journey; what their consoles complained about fails it at its end."""

    def __init__(self, chromium: Browser, server: str, name: str, kept: dict[str, dict]) -> None:
        self.chromium = chromium
        self.server = server
        self.name = name
        self.kept = kept  # login -> cookies, for the whole run
        self.open: list[Visit] = []

    def come(self, screen: str, label: str = '') -> Visit:
        """A visitor in a browser context of his own, in Chinese."""
        return self._open(screen, label, None)

    def signed_in(self, login: str, password: str, screen: str = 'desktop', label: str = '') -> Visit:
        """A visitor who has signed in; later ones with this login take his cookies over."""
        visitor = self._open(screen, label or login, self.kept.get(login))
        if login not in self.kept:
            visitor.sign_in(login, password, '/my')
            self.kept[login] = visitor.page.context.storage_state()
        return visitor

    def staff(self) -> Visit:
        """Somebody of the platform, at a desk."""
        return self.signed_in(*STAFF)

    def _open(self, screen: str, label: str, state: dict | None) -> Visit:
        width, height = SCREENS[screen]
        phone = screen == 'phone'
        context = self.chromium.new_context(
            base_url=self.server, locale='zh-CN', timezone_id='Asia/Shanghai', storage_state=state,
            viewport={'width': width, 'height': height}, has_touch=phone, is_mobile=phone,
        )  # fmt: skip
        context.set_default_timeout(30_000)
        page = context.new_page()
        if slower := os.environ.get('ESIGN_E2E_SLOWER'):
            line = context.new_cdp_session(page)
            line.send('Emulation.setCPUThrottlingRate', {'rate': float(slower)})
        visitor = Visit(page, screen, '-'.join(filter(None, (self.name, label))), [])
        page.on('console', lambda message: message.type == 'error' and visitor.errors.append(message.text))
        page.on('pageerror', lambda error: visitor.errors.append(str(error)))
        page.on(
            'response',
            lambda answer: answer.status >= 500 and visitor.errors.append(f'{answer.status} {answer.url}'),
        )
        self.open.append(visitor)
        return visitor

    def close(self) -> None:
        for visitor in self.open:
            visitor.shoot('end')
            visitor.page.context.close()
        errors = [error for visitor in self.open for error in visitor.errors]
        assert not errors, '\n'.join(errors)


@pytest.fixture(scope='session')
def kept_sessions() -> dict[str, dict]:
    return {}


@pytest.fixture
def visitors(request, server: str, chromium: Browser, kept_sessions):
    """For journeys of more than one person."""
    opened = Visitors(chromium, server, re.sub(r'\W+', '-', request.node.originalname).strip('-'), kept_sessions)
    yield opened
    opened.close()


@pytest.fixture(params=SCREENS)
def screen(request) -> str:
    """Journeys are made at 1400 and at 390 px."""
    return request.param


@pytest.fixture
def visit(visitors: Visitors, screen: str) -> Visit:
    """A visitor at 1400 and at 390 px, in Chinese. An error in the console fails the journey."""
    return visitors.come(screen)


@pytest.fixture
def browser_page(visit: Visit) -> Page:
    """The page alone, for journeys that need no more."""
    return visit.page
