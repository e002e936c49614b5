"""What goes into a letter, and why. Pure: no clock, no chance, no files."""
