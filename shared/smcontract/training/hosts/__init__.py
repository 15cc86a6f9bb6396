"""Jobs on several hosts: they find each other, pass arrays, and end together when one fails. Knows no algorithm."""
