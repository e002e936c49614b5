"""Jobs: one file each in `content/jobs`, read, imported, made items of their section, counted."""
