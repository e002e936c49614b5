"""The public pages: where a reader says yes, and where a reader leaves. GET never changes anything."""
