"""The preview: the next letter in the browser, with the reasons for it and what the checks say."""
