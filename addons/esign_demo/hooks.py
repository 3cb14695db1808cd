"""What the demonstration does once its people and enterprises are there."""


def make_contracts(env):
    """Let the people of the demonstration make contracts, where they were loaded.

    Codes leave after commit and by transactions of their own: what they stand on is committed first.
    """
    if env.ref('esign_demo.enterprise_demo_internal_1', raise_if_not_found=False):
        env.cr.commit()
        env['esign.demo'].with_context(mail_create_nolog=True)._make_contracts()
