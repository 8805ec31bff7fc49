"""Programs that made what is shipped here; they are not shipped themselves."""
