"""Values that the stages hand to each other; imports nothing but `pipeline.weeks`."""
