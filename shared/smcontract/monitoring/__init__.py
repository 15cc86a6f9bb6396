"""What requests look like, compared with the data that the model was trained on."""
