"""Customers, organizations, agents, departments, teams, roles, and how each proves who they are."""
