"""One letter: the editor's wishes for it, what earlier ones used, and its composition."""
