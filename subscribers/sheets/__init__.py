"""Lists of people as files: from the bytes of a file to a header and rows of cells."""
