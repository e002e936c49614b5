"""Rules of the rendered letter. Pure: what stops a send is the caller's decision."""
