"""Models, endpoint configurations and endpoints, and the runtime that invokes them."""
