"""The studio: a week's letter in the browser, with the reasons for it, while the editor works on it."""
