"""What several feeds say about one thing: stories, their titles, links and mentions. Pure."""
