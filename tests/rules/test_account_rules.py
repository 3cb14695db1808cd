# R1.1 R1.2
import pytest
from rules.masks import mask_email, mask_id_number, mask_mobile, mask_name
from rules.mobile import normal_mobile
from rules.password import password_faults
from rules.person_name import name_fault, normal_name


@pytest.mark.parametrize(
    ('text', 'mobile'),
    [
        ('13800000001', '13800000001'),
        ('+86 138-0000-0001', '13800000001'),
        ('0086 13800000001', '13800000001'),
        ('１３８00000001', '13800000001'),
        ('12800000001', None),
        ('1380000000', None),
        ('138000000011', None),
        ("13800000001' OR 1=1", None),
        ('', None),
        (None, None),
    ],
)
def test_mobile_numbers(text, mobile):
    assert normal_mobile(text) == mobile


@pytest.mark.parametrize(
    ('password', 'faults'),
    [
        ('Abcdef12', []),
        ('abc-def-12', []),
        ('密码Abcdef1', []),
        ('Abc12', ['length']),
        ('abcdefgh', ['classes']),
        ('abcdefg1', ['classes']),
        ('Aa1' + 'x' * 30, ['length']),
        ('Aa1!13800000001', ['mobile']),
        (' Abcdef12', ['characters']),
        ('Abcdef12\n3', ['characters']),
    ],
)
def test_password_policy(password, faults):
    assert password_faults(password, '13800000001') == faults


@pytest.mark.parametrize(
    ('text', 'name', 'fault'),
    [
        (' 张三 ', '张三', None),
        ('买买提・吐尔逊', '买买提·吐尔逊', None),
        ('𠮷田', '𠮷田', None),
        ('张', '张', 'length'),
        ('张' * 65, '张' * 65, 'length'),
        ("Mary Ann O'Neil-Smith", "Mary Ann O'Neil-Smith", None),
        ('<b>张三</b>', '<b>张三</b>', 'characters'),
        ('张三1', '张三1', 'characters'),
        ('张\u202e三', '张\u202e三', 'characters'),
        ('·张三', '·张三', 'characters'),
    ],
)
def test_names(text, name, fault):
    assert normal_name(text) == name
    assert name_fault(normal_name(text)) == fault


def test_masks_hide_the_middle():
    assert mask_id_number('11010519491231002X') == '110***********002X'
    assert mask_id_number('H1234567') == '******67'
    assert mask_mobile('13800000001') == '138****0001'
    assert mask_name('张三丰') == '**丰'
    assert mask_email('zhang@example.com') == 'z***@example.com'
