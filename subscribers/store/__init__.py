"""The tables of people and the statements on them; no row or connection leaves without its transaction."""
