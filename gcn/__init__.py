"""The GCN stream, and every notice format read into one typed `Notice`."""
