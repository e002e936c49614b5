"""The places that mails which came back are read from."""
