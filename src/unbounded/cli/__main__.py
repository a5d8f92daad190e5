"""Command line as a module: `python -m unbounded.cli`."""

from unbounded.cli.app import main

if __name__ == "__main__":
    main()
