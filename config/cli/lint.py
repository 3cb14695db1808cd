"""The gates of `./esign lint`."""

from . import paths, python_env, ui


def main(names: list[str]) -> int:
    """Runs the gates named, or all; 0 when every one is green."""
    python = python_env.environment()
    rules = ['--config', str(paths.CONFIG / 'lint' / 'ruff.toml')]
    ui.step('ruff')
    places = [str(paths.ROOT / name) for name in ('addons', 'config', 'tests', 'esign')]
    for command in (['check', *rules], ['format', '--check', *rules]):
        done = ui.run([python, '-m', 'ruff', *command, *places], 'ruff', check=False, cwd=paths.ROOT)
        if done.returncode:
            ui.say(done.stdout)
            return 1
    ui.step('green')
    return 0
