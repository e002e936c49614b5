"""The right half of the path: freeze, deliver, report."""
