"""What stands behind `./esign`. Standard library only: it must work before anything is installed."""
