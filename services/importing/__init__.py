"""Records in and out: tables of other systems become people, machines and tickets, and back."""
