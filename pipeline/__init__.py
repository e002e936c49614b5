"""From a folder of content to this week's letter in every reader's inbox, once.

The route of the data, which the modules and commands follow word for word::

    content ─┐                                                          readers
             ├─► pick ─► lock ─► compose ─► render ─► check ─► freeze ◄─┘
    history ─┘                                                    └─► deliver ─► report
             (edition: files, the same on every machine)            (run: the sending host's database)

Left of `freeze` everything is a function of files; right of it nothing reads content again.
"""

__version__ = "0.1.0"
