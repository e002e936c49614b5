"""What tests share, by what it is: `from support.cli import weekly`.

`cli` runs the real command; `stores`, `public_pages`, `studio` and `news` make a newsletter in some state;
`letterheads`, `letters` and `checked_letters` make letters, `content_cases` and `catalogues` what goes in;
`feed_server` and `smtp_server` answer by script, `smtp_client` and `transports` ask them;
`examples` says how many examples a property is tried on.
"""
