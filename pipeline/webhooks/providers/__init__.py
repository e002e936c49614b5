"""The providers, one file each: its options, how its requests are verified, what its events mean."""
