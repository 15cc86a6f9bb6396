"""From requests to results: sent in order, started, waited for, resumed."""
