"""What comes back after the send: reads reports, finds their delivery, decides about the reader."""
