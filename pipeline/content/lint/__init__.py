"""The rules of content, one module for each family. Pure but for `run`, which reads the files."""
