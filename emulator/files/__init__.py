"""Files and folders that containers read and write: made for them, packed, and read without trust."""
