"""The heart: a ticket, what moves it, and what is kept of every move."""
