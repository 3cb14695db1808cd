"""PDFs of every geometry and of every kind an upload can be, made on the spot."""
