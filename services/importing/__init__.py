"""Import people, teams, machines and tickets from the tables of other systems, and export them."""
