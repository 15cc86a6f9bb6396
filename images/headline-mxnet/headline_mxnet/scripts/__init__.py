"""What a user's script finds in its Python: see sitecustomize beside this."""
