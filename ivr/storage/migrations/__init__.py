"""Changes of the tables, in order. Run by `ivr.storage.database.upgrade`, also from an installed package."""
