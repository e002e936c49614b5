"""Jobs: one file each in `content/jobs`, read, imported, made items of the careers section, counted."""
