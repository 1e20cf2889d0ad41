"""The doors of the web: customers, agents, administrators."""
