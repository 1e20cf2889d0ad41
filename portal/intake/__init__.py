"""How a request becomes a ticket: one file per way in, all ending in the same action."""
