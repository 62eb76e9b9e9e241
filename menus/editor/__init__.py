"""What editors need to know of the menu language, all of it made from the model: a JSON Schema and snippets."""
