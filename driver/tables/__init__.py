"""Tables of a person's own texts: read in any common form, checked as a whole, written as the images' channels."""
