"""The newsletter's folder: scaffolded by `init`, restyled by copies of templates."""
