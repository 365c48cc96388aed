"""`python -m comparia` is the `comparia` command."""

from comparia.cli import main

if __name__ == "__main__":
    main()
