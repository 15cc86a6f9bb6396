"""The serve contract as a WSGI application: requests to records, predictions to answers."""
