"""Two notebooks, stored with their outputs; `make notebooks` executes them."""
