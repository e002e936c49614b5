"""What tests share, by what it is: `from support.cli import weekly`.

`cli` runs the real command; `databases` lends databases, `stores`, `public_pages`, `webhook_host`, `studio`
and `news` make a newsletter in some state; `letterheads`, `letter_parts`, `letters` and `checked_letters`
make letters, `content_cases` and `catalogues` what goes in; `feed_server` and `smtp_server` answer by script,
`smtp_sink` takes everything in a process of its own, `smtp_client` and `transports` ask them; `examples` says
how many examples a property is tried on.
"""
