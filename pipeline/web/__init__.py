"""The public pages: confirm and unsubscribe. GET never changes anything."""
