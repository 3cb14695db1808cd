# R1.1
import hashlib

from rules import captcha


def test_what_is_shown_is_the_published_function():
    salt = captcha.new_luck() + '00' * 32
    expected = hashlib.pbkdf2_hmac('sha256', b'417', bytes.fromhex(salt), captcha.ROUNDS).hex()
    assert captcha.shown(salt, 417) == expected


def test_the_work_grows_and_stays_bearable():
    assert captcha.span(0, 0) == captcha.SPAN
    assert captcha.span(19, 3) == captcha.SPAN
    assert captcha.span(20, 0) == 2 * captcha.SPAN
    assert captcha.span(0, 4) == 2 * captcha.SPAN
    assert captcha.span(10**6, 0) == captcha.SPAN << captcha.DOUBLINGS['address']
    assert captcha.span(0, 10**6) == captcha.SPAN << captcha.DOUBLINGS['number']


def test_answers_lie_in_the_span():
    assert {captcha.new_answer(3) for _ in range(200)} == {0, 1, 2}
    assert len(captcha.new_luck()) == captcha.LUCK_LENGTH
