"""The ledger: frozen issues, deliveries, runs, and the schema of the whole database."""
