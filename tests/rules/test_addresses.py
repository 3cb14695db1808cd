# R1.1
import pytest
from rules.addresses import network


@pytest.mark.parametrize(
    ('address', 'counted'),
    [
        ('192.0.2.7', '192.0.2.7'),
        (' 192.0.2.7 ', '192.0.2.7'),
        ('::ffff:192.0.2.7', '192.0.2.7'),
        ('::ffff:c000:207', '192.0.2.7'),
        ('2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'),
        ('2001:DB8:1:2::', '2001:db8:1:2::/64'),
        ('fe80::1%eth0', 'fe80::/64'),
        ('', '?'),
        (None, '?'),
        ('unix:', '?'),
        ('192.0.2.7:443', '?'),
    ],
)
def test_what_counts_as_one(address, counted):
    assert network(address) == counted
