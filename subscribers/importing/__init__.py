"""What a list says about people: its columns, its words of consent, and what a row does to a reader."""
