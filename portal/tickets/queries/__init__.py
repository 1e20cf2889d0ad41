"""What pages show of tickets, as frozen values in a fixed number of statements."""
