"""`python -m pipeline` is `weekly`."""

from pipeline.cli import main

main()
