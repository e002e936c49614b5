"""Stories: items about one thing, compared by titles and links, and the terms they mention. Pure."""
