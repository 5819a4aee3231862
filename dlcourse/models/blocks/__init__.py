"""Parts that families of models share."""
