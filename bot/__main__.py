"""`python -m bot`: load the desk, and run its command line."""

import gc

# Nothing of what is loaded is garbage: to look for some takes a quarter of the start, and later on
# a tenth of a second each time.
gc.disable()

from bot.cli.main import main  # noqa: E402

gc.freeze()
gc.enable()

if __name__ == "__main__":
    main()
