"""The closing line must be honest: what runners write is read right, and what Odoo only logs is seen."""

import pytest

from config.cli import reports


def line(level, logger, text, database='db'):
    return f'2026-01-02 03:04:05,678 42 {level} {database} {logger}: {text}'


def result(failed, errors, tests):
    text = f'{failed} failed, {errors} error(s) of {tests} tests when loading database'
    return line('INFO', 'odoo.tests.result', text)


def test_counts_of_odoo():
    assert reports.of_odoo([result(1, 2, 10)]) == reports.Counts(7, 3, 0)


def test_skipped_tests_have_not_passed():
    skip = line('INFO', 'odoo.addons.esign_base.tests.test_x', 'skipped TestX.test_a : Chrome executable not found')
    assert reports.of_odoo([skip, result(0, 0, 4)]) == reports.Counts(3, 0, 1)
    assert reports.skipped_for_want_of_a_browser([skip]) == ['TestX.test_a']


def test_no_report_is_not_zero_failures():
    assert reports.of_odoo([line('INFO', 'odoo.modules.loading', 'Modules loaded.')]) is None


def test_only_the_runner_may_report():
    assert reports.of_odoo([line('INFO', 'odoo.addons.x', '0 failed, 0 error(s) of 99 tests')]) is None


def test_more_failed_subtests_than_tests_leave_no_negative_count():
    assert reports.of_odoo([result(5, 0, 2)]) == reports.Counts(0, 5, 0)


def test_counts_of_junit(tmp_path):
    file = tmp_path / 'r.xml'
    file.write_text('<testsuites><testsuite tests="9" failures="2" errors="1" skipped="1"/></testsuites>')
    assert reports.of_junit(file) == reports.Counts(5, 3, 1)


def test_counts_add_up():
    assert reports.Counts(1, 2, 3) + reports.Counts(4, 5, 6) == reports.Counts(5, 7, 9)


@pytest.mark.parametrize(
    'entry',
    [
        line('WARNING', 'odoo.addons.esign_base.models.people.esign_person', 'odd'),
        line('ERROR', 'odoo.http', 'Exception at /my/esign\nFile "/x/addons/esign_base/controllers/portal.py"'),
        line('WARNING', 'odoo.registry', 'some_table: unable to add constraint'),
        line('WARNING', 'odoo.modules.loading', 'The models have no access rules'),
        line('WARNING', 'py.warnings', '/x/addons/esign_sign/models/a.py:3: DeprecationWarning: old'),
        line('WARNING', 'odoo.addons.base.models.ir_qweb', 'Template a.b not found'),
        line('CRITICAL', 'odoo.modules.module', "Couldn't load module esign_base"),
    ],
)
def test_log_gate_sees_ours(entry):
    assert reports.complaints(entry.splitlines()) == [entry]


@pytest.mark.parametrize(
    'entry',
    [
        line('INFO', 'odoo.addons.esign_base.models.people.esign_person', 'fine'),
        line('WARNING', 'odoo.addons.mail.models.mail', 'not ours'),
        line('WARNING', 'odoo.http', 'not ours', database='esign_0123abcd_full_0123456789'),
        line('ERROR', 'odoo.addons.esign_base.tests.test_x', 'FAIL: TestX.test_a\nTraceback: /addons/esign_base/'),
    ],
)
def test_log_gate_leaves_others_alone(entry):
    assert reports.complaints(entry.splitlines()) == []


def test_a_warning_belongs_to_the_lines_below_it():
    text = [line('WARNING', 'py.warnings', 'x.py:1: DeprecationWarning'), '  File "/x/addons/esign_base/a.py"']
    assert len(reports.complaints(text)) == 1


def test_log_gate_knows_that_odoo_replays_what_met_another():
    head = '2026-01-01 00:00:00,000 1 ERROR db odoo.sql_db: bad query: UPDATE esign_trace_chain SET length = 1\n'
    assert reports.complaints((head + 'ERROR: could not serialize access due to concurrent update').splitlines()) == []
    assert len(reports.complaints((head + 'ERROR: column "x" does not exist').splitlines())) == 1
