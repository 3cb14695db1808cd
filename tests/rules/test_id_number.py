# R1.2
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules.id_number import check_character, id_number_fault, normal_id_number

TODAY = dt.date(2026, 11, 23)


@pytest.mark.parametrize(
    ('id_type', 'number'),
    [
        ('resident', '11010519491231002X'),  # the example of GB 11643-1999
        ('resident', '440524188001010014'),
        ('residence_permit', '810000199408230021'),
        ('residence_permit', '830000199201300022'),
        ('foreigner_id', 'USA110058050101'),
        ('hk_macao_permit', 'H12345678'),
        ('hk_macao_permit', 'M1234567800'),
        ('taiwan_permit', '12345678'),
        ('passport', 'E12345678'),
    ],
)
def test_valid_numbers_pass(id_type, number):
    assert id_number_fault(id_type, number, TODAY) is None


@pytest.mark.parametrize(
    ('id_type', 'number', 'fault'),
    [
        ('resident', '110105194912310021', 'check'),
        ('resident', '11010519491331002X', 'date'),
        ('resident', '11010519490230002X', 'date'),
        ('resident', '1101051949123100', 'form'),
        ('resident', '<b>10519491231002X', 'form'),
        ('resident', '810000199408230021', 'kind'),
        ('residence_permit', '11010519491231002X', 'kind'),
        ('passport', '<SCRIPT>1', 'form'),
        ('passport', 'ABCDEFG', 'form'),
        ('taiwan_permit', '1234567', 'form'),
        ('driving_licence', '1', 'type'),
        ('resident', '', 'form'),
    ],
)
def test_faults_are_named(id_type, number, fault):
    assert id_number_fault(id_type, number, TODAY) == fault


def test_birth_date_of_tomorrow_is_refused_and_of_today_accepted():
    today = '110105' + TODAY.strftime('%Y%m%d') + '002'
    assert id_number_fault('resident', today + check_character(today), TODAY) is None
    tomorrow = '110105' + (TODAY + dt.timedelta(days=1)).strftime('%Y%m%d') + '002'
    assert id_number_fault('resident', tomorrow + check_character(tomorrow), TODAY) == 'date'


@given(st.integers(0, 999999), st.dates(dt.date(1900, 1, 1), TODAY), st.integers(0, 999), st.data())
def test_one_wrong_digit_never_passes(region, born, sequence, data):
    stem = f'{region:06d}{born:%Y%m%d}{sequence:03d}'
    stem = '1' + stem[1:]
    number = stem + check_character(stem)
    assert id_number_fault('resident', number, TODAY) is None
    place = data.draw(st.integers(0, 16))
    other = data.draw(st.sampled_from([d for d in '0123456789' if d != number[place]]))
    assert id_number_fault('resident', number[:place] + other + number[place + 1 :], TODAY) is not None


@given(st.text(max_size=40), st.sampled_from(['resident', 'passport', 'foreigner_id', 'hk_macao_permit']))
def test_any_text_gets_an_answer(text, id_type):
    id_number_fault(id_type, normal_id_number(text), TODAY)


def test_normal_form():
    assert normal_id_number(' 110105 19491231-002x ') == '11010519491231002X'
    assert normal_id_number('１１０105') == '110105'
